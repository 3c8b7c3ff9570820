"""From plain data to typed entries, one by one, so that a fault in one hides none in the others."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tellusonce.catalogue import files, shapes
from tellusonce.catalogue.faults import Fault, nearest

JSON = Any
KEYS = {"areas": "code", "organisations": "slug", "recipients": "slug", "agreements": "slug"}
REMEDIES = {
    "string_type": "put it in quotes",
    "date_from_datetime_parsing": "write it as 2027-03-31",
    "date_parsing": "write it as 2027-03-31",
    "date_type": "write it as 2027-03-31",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "float_type": "write a number",
    "float_parsing": "write a number",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "list_type": "write a list, each entry behind a dash",
    "dict_type": "write keys and values",
    "model_type": "write keys and values",
    "too_short": "give at least one",
    "string_too_short": "write something",
    "string_too_long": "shorten it",
    "order": "put them the right way round",
}
PATTERNS = {
    "slug": "use small letters, digits and hyphens",
    "organisation": "use small letters, digits and hyphens",
    "recipient": "use small letters, digits and hyphens",
    "postcodes": "write a beginning such as ZX1 for a whole district or `ZX1 2` for a sector, in capitals",
    "from": 'write it as "08:00"',
    "until": 'write it as "18:00"',
    "scope": "write words with a space between",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The entries that are well formed, each by its index in the source, and the names of all, well formed or not."""

    source: files.Source
    areas: dict[int, shapes.Area] = field(default_factory=dict)
    organisations: dict[int, shapes.Organisation] = field(default_factory=dict)
    recipients: dict[int, shapes.Recipient] = field(default_factory=dict)
    agreements: dict[int, shapes.Agreement] = field(default_factory=dict)

    def names(self, section: str) -> frozenset[str]:
        """All codes or slugs of a section; an entry that is not well formed counts: its faults are told."""
        return frozenset(name for _, name in _named(self.source, section))


def interpret(source: files.Source) -> Reading:
    """Read the entries of all sections; faults are noted in the source."""
    reading = Reading(source)
    for section, shape in shapes.SHAPES.items():
        entries: dict[int, Any] = getattr(reading, section)
        for index, value in enumerate(source.data[section]):
            try:
                entries[index] = shape.model_validate(value)
            except ValidationError as error:
                source.faults.extend(_explain(source, (section, index), error))
        source.faults.extend(_repeated(source, section))
    return reading


def _named(source: files.Source, section: str) -> Iterator[tuple[int, str]]:
    for index, value in enumerate(source.data[section]):
        if isinstance(value, dict) and isinstance(value.get(KEYS[section]), str):
            yield index, value[KEYS[section]]


def _repeated(source: files.Source, section: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, name in _named(source, section):
        before = source.place(section, first.setdefault(name, index), KEYS[section])
        if first[name] != index:
            place = source.place(section, index, KEYS[section])
            yield Fault(place, f"`{name}` is already given at {before}", "rename or remove one of them")


def _explain(source: files.Source, trail: files.Trail, error: ValidationError) -> Iterator[Fault]:
    return explain(source, trail, error, shapes.SHAPES[str(trail[0])])


def explain(
    source: files.Source, trail: files.Trail, error: ValidationError, shape: type[BaseModel]
) -> Iterator[Fault]:
    """Put each error of an entry, or of an adapter's settings, into words, with its line and a remedy."""
    said: Counter[files.Trail] = Counter()
    for detail in error.errors(include_url=False, include_input=True):
        inner = _written(source, trail, detail)
        said[inner] += 1
        if said[inner] == 1:
            what, remedy = _words(detail, inner, shape)
            yield Fault(source.place(*trail, *inner), what, remedy)


def _written(source: files.Source, trail: files.Trail, detail: ErrorDetails) -> files.Trail:
    """Leave out of a place what names a choice between shapes and was not written by anybody."""
    value: Any = source.data
    for part in trail:
        value = value[part]
    kept: list[str | int] = []
    for part in detail["loc"]:
        is_there = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
        value = value[part] if is_there else value
        kept += [part] if is_there else []
    return (*kept, detail["loc"][-1]) if detail["type"] == "missing" else tuple(kept)


def _words(detail: ErrorDetails, inner: files.Trail, shape: type[BaseModel]) -> tuple[str, str]:
    name = ".".join(str(part) for part in inner) or "the entry"
    kind = detail["type"]
    if kind == "missing":
        return f"`{name}` is missing", _purpose(shape, detail["loc"])
    if kind == "extra_forbidden":
        return f"unknown key `{name}`", nearest(str(inner[-1]), list(_fields(shape, detail["loc"][:-1])))
    if kind == "union_tag_invalid":
        return f"`{name}` is of no kind that is known", f"use {detail['ctx']['expected_tags']}"
    if kind == "literal_error":
        return f"`{name}` is {_shown(detail, shape)}", f"use {detail['ctx']['expected']}"
    if kind == "string_pattern_mismatch":
        remedy = next((PATTERNS[str(part)] for part in inner if str(part) in PATTERNS), "")
        return f"`{name}` is {_shown(detail, shape)}", remedy or f"it has to fit {detail['ctx']['pattern']}"
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    what, _, remedy = f"`{name}`: {message[0].lower()}{message[1:]}".partition("; ")
    return what, remedy or REMEDIES.get(kind, "put it right")


def _shown(detail: ErrorDetails, shape: type[BaseModel]) -> str:
    """Quote what was written, unless it stands where somebody may have put a secret."""
    return "not as it should be" if shape.model_config.get("hide_input_in_errors") else repr(detail["input"])


def _purpose(shape: type[BaseModel], inner: files.Trail) -> str:
    fields = _fields(shape, inner[:-1])
    found = fields.get(str(inner[-1]))
    return f"add it: {found}" if found else "add it"


def _fields(shape: type[BaseModel], trail: files.Trail) -> Mapping[str, str]:
    """The keys, and what they are for, of the model that stands at the end of a trail."""
    models = [shape]
    for part in trail:
        chosen = [model for model in models if part in _tags(model)]
        inner = [
            field for model in models for field in model.model_fields.items() if part == (field[1].alias or field[0])
        ]
        if inner:
            models = [model for _, field in inner for model in _models(field.annotation)]
        models = chosen or models
    return {
        field.alias or name: field.description or "" for each in models for name, field in each.model_fields.items()
    }


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    """By which of its `kind`s a model is chosen."""
    return get_args(model.model_fields["kind"].annotation) if "kind" in model.model_fields else ()


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in get_args(annotation) for found in _models(inner)]
