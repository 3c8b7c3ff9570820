"""Two reports side by side, field by field: for whoever has to say whether they are of one person.

This shows what is known of somebody, so that each look at it is entered for both of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from identity import doubts, ledger, people, traits
from identity.ledger import Action, Entry
from identity.models import Doubt, Person
from identity.people import PeopleFailure
from identity.records import Address, Record
from identity.sessions import Visitor
from tellusonce import duplicates, reports, rules
from tellusonce.models import Report

JSON = Any
A_PAGE = 50
MOST_READ = 1000
PURPOSE = "possible-duplicate"
REPORT = "report:"


class UnknownDoubt(LookupError):
    """There is no such doubt that is theirs to decide."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A doubt that is open, with as many opinions as it has; nothing about the people."""

    doubt: Doubt
    report: Report
    opinions: int


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was compared: what each side says, how alike it is, and how much that speaks for one person."""

    field: str
    new: str
    known: str
    level: str = ""
    bits: float = 0.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """A doubt with both sides; `has_spoken` says whether the visitor has given an opinion already."""

    doubt: Doubt
    report: Report
    earlier: Report | None
    rows: Sequence[Row]
    opinions: int
    has_spoken: bool


def waiting(visitor: Visitor) -> list[Waiting]:
    """List what waits for a decision of theirs, the oldest first, up to A_PAGE."""
    found = list(doubts.waiting().filter(about__startswith=REPORT).annotate(given=Count("opinions"))[:MOST_READ])
    asked = Report.objects.filter(_theirs(visitor, rules.SEE_DUPLICATES), pk__in=map(_report_id, found))
    known = {each.pk: each for each in asked}
    open_ones = [Waiting(each, known[_report_id(each)], each.given) for each in found if _report_id(each) in known]
    return open_ones[:A_PAGE]


def look(visitor: Visitor, doubt_id: UUID) -> Likeness:
    """Put both sides beside each other, and write down that somebody looked. Raises UnknownDoubt."""
    doubt, report, spoken = _find(visitor, doubt_id)
    with transaction.atomic():
        earlier = _earlier(report, doubt.person)
        new, known = duplicates.recorded(report), _known(visitor, doubt, report)
        seen = [duplicates.about(each) for each in (report, earlier) if each]
        on = f"doubt:{doubt.pk}"
        ledger.record_many(visitor, [Entry(Action.REPORT_READ, about, PURPOSE, on) for about in seen])
    return Likeness(doubt, report, earlier, _rows(new, known, doubt.evidence), len(spoken), visitor.name in spoken)


def decide(visitor: Visitor, doubt_id: UUID, answer: doubts.Verdict) -> None:
    """Take their opinion; one person has one, whichever organisation they act for. Raises UnknownDoubt, HasSpoken."""
    doubt, *_rest = _find(visitor, doubt_id)
    with transaction.atomic():
        locked = Doubt.objects.select_for_update().get(pk=doubt.pk)
        if locked.opinions.filter(by=visitor.name).exists():
            raise doubts.HasSpoken(
                f"You have given your opinion on doubt {doubt_id}; somebody else has to give the next."
            )
        reports.resolve(visitor, doubt_id, answer=answer)


def _find(visitor: Visitor, doubt_id: UUID) -> tuple[Doubt, Report, list[str]]:
    """Give an open doubt that is theirs to decide, its report, and who gave an opinion. Raises UnknownDoubt."""
    found = doubts.waiting().filter(pk=doubt_id, about__startswith=REPORT).select_related("person")
    doubt = found.annotate(spoken=ArrayAgg("opinions__by", filter=Q(opinions__isnull=False), default=[])).first()
    report = _reports(visitor).filter(pk=_report_id(doubt)).first() if doubt else None
    if doubt is None or report is None:
        raise UnknownDoubt
    return doubt, report, doubt.spoken


def _reports(visitor: Visitor) -> QuerySet[Report]:
    """Look among what can still be read."""
    readable = Report.objects.filter(key__destroyed_at=None).select_related("key")
    return readable.filter(_theirs(visitor, rules.DECIDE_DUPLICATES))


def _theirs(visitor: Visitor, rule: rules.Rule) -> Q:
    return Q() if rules.is_of_all(visitor, rule) else Q(organisation=visitor.organisation)


def _report_id(doubt: Doubt) -> UUID:
    return UUID(doubt.about.removeprefix(REPORT))


def _earlier(report: Report, person: Person) -> Report | None:
    submitted = Report.objects.filter(kind=report.kind, state=Report.State.SUBMITTED, joins=None)
    about = submitted.filter(subject=person.merged_into_id or person.pk)
    return about.exclude(pk=report.pk).order_by("submitted_at").first()


def _known(visitor: Visitor, doubt: Doubt, report: Report) -> Record | None:
    try:
        return people.read(visitor, person=doubt.person_id, purpose=PURPOSE, on=f"{REPORT}{report.pk}")
    except PeopleFailure:
        return None


def _rows(new: Record, known: Record | None, evidence: Iterable[Mapping[str, JSON]]) -> list[Row]:
    weighed = {each["field"]: each for each in evidence}
    found = []
    for field, said in SAID.items():
        counted = weighed.get(field, {})
        sides = said(new), said(known) if known else ""
        if any(sides):
            found.append(Row(field, *sides, counted.get("level", ""), counted.get("bits", 0.0)))
    return found


def _each(of: Callable[[Address], str | None]) -> Callable[[Record], str]:
    return lambda record: _joined(of(each) for each in record.addresses)


def _joined(values: Iterable[str | None]) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value))


# What is said of each field that the scorer compares, and no more; of numbers, whose they are.
SAID: Mapping[str, Callable[[Record], str]] = {
    "given": lambda record: _joined(" ".join(each.given) for each in record.names),
    "family": lambda record: _joined(each.family for each in record.names),
    "born_on": lambda record: record.born_on or "",
    "sex": lambda record: record.sex or "",
    "street": _each(lambda address: ", ".join(address.lines)),
    "house": _each(lambda address: traits.place(address.lines).house),
    "town": _each(lambda address: address.town),
    "postcode": _each(lambda address: address.postcode),
    "identifier": lambda record: _joined(each.scheme for each in record.identifiers),
}
