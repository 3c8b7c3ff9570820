"""What pydantic found, as sentences for a clerk: every field at once, and never what was typed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from tellusonce.events import entries, vocabularies
from tellusonce.events.definitions import Fault
from tellusonce.events.sentences import Value
from tellusonce.events.vocabularies import Field

UNKNOWN = "There is no field of this name here; take it out or correct its name"
ENTER, ENTER_OF = "Enter the {field}", "Enter the {field} of {whose}"
MUST, MUST_OF = "{Field} {rule}", "{Field} of {whose} {rule}"
YES_OR_NO = "{Field}: answer true or false"
ONE_OF = "must be one of: {choices}"
_NUMBER = "must be a whole number"
_LIST = "must be a list"
_GROUP = "must be a group of named fields"

# In braces what pydantic gives along with each.
RULES: Mapping[str, str] = {
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must be {max_length} characters or fewer",
    "int_type": _NUMBER,
    "int_from_float": _NUMBER,
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "tuple_type": _LIST,
    "too_long": "must be no more than {max_length}",
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
}
# How somebody is spoken to about what is their own.
YOURS: Mapping[str, str] = {ENTER_OF: "Enter your {field}", MUST_OF: "Your {field} {rule}"}
TEMPLATES = (
    entries.FIXED,
    UNKNOWN,
    ENTER,
    ENTER_OF,
    MUST,
    MUST_OF,
    YES_OR_NO,
    ONE_OF,
    *RULES.values(),
    *YOURS.values(),
)


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
            yield Fault(path, UNKNOWN)
        elif each["type"] == "missing":
            yield from _missing(path, field)
        else:
            yield _explain(path, each, field)


def ask(path: str, field: Field, *, whose: str = "") -> Fault:
    """Ask for a field that is missing."""
    whose = whose or field.whose
    return (
        Fault.of(path, ENTER_OF, field=field.words, whose=whose) if whose else Fault.of(path, ENTER, field=field.words)
    )


def _missing(place: str, field: Field) -> Iterator[Fault]:
    within = vocabularies.fields(field.model) if field.model else {}
    needed = [child for child in within.values() if child.is_required]
    leaves = [child for child in needed if child.model is None and _is_due(child, needed)]
    for child in leaves:
        yield ask(f"{place}.{child.path}", child, whose=field.whose)
    if not leaves:
        yield ask(place, field)


def _is_due(child: Field, needed: list[Field]) -> bool:
    groups = {group.path for group in needed if group.model is not None}
    parts = child.path.split(".")[:-1]
    return all(".".join(parts[:depth]) in groups for depth in range(1, len(parts) + 1))


def _explain(path: str, error: Mapping[str, Any], field: Field) -> Fault:
    if error["type"] == "bool_type":
        return Fault.of(path, YES_OR_NO, field=field.words)
    given: dict[str, Value] = {"field": field.words, **({"whose": field.whose} if field.whose else {})}
    if error["type"] == "literal_error":
        given |= {"rule": ONE_OF, "choices": field.choices}
    else:
        words = RULES.get(error["type"], error["msg"])
        given |= {
            "rule": words,
            **{name: value for name, value in error.get("ctx", {}).items() if f"{{{name}}}" in words},
        }
    return Fault.of(path, MUST_OF if field.whose else MUST, **given)
