"""The field paths of a kind, derived from its model: what agreements grant, mappings see and previews show.

Beside what is told stands what the recipient itself calls the subject (`own`), which can be granted with any kind.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from tellusonce.events.definitions import Kind
from tellusonce.events.identifiers import ChildNumbers, Identifiers
from tellusonce.events.own import Own
from tellusonce.events.parts import INVITED, PERSON, PRIVATE, SENSITIVE
from tellusonce.events.places import Address
from tellusonce.events.sentences import inside

Model = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Field:
    """A leaf of the vocabulary, or (with a `model`) a group of them; a list's index is not part of its `path`.

    What `is_private` (an address, a contact, a number) is never shown to whoever holds no more than a reference.
    `type` is ``text``, ``date``, ``partial-date``, ``boolean``, ``integer``, ``choice`` or ``group``. `words` is the
    field's own title, and `trail` those of the groups that it lies in with it; `title` says whose or which as well;
    `whose` is the person it is about, for sentences. What `is_for_inviting` is about another adult, and for nobody but
    them.
    """

    path: str
    type: str
    title: str
    is_sensitive: bool
    is_list: bool
    is_required: bool
    words: str
    whose: str
    is_private: bool = False
    trail: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    model: Model | None = None
    is_for_inviting: bool = False


class UnknownField(LookupError):
    """A kind has no such field; `close` are the paths that look like it."""

    def __init__(self, path: str, *, kind: str, close: tuple[str, ...]) -> None:
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        super().__init__(f"The kind {kind!r} has no field {path!r}.{hint}")
        self.path = path
        self.close = close


def vocabulary(kind: Kind) -> Mapping[str, Field]:
    """List the leaves of a kind by path, in the model's order: all that can be told."""
    return _leaves(fields(kind.model))


def grantable(kind: Kind) -> Mapping[str, Field]:
    """List all that an agreement can grant: what can be told, and what the recipient itself calls the subject."""
    return _leaves({**fields(kind.model), **fields(Own)})


@cache
def for_inviting(model: type[BaseModel]) -> frozenset[str]:
    """Name the leaves of a kind's model that are about another adult, which no agreement can grant."""
    return frozenset(path for path, field in _leaves(fields(model)).items() if field.is_for_inviting)


def _leaves(known: Mapping[str, Field]) -> Mapping[str, Field]:
    return MappingProxyType({path: field for path, field in known.items() if field.model is None})


def expand(kind: Kind, path: str) -> frozenset[str]:
    """Name the grantable leaves at or below a path. Raises UnknownField where there are none."""
    leaves = grantable(kind)
    found = frozenset(leaf for leaf in leaves if leaf == path or leaf.startswith(f"{path}."))
    if not found:
        known = [*fields(kind.model), *fields(Own)]
        raise UnknownField(path, kind=kind.name, close=tuple(difflib.get_close_matches(path, known, n=2, cutoff=0.7)))
    return found


def json_schema(kind: Kind) -> dict[str, Any]:
    """Publish a kind as JSON Schema 2020-12; sensitive fields carry ``x-sensitive``."""
    schema = kind.model.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tell-us-once:kind:{kind.name}",
        **schema,
        "title": kind.title,
    }


@cache
def fields(model: Model) -> Mapping[str, Field]:
    """List all fields of a model by path, groups before their leaves."""
    return MappingProxyType({field.path: field for field in _walk(model, within=None)})


def _walk(model: Model, *, within: Field | None) -> Iterator[Field]:
    for name, declared in model.model_fields.items():
        field = _describe(name, declared, within=within)
        yield field
        if field.model is not None:
            yield from _walk(field.model, within=field)


def _describe(name: str, declared: FieldInfo, *, within: Field | None) -> Field:
    core, marks, is_list = _unwrap(declared.annotation, tuple(declared.metadata))
    words = declared.title or name.replace("_", " ").capitalize()
    whose = within.whose if within else ""
    return Field(
        path=f"{within.path}.{name}" if within else name,
        type=_type(core, marks),
        title=f"{within.title}: {inside(words)}" if within else words,
        is_sensitive=SENSITIVE in marks or (within is not None and within.is_sensitive),
        is_list=is_list,
        is_required=declared.is_required(),
        words=words,
        whose=f"the {inside(words)}" if PERSON in marks else whose,
        is_private=PRIVATE in marks or _is_closed(core) or (within is not None and within.is_private),
        trail=(*(within.trail if within else ()), words),
        choices=get_args(core) if get_origin(core) is Literal else (),
        model=core if isinstance(core, type) and issubclass(core, BaseModel) else None,
        is_for_inviting=INVITED in marks or (within is not None and within.is_for_inviting),
    )


def _is_closed(core: Any) -> bool:
    return isinstance(core, type) and issubclass(core, Address | ChildNumbers | Identifiers)


def _unwrap(annotation: Any, marks: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], bool]:
    """Peel off Annotated, Optional and tuple: what is left, what was said about it, and whether it is a list."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _unwrap(inner[0], (*marks, *inner[1:]))
    if origin in {Union, UnionType}:
        return _unwrap(next(choice for choice in inner if choice is not type(None)), marks)
    if origin is tuple:
        core, found, _ = _unwrap(inner[0], marks)
        return core, found, True
    return annotation, marks, False


def _type(core: Any, marks: tuple[Any, ...]) -> str:
    if get_origin(core) is Literal:
        return "choice"
    if issubclass(core, BaseModel):
        return "group"
    schemas = [mark.json_schema or {} for mark in marks if isinstance(mark, WithJsonSchema)]
    formats = [str(schema["format"]) for schema in schemas if "format" in schema]
    return formats[0] if formats else {bool: "boolean", int: "integer"}.get(core, "text")
