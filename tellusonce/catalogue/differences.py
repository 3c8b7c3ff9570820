"""What applying the files would change, entry by entry and column by column."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tellusonce.catalogue.snapshots import Snapshot

JSON = Any
NOUNS = {
    "areas": "area",
    "organisations": "organisation",
    "recipients": "recipient",
    "routes": "route",
    "agreements": "agreement",
}
SIGNS = {"added": "+", "changed": "~", "removed": "-"}
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is added, changed or removed; `columns` says, for a changed one, what was and what will be."""

    sort: str
    name: str
    verb: str
    columns: tuple[tuple[str, JSON, JSON], ...] = ()

    def __str__(self) -> str:
        head = f"{SIGNS[self.verb]} {NOUNS[self.sort]} {self.name}"
        said = "; ".join(_column(*column) for column in self.columns)
        return f"{head}: {said}" if said else head


def compare(before: Snapshot, after: Snapshot) -> list[Change]:
    """List the changes from one snapshot to the other, in the order in which they can be made.

    An organisation that the files leave out stays, unused: past agreements are its signature.
    """
    return [change for sort in NOUNS for change in _of_sort(sort, before, after)]


def _of_sort(sort: str, before: Snapshot, after: Snapshot) -> Iterator[Change]:
    old, new = before[sort], after[sort]
    for name in sorted(new):
        if name not in old:
            yield Change(sort, name, "added")
        elif old[name] != new[name]:
            columns = tuple(
                (key, old[name].get(key), new[name][key]) for key in new[name] if old[name].get(key) != new[name][key]
            )
            yield Change(sort, name, "changed", columns)
    if sort != "organisations":
        yield from (Change(sort, name, "removed") for name in sorted(old) if name not in new)


def spoken(changes: list[Change]) -> list[Change]:
    """Leave out what goes without saying: the route of a recipient that comes or goes as a whole."""
    whole = {change.name for change in changes if change.sort == "recipients" and change.verb != "changed"}
    return [change for change in changes if change.sort != "routes" or change.name not in whole]


def _column(name: str, before: JSON, after: JSON) -> str:
    if isinstance(before, list) and isinstance(after, list):
        added = [f"+{each}" for each in _less(after, before)]
        return " ".join([name, *added, *(f"-{each}" for each in _less(before, after))])
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
        return ", ".join(_key(name, key, before, after) for key in keys)
    return f"{name} {_short(before)} -> {_short(after)}"


def _less(these: list[JSON], those: list[JSON]) -> list[JSON]:
    return [each for each in these if each not in those]


def _key(name: str, key: str, before: dict[str, JSON], after: dict[str, JSON]) -> str:
    if key not in before or key not in after:
        return f"{name}.{key} {'added' if key in after else 'removed'}"
    was, will = _short(before[key]), _short(after[key])
    return f"{name}.{key} {was} -> {will}" if len(was + will) < LONGEST else f"{name}.{key} changed"


def _short(value: JSON) -> str:
    if value in (None, "", []):
        return "none"
    return str(value)
