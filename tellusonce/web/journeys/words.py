"""Answers and questions in words: in the reader's language, with the person's name where it is known."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from tellusonce.events import Kind
from tellusonce.events.pages import Page
from tellusonce.events.parts import dig
from tellusonce.events.vocabularies import Field
from tellusonce.web.journeys import controls, forms, sayings
from tellusonce.web.journeys.controls import Control
from tellusonce.web.journeys.forms import Sheet

JSON = Any
WHOLE, MONTH = 3, 2


@dataclass(frozen=True, slots=True)
class Row:
    """One answer: what was asked, and what was said; `name` is that of its first control."""

    label: str
    lines: Sequence[str]
    name: str


def name(part: Mapping[str, JSON] | None) -> str:
    """Write a name as it is said; nothing where there is none."""
    part = part or {}
    return " ".join([*part.get("given", ()), part.get("family", "")]).strip()


def subject(kind: Kind, told: Mapping[str, JSON]) -> str:
    """Say whom a report is about: by name, or as what they are to it."""
    return name(dig(told, kind.subject)) or _(kind.called)


def put(words: str, kind: Kind, told: Mapping[str, JSON]) -> str:
    """Say a page's words in the reader's language, with the name in its place."""
    return _(words).replace("{subject}", subject(kind, told)) if words else ""


def title(field: Field) -> str:
    """Say a field of the vocabulary: its own words, with those of the groups that it lies in."""
    return ": ".join(_(part) for part in field.trail)


def day(text: str) -> str:
    """Write an ISO date, whole or in part, as it is said."""
    parts = text.split("-")
    if len(parts) == WHOLE:
        return formats.date_format(dt.date.fromisoformat(text), "j F Y")
    if len(parts) == MONTH:
        return formats.date_format(dt.date.fromisoformat(f"{text}-01"), "F Y")
    return text


def rows(sheet: Sheet, answers: Mapping[str, JSON]) -> list[Row]:
    """List the answers of a page; controls of one group are one answer, and so is each entry of a list."""
    if sheet.page.each:
        found = [Row(_entry_label(sheet.page), _lines(entry, answers), entry[0].name) for entry in sheet.entries]
        return [row for row in found if row.lines]
    return [row for row in (_row(sheet, group, answers) for group in _groups(sheet)) if row.lines]


def _entry_label(page: Page) -> str:
    return _(page.entry) if page.entry else ""


def _groups(sheet: Sheet) -> list[list[Control]]:
    """Put the controls together that make one answer: a name, an address, all boxes to tick, or one by itself."""
    grouped: dict[str, list[Control]] = {}
    for control in sheet.controls:
        whole = next((path for path in sheet.page.fields if control.name.startswith(f"{path}.")), control.name)
        grouped.setdefault("ticks" if control.sort == "tick" else whole, []).append(control)
    return list(grouped.values())


def _row(sheet: Sheet, group: Sequence[Control], answers: Mapping[str, JSON]) -> Row:
    first = group[0]
    is_only = len(_groups(sheet)) == 1
    label = "" if is_only else _(first.group or first.label)
    if first.sort == "tick":
        ticked = [_(each.label) for each in group if sheet.form.get(each.name) == "yes"]
        return Row(label, ticked, first.name)
    return Row(label, _lines(group, answers), first.name)


def _lines(group: Sequence[Control], answers: Mapping[str, JSON]) -> list[str]:
    form = controls.fill(group, answers)
    said = [(control, _said(control, form)) for control in group]
    names = [text for control, text in said if control.leaf in {"title", "given", "family", "suffix"} and text]
    rest = [text for control, text in said if control.leaf not in {"title", "given", "family", "suffix"} and text]
    return [*([" ".join(names)] if names else []), *rest]


def _said(control: Control, form: Mapping[str, str]) -> str:
    value = controls.read(control, form)
    if value is None:
        return ""
    if control.sort in controls.DATES:
        return day(value)
    if control.sort in {"boolean", "tick"}:
        return _("Yes") if value else _("No")
    if control.sort == "choice":
        return sayings.choice(value)
    return form[control.name]


def sheet_rows(kind: Kind, page: Page, answers: Mapping[str, JSON]) -> list[Row]:
    """List what has been answered on a page."""
    return rows(forms.show(kind, page, answers), answers)


def registered(kind: Kind, entry: Mapping[str, JSON]) -> list[Row]:
    """List what the register says, which nobody is asked."""
    return sheet_rows(kind, Page("registered", "", "", fields=kind.registered), entry)
