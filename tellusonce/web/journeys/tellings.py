"""What a recipient is told, in words: section by section in the model's order, whatever was granted of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tellusonce.events import Kind, vocabularies
from tellusonce.events.people import Name
from tellusonce.events.places import Address
from tellusonce.events.vocabularies import Field
from tellusonce.web.journeys import sayings, words
from tellusonce.web.journeys.controls import DATES
from tellusonce.web.journeys.words import Row

JSON = Any
Known = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of what is told, under its own heading."""

    title: str
    rows: Sequence[Row]


def sections(kind: Kind, told: Mapping[str, JSON]) -> list[Section]:
    """Put the granted fields in words; nothing is left out."""
    known = vocabularies.fields(kind.model)
    return [
        Section(_(known[name].words), list(_rows(known, known[name], told[name], ())))
        for name in kind.model.model_fields
        if told.get(name) not in (None, [], {})
    ]


def _rows(known: Known, field: Field, value: JSON, labels: tuple[str, ...]) -> Iterator[Row]:
    entries = value if field.is_list else [value]
    if field.model is None:
        yield Row(": ".join(labels) or _(field.words), [_said(field, each) for each in entries], field.path)
        return
    for number, entry in enumerate(entries, start=1):
        own = (*labels[:-1], f"{labels[-1]} {number}") if labels and len(entries) > 1 else labels
        yield from _group(known, field, entry, own)


def _group(known: Known, field: Field, value: Mapping[str, JSON], labels: tuple[str, ...]) -> Iterator[Row]:
    """Give a name or an address as it is written, and of any other group each field by itself."""
    rest = dict(value)
    if lines := _written(field, rest):
        yield Row(": ".join(labels) or _(field.words), lines, field.path)
    for name in field.model.model_fields if field.model else ():
        if rest.get(name) not in (None, [], {}):
            child = known[f"{field.path}.{name}"]
            yield from _rows(known, child, rest[name], (*labels, _(child.words)))


def _written(field: Field, value: dict[str, JSON]) -> list[str]:
    """Take a name or an address out of a group, in the lines in which people write it."""
    if field.model is not None and issubclass(field.model, Name):
        taken = {each: value.pop(each) for each in ("title", "given", "family", "suffix") if value.get(each)}
        parts = [taken.get("title"), words.name(taken), taken.get("suffix")]
        return [" ".join(part for part in parts if part)]
    if field.model is not None and issubclass(field.model, Address):
        lines = value.pop("lines", None) or []
        parts = [value.pop(each, None) for each in ("town", "county", "postcode", "country")]
        use = value.pop("use", None)
        parts.append(f"({sayings.choice(use)})" if use else None)
        return [*lines, *(part for part in parts if part)]
    return []


def _said(field: Field, value: JSON) -> str:
    if field.type in DATES:
        return words.day(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return sayings.choice(value) if field.type == "choice" else str(value)
