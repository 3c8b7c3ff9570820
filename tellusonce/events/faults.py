"""What pydantic found, as sentences for a clerk: every field at once, and never what was typed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from tellusonce.events import vocabularies
from tellusonce.events.definitions import Fault
from tellusonce.events.vocabularies import Field

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
    """Answers that cannot be taken as they are: one Fault for each field to mend, in the order they were found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        first_by_path: dict[str, Fault] = {}
        for fault in faults:
            first_by_path.setdefault(fault.path, fault)
        self.faults = tuple(first_by_path.values())
        super().__init__(f"The answers have faults in {len(self.faults)} fields")


def translate(error: ValidationError, *, model: type[BaseModel]) -> Iterator[Fault]:
    """Turn each of pydantic's errors into at least one fault; a missing group names all that it needs."""
    known = vocabularies.fields(model)
    for each in error.errors(include_url=False, include_input=False):
        path = ".".join(map(str, each["loc"]))
        field = known.get(".".join(part for part in each["loc"] if isinstance(part, str)))
        if each["type"] == "extra_forbidden" or field is None:
            yield Fault(path, "There is no field of this name here; take it out or correct its name")
        elif each["type"] == "missing":
            yield from _ask(path, field)
        else:
            yield Fault(path, _explain(each, field))


def ask(field: Field) -> str:
    """Ask for a field that is missing."""
    return f"Enter the {vocabularies.sentence(field.words)}{_of(field)}"


def _ask(place: str, field: Field) -> Iterator[Fault]:
    within = vocabularies.fields(field.model) if field.model else {}
    needed = [child for child in within.values() if child.is_required]
    leaves = [child for child in needed if child.model is None and _is_due(child, needed)]
    for child in leaves:
        yield Fault(f"{place}.{child.path}", f"Enter the {vocabularies.sentence(child.words)}{_of(field)}")
    if not leaves:
        yield Fault(place, ask(field))


def _is_due(child: Field, needed: list[Field]) -> bool:
    groups = {group.path for group in needed if group.model is not None}
    parts = child.path.split(".")[:-1]
    return all(".".join(parts[:depth]) in groups for depth in range(1, len(parts) + 1))


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
