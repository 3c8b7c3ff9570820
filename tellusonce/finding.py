"""Finding reports by a surname and a date: of birth, or of what happened.

Kept is a keyed digest of both together: whoever knows them finds the report, and nobody can read them out of it.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from django.db.models import Q

from identity import vault
from tellusonce import answering, events, messages
from tellusonce.events import Kind
from tellusonce.events.parts import dig
from tellusonce.models import FindingKey, Report

JSON = Any
FIELD = "report-found-by"
ALWAYS = "subject.born_on"
DATES = {"date", "partial-date"}


def plain(name: str) -> str:
    """Give a surname without case, accents, spaces and signs: O'Neill, ONEILL and o neill are one."""
    parts = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in parts if letter.isalpha())


def keep(report: Report, told: Mapping[str, JSON], *, is_new: bool = False) -> None:
    """Let a report be found by what is told now, and no longer by what was before; in the caller's transaction.

    One that `is_new` was found by nothing before.
    """
    wanted = {path: vault.blind_index(FIELD, said) for path, said in _found_by(events.find(report.kind), told)}
    before = () if is_new else FindingKey.objects.filter(report=report)
    kept = {each.path: bytes(each.value) for each in before}
    if wanted != kept:
        if kept:
            FindingKey.objects.filter(report=report).delete()
        FindingKey.objects.bulk_create(FindingKey(report=report, path=path, value=wanted[path]) for path in wanted)


def by(surname: str, day: str) -> Q:
    """Select reports whose subject has this surname, and this day as a date of birth or of what happened."""
    known_as = vault.blind_indexes(FIELD, _joined(surname, day))
    return Q(pk__in=FindingKey.objects.filter(value__in=known_as).values("report"))


def forget(reports: Iterable[Report]) -> None:
    """Let reports that are erased be found no more."""
    FindingKey.objects.filter(report__in=list(reports)).delete()


def index_anew(kept: FindingKey) -> bytes | None:
    """Make a key anew under the newest index key; None when what it was made of has been erased or has changed."""
    try:
        told = _told(kept.report)
    except vault.KeyDestroyed:
        return None
    said = dict(_found_by(events.find(kept.report.kind), told)).get(kept.path)
    return vault.blind_index(FIELD, said) if said else None


def _told(report: Report) -> dict[str, JSON]:
    submitted = report.state == Report.State.SUBMITTED
    return messages.latest_answers(report) if submitted else answering.told_so_far(report)


def _found_by(kind: Kind, told: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    surname = dig(told, f"{kind.subject}.family")
    if surname:
        yield from ((path, _joined(surname, day)) for path in _dates(kind.name) if (day := dig(told, path)))


@cache
def _dates(name: str) -> list[str]:
    """Name the dates of the one it is about, and of what happened; not when it was registered."""
    kind = events.find(name)
    known = events.vocabulary(kind)
    fixed = {
        leaf for path in kind.registered if not path.startswith("registration") for leaf in events.expand(kind, path)
    }
    return sorted(path for path in fixed | {ALWAYS} if path in known and known[path].type in DATES)


def _joined(surname: str, day: str) -> str:
    return f"{plain(surname)} {day}"
