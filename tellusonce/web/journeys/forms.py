"""A page of a journey with what is in it: shown from the answers, or taken from what was sent, with its faults.

What was typed is kept as it was typed, also where it does not fit.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tellusonce import answering
from tellusonce.events import Fault, Kind, faults
from tellusonce.events.pages import Page
from tellusonce.events.parts import dig
from tellusonce.web.journeys import controls, sayings
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
            placed.setdefault(_nearest(fault.path, names), sayings.of(fault, teller=self.kind.teller))
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


def take(kind: Kind, page: Page, sent: Form, *, without: int | None = None) -> Sheet:
    """Read what was sent for a page; entries of a list that were left empty are left out, and the one to be removed."""
    if not page.each:
        made = controls.of_page(kind.model, page)
        return Sheet(kind, page, [made], _kept(made, sent))
    filled = [each for each in _places(page, sent) if each != without and not _is_blank(kind, page, each, sent)]
    entries: list[list[Control]] = []
    form: dict[str, str] = {}
    for place, was in enumerate(filled):
        before, now = (controls.of_page(kind.model, page, place=each) for each in (was, place))
        entries.append(now)
        form |= {_moved(name, before, now): text for name, text in _kept(before, sent).items()}
        if kept := sent.get(_was(page, was)):
            form[_was(page, place)] = kept
    return Sheet(kind, page, entries, form)


def missing(sheet: Sheet) -> list[Fault]:
    """Ask for what has to be filled in and is not."""
    found = controls.missing(sheet.controls, sheet.form)
    return [faults.ask(each.name, each.field) for each in found if each.field is not None]


def keeps(sheet: Sheet, *, hidden: Collection[str]) -> bool:
    """Whether nothing was typed where something is hidden: then all stays as it is."""
    return bool(_hidden(sheet.page, hidden)) and controls.is_blank(sheet.controls, sheet.form)


def patch(sheet: Sheet, answers: Mapping[str, JSON], *, hidden: Collection[str] = ()) -> dict[str, JSON]:
    """Give the page's answers as a merge patch over the answers so far; what is hidden and was left empty stays."""
    page = sheet.page
    if not page.each:
        left = [path for path in _hidden(page, hidden) if controls.is_blank(_below(sheet.controls, path), sheet.form)]
        asked = [each for each in sheet.controls if not _is_below(each.name, left)]
        return controls.patch(asked, sheet.form, over=answers)
    known = dig(answers, page.each) or []
    entries = [_entry(sheet, place, known) for place in range(len(sheet.entries))]
    *above, last = page.each.split(".")
    made: dict[str, JSON] = {}
    target = made
    for part in above:
        target = target.setdefault(part, {})
    target[last] = entries or None
    return made


def _hidden(page: Page, hidden: Collection[str]) -> list[str]:
    """Name those of a page's paths that have something hidden at or below them."""
    paths = (page.each,) if page.each else page.fields
    return [path for path in paths if any(_is_below(each, [path]) for each in hidden)]


def _below(made: Sequence[Control], path: str) -> list[Control]:
    return [each for each in made if _is_below(each.name, [path])]


def _is_below(name: str, paths: Sequence[str]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for path in paths)


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
