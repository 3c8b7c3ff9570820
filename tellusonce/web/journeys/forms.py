"""A page of a journey with what is in it: shown from the answers, or taken from what was sent, with its faults.

What was typed is kept as it was typed, also where it does not fit.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tellusonce import answering
from tellusonce.events import Fault, Kind, faults
from tellusonce.events.pages import Page
from tellusonce.events.parts import dig
from tellusonce.web.journeys import controls
from tellusonce.web.journeys.controls import Control, Form

JSON = Any
MOST_ENTRIES = 50
WAS = "was"  # beside each entry of a list: which one it was, so that what is not asked of it stays with it


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page filled in: its controls (of each entry, where it asks for a list), and the text in them by name."""

    kind: Kind
    page: Page
    entries: Sequence[Sequence[Control]]
    form: Form
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def controls(self) -> list[Control]:
        """All controls, entry after entry."""
        return [control for entry in self.entries for control in entry]

    def with_faults(self, found: Iterable[Fault]) -> "Sheet":
        """Give the page with each fault at the control that it is about; the first at each counts."""
        names = [control.name for control in self.controls]
        placed: dict[str, str] = {}
        for fault in found:
            placed.setdefault(_nearest(fault.path, names), fault.message)
        return Sheet(self.kind, self.page, self.entries, self.form, placed)


def show(kind: Kind, page: Page, answers: Mapping[str, JSON], *, more: int = 0) -> Sheet:
    """Show a page as it is answered so far; a list with one empty entry if it has none, and `more` beside."""
    if not page.each:
        made = controls.of_page(kind.model, page)
        return Sheet(kind, page, [made], controls.fill(made, answers))
    known = dig(answers, page.each) or []
    places = range(min(len(known) + more, MOST_ENTRIES) or 1)
    entries = [controls.of_page(kind.model, page, place=place) for place in places]
    form = {name: text for entry in entries for name, text in controls.fill(entry, answers).items()}
    return Sheet(kind, page, entries, form | {_was(page, place): str(place) for place in range(len(known))})


def take(kind: Kind, page: Page, sent: Form) -> Sheet:
    """Read what was sent for a page; the entries of a list that were left empty are left out."""
    if not page.each:
        made = controls.of_page(kind.model, page)
        return Sheet(kind, page, [made], _kept(made, sent))
    filled = [place for place in _places(page, sent) if not _is_blank(kind, page, place, sent)]
    entries, form = [], {}
    for place, was in enumerate(filled):
        before, now = (controls.of_page(kind.model, page, place=each) for each in (was, place))
        entries.append(now)
        form |= {_moved(name, before, now): text for name, text in _kept(before, sent).items()}
        if kept := sent.get(_was(page, was)):
            form[_was(page, place)] = kept
    return Sheet(kind, page, entries, form)


def without(sheet: Sheet, place: int) -> Sheet:
    """Give a list's page without one of its entries."""
    names = [control.name for control in sheet.entries[place]] if place < len(sheet.entries) else []
    rest = {name: text for name, text in sheet.form.items() if not _belongs(name, names)}
    return take(sheet.kind, sheet.page, rest)


def missing(sheet: Sheet) -> list[Fault]:
    """Ask for what has to be filled in and is not."""
    found = controls.missing(sheet.controls, sheet.form)
    return [Fault(each.name, faults.ask(each.field)) for each in found if each.field is not None]


def patch(sheet: Sheet, answers: Mapping[str, JSON]) -> dict[str, JSON]:
    """Give the page's answers as a merge patch over the answers so far."""
    page = sheet.page
    if not page.each:
        return controls.patch(sheet.controls, sheet.form, over=answers)
    known = dig(answers, page.each) or []
    entries = [_entry(sheet, place, known) for place in range(len(sheet.entries))]
    *above, last = page.each.split(".")
    made: dict[str, JSON] = {}
    target = made
    for part in above:
        target = target.setdefault(part, {})
    target[last] = entries or None
    return made


def _entry(sheet: Sheet, place: int, known: Sequence[JSON]) -> JSON:
    asked = sheet.entries[place]
    if not sheet.page.fields and len(asked) == 1 and asked[0].name == f"{sheet.page.each}.{place}":
        return controls.read(asked[0], sheet.form)
    was = sheet.form.get(_was(sheet.page, place), "")
    before = known[int(was)] if was.isdigit() and int(was) < len(known) else {}
    prefix = f"{sheet.page.each}.{place}."
    inner = [_within(control, prefix) for control in asked]
    form = {name.removeprefix(prefix): text for name, text in sheet.form.items()}
    changed = controls.patch(inner, form, over=before)
    return answering.patched(before, changed)


def _within(control: Control, prefix: str) -> Control:
    return controls.renamed(control, control.name.removeprefix(prefix))


def _places(page: Page, sent: Form) -> list[int]:
    shape = re.compile(re.escape(page.each) + r"\.(\d{1,3})(\.|$)")
    found = {int(match[1]) for name in sent if (match := shape.match(name))}
    return sorted(found)[:MOST_ENTRIES]


def _is_blank(kind: Kind, page: Page, place: int, sent: Form) -> bool:
    return controls.is_blank(controls.of_page(kind.model, page, place=place), sent)


def _kept(made: Sequence[Control], sent: Form) -> dict[str, str]:
    names = [control.name for control in made]
    return {name: text for name, text in sent.items() if _belongs(name, names)}


def _belongs(name: str, names: Sequence[str]) -> bool:
    return any(name == each or name.rpartition(".")[0] == each for each in names)


def _moved(name: str, before: Sequence[Control], now: Sequence[Control]) -> str:
    for old, new in zip(before, now, strict=True):
        if name == old.name or name.rpartition(".")[0] == old.name:
            return new.name + name[len(old.name) :]
    return name


def _was(page: Page, place: int) -> str:
    return f"{WAS}.{page.each}.{place}"


def _nearest(path: str, names: Sequence[str]) -> str:
    """Find the control that a fault is about: its own, one above or below it, or the first of the page."""
    for name in names:
        if name == path or path.startswith(f"{name}.") or name.startswith(f"{path}."):
            return name
    return names[0] if names else ""
