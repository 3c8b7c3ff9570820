"""What pydantic found, as sentences for a clerk: every field at once, and never what was typed."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from tellusonce.events import vocabulary
from tellusonce.events.kinds import Fault
from tellusonce.events.vocabulary import Field

SAFE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_NUMBER = "must be a whole number"
_LIST = "must be a list"
_GROUP = "must be a group of named fields"

_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_type": lambda _: "must be text",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda context: f"must be {context['max_length']} characters or fewer",
    "int_type": lambda _: _NUMBER,
    "int_from_float": lambda _: _NUMBER,
    "greater_than_equal": lambda context: f"must be {context['ge']} or more",
    "less_than_equal": lambda context: f"must be {context['le']} or less",
    "tuple_type": lambda _: _LIST,
    "too_long": lambda context: f"must be no more than {context['max_length']}",
    "model_type": lambda _: _GROUP,
    "model_attributes_type": lambda _: _GROUP,
}


class Faults(ValueError):
    """Answers that cannot be taken as they are: one Fault for each thing to mend."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults in the answers" if len(faults) != 1 else "1 fault in the answers")
        self.faults = tuple(faults)


def translate(error: ValidationError, *, model: type[BaseModel]) -> Iterator[Fault]:
    """Turn each of pydantic's errors into at least one fault; a missing group names all that it needs."""
    known = vocabulary.fields(model)
    for each in error.errors(include_url=False, include_input=False):
        place = each["loc"]
        field = known.get(".".join(part for part in place if isinstance(part, str)))
        if each["type"] == "extra_forbidden" or field is None:
            yield _refuse(place)
        elif each["type"] == "missing":
            yield from _ask(".".join(map(str, place)), field)
        else:
            yield Fault(".".join(map(str, place)), _explain(each, field))


def ask(field: Field) -> str:
    """Ask for a field that is missing."""
    return f"Enter the {vocabulary.sentence(field.words)}{_of(field)}"


def _ask(place: str, field: Field) -> Iterator[Fault]:
    within = vocabulary.fields(field.model) if field.model else {}
    needed = [child for child in within.values() if child.is_required]
    leaves = [child for child in needed if child.model is None and _is_due(child, needed)]
    for child in leaves:
        yield Fault(f"{place}.{child.path}", f"Enter the {vocabulary.sentence(child.words)}{_of(field)}")
    if not leaves:
        yield Fault(place, ask(field))


def _is_due(child: Field, needed: list[Field]) -> bool:
    groups = {group.path for group in needed if group.model is not None}
    parts = child.path.split(".")[:-1]
    return all(".".join(parts[:depth]) in groups for depth in range(1, len(parts) + 1))


def _refuse(place: tuple[int | str, ...]) -> Fault:
    *above, last = map(str, place)
    if SAFE_NAME.fullmatch(last):
        return Fault(".".join([*above, last]), "There is no field of this name here; take it out or correct its name")
    return Fault(".".join(above), "A field here has a name that is not known; take it out or correct its name")


def _explain(error: Mapping[str, Any], field: Field) -> str:
    if error["type"] == "bool_type":
        return f"{field.words}: answer true or false"
    name = f"{field.words}{_of(field)}"
    if error["type"] == "literal_error":
        return f"{name} must be one of: {', '.join(field.choices)}"
    words = _WORDS.get(error["type"])
    return f"{name} {words(error.get('ctx', {})) if words else error['msg']}"


def _of(field: Field) -> str:
    return f" of {field.whose}" if field.whose else ""
