"""The fields of a page as controls of a form: made from a kind's vocabulary, filled from answers, read from a form.

A form is a flat mapping of text; a control's name is the path of its answer, with places in lists, so that a fault
finds its control by its own path. Filling and reading back again changes nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from tellusonce.events import vocabularies
from tellusonce.events.pages import Page
from tellusonce.events.people import Name, OtherName
from tellusonce.events.places import Address, UsedAddress
from tellusonce.events.vocabularies import Field

JSON = Any
Form = Mapping[str, str]
PARTS = ("day", "month", "year")
DATES = {"date", "partial-date"}
LINES = 2
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = ("title", "given", "family")
_ADDRESS = ("lines", "town", "county", "postcode", "country")
# What is asked of these, and in which order; of any other group, everything.
ASKED: Mapping[type[BaseModel], tuple[str, ...]] = {
    Name: _NAME,
    OtherName: ("use", *_NAME),
    Address: _ADDRESS,
    UsedAddress: ("use", *_ADDRESS),
}
# Where a new postcode belongs to another place: what was known of the old one no longer holds.
_OF_A_PLACE = ("uprn", "area")


@dataclass(frozen=True, slots=True)
class Control:
    """One question to fill in; `leaf` is the last part of its path, by which browsers are told what belongs there.

    `sort` is the vocabulary's type, or ``lines`` for one line of an address, ``words`` for text that is kept as a list
    of words, and ``tick`` for a box: ticked is yes, and not ticked is no answer.
    """

    name: str
    leaf: str
    sort: str
    label: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    is_needed: bool = False
    group: str = ""
    field: Field | None = field(default=None, repr=False, compare=False)


def of_page(model: type[BaseModel], page: Page, *, place: int | None = None) -> list[Control]:
    """Make the controls of a page, or of one entry of the list that the page asks for."""
    known = vocabularies.fields(model)
    base = f"{page.each}.{place}" if page.each else ""
    if page.each and not page.fields and known[page.each].model is None:
        return [_control(known[page.each], base, page, is_entry=True)]
    paths = page.fields or tuple(known[page.each].path + f".{each}" for each in _asked(known[page.each]))
    full = [path if path.startswith(page.each) else f"{page.each}.{path}" for path in paths] if page.each else paths
    found = [
        control
        for path in full
        for control in _controls(known, path, name=_placed(path, page.each, base), page=page, is_alone=len(full) == 1)
    ]
    return [replace(each, is_needed=each.is_needed or _is_needed(each, page)) for each in found]


def _placed(path: str, each: str, base: str) -> str:
    return base + path[len(each) :] if each else path


def _asked(group: Field) -> tuple[str, ...]:
    if group.model is None:
        return ()
    return ASKED.get(group.model, tuple(group.model.model_fields))


def _controls(known: Mapping[str, Field], path: str, *, name: str, page: Page, is_alone: bool) -> Iterator[Control]:
    found = known[path]
    if found.model is None:
        yield from _of_leaf(known, found, name, page)
        return
    legend = "" if is_alone else page.labels.get(path, found.words)
    for child in _asked(found):
        for control in _controls(known, f"{path}.{child}", name=f"{name}.{child}", page=page, is_alone=True):
            yield replace(control, group=control.group or legend)


def _of_leaf(known: Mapping[str, Field], found: Field, name: str, page: Page) -> Iterator[Control]:
    if found.path.endswith(".lines"):
        labels = ("Address line 1", "Address line 2")
        for number, label in enumerate(labels):
            yield Control(f"{name}.{number}", f"address-line{number + 1}", "lines", label, field=found)
        return
    control = _control(found, name, page)
    yield replace(control, is_needed=_is_wanted(known, found, page))


def _control(found: Field, name: str, page: Page, *, is_entry: bool = False) -> Control:
    words = found.words if found.path.rpartition(".")[2] != "country" else "Country, if not the United Kingdom"
    sort = "words" if found.is_list and not is_entry else found.type
    if page.has_ticks and sort == "boolean":
        sort = "tick"
    return Control(
        name=name,
        leaf=found.path.rpartition(".")[2],
        sort=sort,
        label=(page.entry if is_entry else "") or page.labels.get(found.path, words),
        hint=page.hints.get(found.path, ""),
        choices=found.choices,
        words={
            choice: page.labels[key] for choice in found.choices if (key := f"{found.path}={choice}") in page.labels
        },
        field=found,
    )


def _is_wanted(known: Mapping[str, Field], found: Field, page: Page) -> bool:
    """Whether the model wants it, with all the groups that it lies in, as far up as this page reaches."""
    above = found.path.split(".")
    chain = [".".join(above[:depth]) for depth in range(1, len(above) + 1)]
    if page.each:
        chain = [path for path in chain if path.startswith(f"{page.each}.")]
    return all(known[path].is_required for path in chain)


def _is_needed(control: Control, page: Page) -> bool:
    return control.field is not None and control.field.path in page.needs


def fill(controls: Iterable[Control], answers: JSON) -> dict[str, str]:
    """Write answers as a form has them; what is not answered is not there."""
    form: dict[str, str] = {}
    for control in controls:
        value = _line(control, answers) if control.sort == "lines" else _at(answers, control.name.split("."))
        if value is not None:
            form.update(_written(control, value))
    return form


def _line(control: Control, answers: JSON) -> str | None:
    """Give one line of an address; the last one that is asked has all the rest."""
    *above, place = control.name.split(".")
    lines = _at(answers, above) or []
    number = int(place)
    rest = lines[number:] if number == LINES - 1 else lines[number : number + 1]
    return ", ".join(rest) or None


def _at(value: JSON, parts: Sequence[str]) -> JSON:
    for part in parts:
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _written(control: Control, value: JSON) -> dict[str, str]:
    if control.sort in DATES:
        year, month, day = (*str(value).split("-"), "", "")[:3]
        shown = {"year": year, "month": month.lstrip("0"), "day": day.lstrip("0")}
        return {f"{control.name}.{part}": text for part, text in shown.items() if text}
    if control.sort == "words":
        return {control.name: " ".join(value)}
    if isinstance(value, bool):
        return {control.name: "yes" if value else "no"}
    return {control.name: str(value)}


def read(control: Control, form: Form) -> JSON:
    """Read one control's answer out of a form; None where it is empty, and text that will not fit as it stands."""
    if control.sort in DATES:
        return date(form, control.name)
    text = form.get(control.name, "").strip()
    if not text:
        return None
    if control.sort == "words":
        return text.split()
    if control.sort in {"boolean", "tick"}:
        return {"yes": True, "no": False}.get(text, text)
    return int(text) if control.sort == "integer" and re.fullmatch(r"[0-9]{1,6}", text) else text


def date(form: Form, name: str) -> str | None:
    """Join day, month and year as ISO 8601 does; one that is not possible is left for the model to refuse."""
    parts = {part: form.get(f"{name}.{part}", "").strip() for part in PARTS}
    if not any(parts.values()):
        return None
    month = parts["month"].casefold()[:3]
    number = str(MONTHS.index(month) + 1) if month in MONTHS else parts["month"]
    year = parts["year"] or "?"
    return "-".join(
        each.zfill(2) if each.isdigit() else each
        for each in (year, number or ("?" if parts["day"] else ""), parts["day"])
        if each
    )


def is_blank(controls: Iterable[Control], form: Form) -> bool:
    """Whether nothing at all was filled in."""
    return all(read(control, form) is None for control in controls)


def missing(controls: Iterable[Control], form: Form) -> list[Control]:
    """Name the controls that have to be filled in and are not."""
    return [each for each in controls if each.is_needed and read(each, form) is None]


def patch(controls: Iterable[Control], form: Form, *, over: JSON) -> dict[str, JSON]:
    """Read a page's answers as a merge patch (RFC 7396) over the answers so far; what was emptied is null."""
    made: dict[str, JSON] = {}
    for control in controls:
        *above, last = control.name.split(".")
        if control.sort == "lines":
            lines = _lines(controls, control.name.rpartition(".")[0], form)
            *above, last = control.name.split(".")[:-1]
            _put(made, above, last, lines or None)
        else:
            _put(made, above, last, read(control, form))
            if control.leaf == "postcode" and read(control, form) != _at(over, control.name.split(".")):
                for each in _OF_A_PLACE:
                    _put(made, above, each, None)
    return made


def _lines(controls: Iterable[Control], base: str, form: Form) -> list[str]:
    found = [read(each, form) for each in controls if each.sort == "lines" and each.name.startswith(f"{base}.")]
    return [line for line in found if line]


def _put(target: dict[str, JSON], above: Sequence[str], last: str, value: JSON) -> None:
    for part in above:
        target = target.setdefault(part, {})
    target[last] = value


def renamed(control: Control, name: str) -> Control:
    """Give the same question under another name."""
    return replace(control, name=name)
