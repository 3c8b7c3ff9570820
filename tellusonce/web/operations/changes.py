"""What a version of the catalogue changes, in the words of whoever has to approve it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tellusonce import events
from tellusonce.catalogue.differences import Change
from tellusonce.catalogue.snapshots import Snapshot
from tellusonce.web.formats import day
from tellusonce.web.phrases import BASES, CONDITIONS

JSON = Any
SORTS: Mapping[tuple[str, str], Promise] = {
    ("areas", "added"): gettext_lazy("Area added"),
    ("areas", "changed"): gettext_lazy("Area changed"),
    ("areas", "removed"): gettext_lazy("Area taken away"),
    ("organisations", "added"): gettext_lazy("Organisation added"),
    ("organisations", "changed"): gettext_lazy("Organisation changed"),
    ("recipients", "added"): gettext_lazy("Recipient added"),
    ("recipients", "changed"): gettext_lazy("Recipient changed"),
    ("recipients", "removed"): gettext_lazy("Recipient taken away"),
    ("routes", "added"): gettext_lazy("Way to a recipient added"),
    ("routes", "changed"): gettext_lazy("Way to a recipient changed"),
    ("routes", "removed"): gettext_lazy("Way to a recipient taken away"),
    ("agreements", "added"): gettext_lazy("Agreement added"),
    ("agreements", "changed"): gettext_lazy("Agreement changed"),
    ("agreements", "removed"): gettext_lazy("Agreement taken away"),
}
# The columns of snapshots, in the order in which they are said.
COLUMNS: Mapping[str, Promise] = {
    "lawful_basis": gettext_lazy("Lawful basis"),
    "article_9_condition": gettext_lazy("Condition for what is sensitive"),
    "kind": gettext_lazy("Life event"),
    "organisation": gettext_lazy("Organisation"),
    "recipient": gettext_lazy("Recipient"),
    "tells_from_registration": gettext_lazy("Told from the registration alone"),
    "is_required": gettext_lazy("Has to be told"),
    "in_force_from": gettext_lazy("In force from"),
    "in_force_until": gettext_lazy("In force until"),
    "document_reference": gettext_lazy("Document"),
    "name": gettext_lazy("Name"),
    "nation": gettext_lazy("Nation"),
    "parent": gettext_lazy("Lies in"),
    "postcodes": gettext_lazy("Postcodes"),
    "serves": gettext_lazy("Areas that it serves"),
    "owner": gettext_lazy("Whom to ask there"),
    "contact": gettext_lazy("How to reach them"),
    "confirm_within_days": gettext_lazy("Working days to confirm"),
    "assured_by": gettext_lazy("What protects the connection"),
    "assured_until": gettext_lazy("Connection accredited until"),
    "in_flight": gettext_lazy("At a time"),
    "rate_per_second": gettext_lazy("Each second"),
    "opening_hours": gettext_lazy("Hours"),
    "adapter": gettext_lazy("Way"),
    "address": gettext_lazy("Where it listens"),
    "settings": gettext_lazy("Settings"),
    "documents": gettext_lazy("Schema files"),
    "detects_duplicates": gettext_lazy("Notices what comes twice"),
}
CODED = {"lawful_basis": BASES, "article_9_condition": CONDITIONS}
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Said:
    """One entry that changes: what happens to it, which it is, what is said of it, and whether more is told by it."""

    what: str
    name: str
    lines: Sequence[str]
    grants_more: bool


def say(changes: Iterable[Change], before: Snapshot, after: Snapshot) -> list[Said]:
    """Say each change."""
    names = _names(before, after)
    return [_said(change, before[change.sort], after[change.sort], names) for change in changes]


def _names(before: Snapshot, after: Snapshot) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for side in (before, after):
        found |= {f"Organisation:{slug}": each["name"] for slug, each in side["organisations"].items()}
        found |= {f"Recipient:{slug}": each["name"] for slug, each in side["recipients"].items()}
        found |= {f"Area:{code}": each["name"] for code, each in side["areas"].items()}
    return found


def _said(
    change: Change,
    olds: Mapping[str, Mapping[str, JSON]],
    news: Mapping[str, Mapping[str, JSON]],
    names: Mapping[str, str],
) -> Said:
    old, new = olds.get(change.name, {}), news.get(change.name, {})
    granted = set(new.get("fields", ())) - set(old.get("fields", ()))
    lines = [] if change.verb == "removed" else [*_fields(old, new), *_columns(old, new, names)]
    return Said(str(SORTS[change.sort, change.verb]), _title(change, new or old, names), lines, bool(granted))


def _title(change: Change, entry: Mapping[str, JSON], names: Mapping[str, str]) -> str:
    if change.sort == "agreements":
        recipient, organisation = entry["recipient"], entry["organisation"]
        whose = names.get(f"Recipient:{recipient}") if recipient else names.get(f"Organisation:{organisation}")
        return f"{whose or recipient or organisation}: {_value('kind', entry['kind'], names)} ({change.name})"
    name = names.get(f"Recipient:{change.name}") if change.sort == "routes" else entry.get("name")
    return f"{name} ({change.name})" if name else change.name


def _fields(old: Mapping[str, JSON], new: Mapping[str, JSON]) -> Iterator[str]:
    """Say which fields are newly granted, and which no longer, by their groups."""
    was, will = old.get("fields", []), new.get("fields", [])
    kind = str(new.get("kind", ""))
    more = [each for each in will if each not in was]
    less = [each for each in was if each not in will]
    if more:
        yield _("Newly granted: %(fields)s") % {"fields": _listed(kind, more)}
    if less:
        yield _("No longer granted: %(fields)s") % {"fields": _listed(kind, less)}


def _listed(kind: str, paths: Iterable[str]) -> str:
    known = events.grantable(events.kinds()[kind]) if kind in events.kinds() else {}
    grouped: dict[str, list[str]] = {}
    for path in paths:
        *groups, words = map(_, known[path].trail) if path in known else (path,)
        grouped.setdefault(": ".join(groups), []).append(words)
    return "; ".join(f"{group}: {', '.join(facts)}".removeprefix(": ") for group, facts in grouped.items())


def _columns(old: Mapping[str, JSON], new: Mapping[str, JSON], names: Mapping[str, str]) -> Iterator[str]:
    for column, label in COLUMNS.items():
        was, will = old.get(column), new.get(column)
        if was == will or not (was or will):
            continue
        if isinstance(was, dict) and isinstance(will, dict) and column != "opening_hours":
            changed = sorted(key for key in {*was, *will} if was.get(key) != will.get(key))
            yield from (_changed(f"{label}: {key}", _text(was.get(key)), _text(will.get(key))) for key in changed)
        elif not old:
            yield _("%(what)s: %(will)s") % {"what": label, "will": _value(column, will, names)}
        else:
            yield _changed(str(label), _value(column, was, names), _value(column, will, names))


def _changed(what: str, was: str, will: str) -> str:
    if len(was) + len(will) > LONGEST:
        return _("%(what)s: changed") % {"what": what}
    return _("%(what)s: “%(will)s” instead of “%(was)s”") % {"what": what, "will": will, "was": was}


def _value(column: str, value: JSON, names: Mapping[str, str]) -> str:
    """Say one value of a column."""
    if column in CODED:
        return str(CODED[column].get(value, value or _("none")))
    if column == "kind":
        return _(events.kinds()[value].title) if value in events.kinds() else str(value)
    if isinstance(value, dict):
        return ", ".join(sorted(value)) if column != "opening_hours" else _("%(from)s to %(until)s") % value
    if isinstance(value, list):
        return ", ".join(names.get(f"Area:{each}", str(each)) for each in value) or _("none")
    if column in {"organisation", "recipient", "parent"}:
        sort = "Area" if column == "parent" else column.capitalize()
        return names.get(f"{sort}:{value}", str(value)) if value else _("none")
    return _text(value)


def _text(value: JSON) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.date):
        return day(value)
    return _("none") if value in (None, "") else str(value)
