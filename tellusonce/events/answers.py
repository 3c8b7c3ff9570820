"""What somebody told us about an event: tidied, checked, and given back as plain JSON."""

import functools
import operator
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError, create_model

from tellusonce.events import entries, faults
from tellusonce.events.definitions import Fault, Kind, Told
from tellusonce.events.faults import Faults
from tellusonce.events.parts import Part

_DEEPEST = 10
_POSSIBLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_LONDON = ZoneInfo("Europe/London")
# Not allowed in XML 1.0, so no SOAP recipient could be told it; and marks that make text read backwards.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def validate(
    kind: Kind, data: Any, *, entry: Mapping[str, Any] | None = None, today: date | None = None
) -> dict[str, Any]:
    """Check complete answers and give them back in normal form. Raises Faults with all that is to mend.

    In the normal form what is empty is absent, text is NFC with single spaces, and numbers are written in one way;
    validating it again changes nothing. With a register `entry` (itself in normal form) the answers are laid over it:
    it fills what they leave out, and where it fixes a field they may not say otherwise.
    """
    return _check(kind, data, model=kind.model, entry=entry or {}, today=today)


def validate_partial(
    kind: Kind, data: Any, *, entry: Mapping[str, Any] | None = None, today: date | None = None
) -> dict[str, Any]:
    """Check answers as `validate` does, except that anything may still be missing."""
    return _check(kind, data, model=partial(kind.model), entry=entry or {}, today=today)


def addresses(kind: Kind, data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Collect the addresses whose areas decide which councils may apply."""
    found: list[Mapping[str, Any]] = []
    for path in kind.places:
        found.extend(_collect(data, path.split(".")))
    return found


def leaves(value: Any, path: str = "") -> list[str]:
    """List the paths of the leaves that have a value, without positions in lists."""
    if isinstance(value, Mapping):
        return [leaf for name, below in value.items() for leaf in leaves(below, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item, path)]
    return [path]


def _collect(data: Any, path: list[str]) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, list):
        for item in data:
            yield from _collect(item, path)
    elif isinstance(data, Mapping):
        if not path:
            yield data
        else:
            yield from _collect(data.get(path[0]), path[1:])


def _check(
    kind: Kind, data: Any, *, model: type[BaseModel], entry: Mapping[str, Any], today: date | None
) -> dict[str, Any]:
    found: list[Fault] = []
    tidied = _tidy(data, path="", found=found)
    if not isinstance(tidied, dict):
        raise Faults([Fault("", "The answers must be a group of named fields")])
    found.extend(entries.contradictions(kind, tidied, entry=entry))
    joined = entries.restore(kind, entries.lay_over(entry, tidied), entry=entry)
    try:
        answers = model.model_validate(joined)
    except ValidationError as error:
        found.extend(faults.translate(error, model=kind.model))
    told = Told(joined, today or datetime.now(tz=_LONDON).date(), is_complete=model is kind.model)
    found.extend(fault for rule in kind.rules for fault in rule(told))
    if found:
        raise Faults(found)
    return answers.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def _tidy(value: Any, *, path: str, found: list[Fault], depth: int = 0) -> Any:
    """Drop what is empty from groups and write text in one way; positions in lists stay as they are."""
    if depth > _DEEPEST:
        found.append(Fault(path, "The answers are nested too deeply here"))
        return None
    if isinstance(value, str):
        return _tidy_text(value, path=path, found=found)
    if isinstance(value, list | tuple):
        return [_tidy(item, path=_join(path, place), found=found, depth=depth + 1) for place, item in enumerate(value)]
    if isinstance(value, Mapping):
        pairs = [(name, _tidy_named(name, item, path=path, found=found, depth=depth)) for name, item in value.items()]
        return {name: item for name, item in pairs if item not in (None, "", [], {})}
    return value


def _tidy_named(name: object, item: Any, *, path: str, found: list[Fault], depth: int) -> Any:
    """Refuse an impossible name here, where its path is not quoted: it may be what should have been the answer."""
    if not _POSSIBLE_NAME.fullmatch(str(name)):
        found.append(Fault(path, "A field here has a name that is not known; take it out or correct its name"))
        return None
    return _tidy(item, path=_join(path, name), found=found, depth=depth + 1)


def _tidy_text(text: str, *, path: str, found: list[Fault]) -> str:
    tidied = " ".join(unicodedata.normalize("NFC", text).split())
    if _UNPRINTABLE.search(tidied):
        found.append(Fault(path, "Take out the character that cannot be printed, and type this again"))
        return ""
    return tidied


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


@functools.cache
def partial(model: type[BaseModel]) -> type[BaseModel]:
    """Derive the model in which nothing has to be there yet."""
    loosened: dict[str, Any] = {
        name: (_annotate(_loosen(field.annotation) | None, field.metadata), Field(default=None, title=field.title))
        for name, field in model.model_fields.items()
    }
    return create_model(f"Partial{model.__name__}", __base__=Part, **loosened)


def _annotate(annotation: Any, marks: Iterable[Any]) -> Any:
    for mark in marks:
        annotation = Annotated[annotation, mark]
    return annotation


def _loosen(annotation: Any) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotate(_loosen(inner[0]), inner[1:])
    if origin in {Union, UnionType}:
        return functools.reduce(operator.or_, map(_loosen, inner))
    if origin is tuple:
        return tuple.__class_getitem__((_loosen(inner[0]), ...))
    return partial(annotation) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else annotation
