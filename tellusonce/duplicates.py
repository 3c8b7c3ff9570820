"""Whether this has been reported before: a second report joins the first, and nobody is told twice.

The subject is looked for in the identity store, and where both reports have the register's number, that decides. Where
likeness has to and does not, people decide; until then nobody is told under the second report.
"""

import enum
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from pydantic import ValidationError

from identity import blocks, doubts, people, records
from identity.ledger import Actor
from identity.matching import Answer, Match
from identity.records import Record
from tellusonce import events, messages
from tellusonce.models import Delivery, Evidence, Report

JSON = Any
Verdict = doubts.Verdict
LOCKS = 7_245_013  # of our own choosing: one class of locks for those who recognise the same subject at once


class Standing(enum.Enum):
    """What a report is beside those that were submitted before it."""

    FIRST = "first"
    JOINED = "joined"
    DOUBTFUL = "doubtful"


def recognise(actor: Actor, report: Report, told: Mapping[str, JSON], *, is_proved: bool) -> Standing:
    """Say whose event this is, and whether it was reported before; sets `subject` and `joins`, which the caller writes.

    What may happen to somebody more than once has a subject where it is clear who that is, and joins nothing.
    `is_proved` where the report rests on evidence. Expects the report's row, if it stands already, to be locked by the
    caller's transaction. Safe for two at once: the second waits.
    """
    record = _record(_subject(report, told))
    _one_at_a_time(record)
    match = people.find(actor, record=record, purpose=report.kind, on=str(report.pk)).match
    if not events.find(report.kind).happens_once:
        _name_subject(actor, report, match, record)
        return Standing.FIRST
    earlier, unproved = _reported(report, match, is_proved=is_proved)
    standing = _standing(match, earlier, told)
    joins = earlier[0] if standing is Standing.JOINED else None
    report.joins = joins
    report.subject = match.person if joins or (match.person and not earlier) else _keep(actor, report, record)
    if match.answer is Answer.SAME:
        _give_way(unproved, report)
    if standing is not Standing.JOINED:
        doubts.put(actor, match=_open_question(match), about=about(report), is_sent=standing is Standing.FIRST)
    return standing


def _subject(report: Report, told: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Give the subject's part of the answers, with the addresses that stand elsewhere in a kind such as a move."""
    subject: Mapping[str, JSON] = told["subject"]
    return subject if "addresses" in subject else {**subject, "addresses": _places(report, told)}


def _places(report: Report, told: Mapping[str, JSON]) -> list[JSON]:
    return [dict(each) for each in events.addresses(events.find(report.kind), told)]


def _name_subject(actor: Actor, report: Report, match: Match, record: Record) -> None:
    """Say whose event it is, keeping whoever is new; where that is open to doubt it stays nobody's."""
    if match.answer is not Answer.PERSON_DECIDES:
        report.subject = match.person or _keep(actor, report, record)


def reported_before(actor: Actor, report: Report, told: Mapping[str, JSON]) -> Report | None:
    """Give the report that this one would surely join, for the registrar who starts it; nothing is decided."""
    subject = told.get("subject", {})
    if not events.find(report.kind).happens_once or not subject.get("name", {}).get("family"):
        return None
    match = people.find(actor, record=_record(subject), purpose=report.kind, on=str(report.pk)).match
    earlier, _ = _reported(report, match, is_proved=report.evidence.exists())
    return earlier[0] if earlier and _standing(match, earlier, told) is Standing.JOINED else None


def _reported(report: Report, match: Match, *, is_proved: bool) -> tuple[list[Report], list[Report]]:
    """List what was submitted of this kind about any of those who may be meant, the first first.

    Beside it, where this report has evidence, what has none: of that nobody has been told, and it holds nothing up.
    """
    if not match.candidates:
        return [], []
    meant = people.roots(each.person for each in match.candidates)
    submitted = Report.objects.filter(kind=report.kind, state=Report.State.SUBMITTED, joins=None, subject__in=meant)
    found = list(submitted.exclude(pk=report.pk).select_related("key").order_by("submitted_at"))
    if not is_proved:
        return found, []
    proved = set(Evidence.objects.filter(report__in=found).values_list("report", flat=True))
    return [each for each in found if each.pk in proved], [each for each in found if each.pk not in proved]


def _give_way(unproved: list[Report], report: Report) -> None:
    """Have what was told before without evidence join the report that has it, and is told instead."""
    ids = [each.pk for each in unproved]
    if report.joins_id is not None or not ids:
        return
    list(Report.objects.select_for_update(of=("self",)).filter(pk__in=ids))
    Report.objects.filter(pk__in=ids).update(joins=report)
    withheld = Delivery.objects.filter(report__in=ids, state=Delivery.State.WITHHELD)
    withheld.update(reason="duplicate")


def _standing(match: Match, earlier: list[Report], told: Mapping[str, JSON]) -> Standing:
    """Weigh likeness with the register's numbers: two entries are two deaths, however alike the two people are."""
    if not earlier:
        return Standing.FIRST
    numbers = {_number(told), *map(_number, messages.latest_of(earlier))}
    if len(numbers) > 1 and "" not in numbers:
        return Standing.FIRST
    return Standing.JOINED if match.answer is Answer.SAME else Standing.DOUBTFUL


def _record(subject: Mapping[str, JSON]) -> Record:
    """Make a record of the subject; where the identity store cannot take it as it is, the name at least."""
    try:
        return records.told(subject)
    except ValidationError:
        return records.told({"name": subject["name"]})


def _number(told: Mapping[str, JSON]) -> str:
    return str(told.get("registration", {}).get("number", "")).casefold()


def _keep(actor: Actor, report: Report, record: Record) -> UUID:
    return people.create(actor, record=record, purpose=report.kind, on=str(report.pk))


def _open_question(match: Match) -> Match:
    """Put to people what looks the same and was not taken for it."""
    if match.answer is Answer.SAME:
        return Match(Answer.PERSON_DECIDES, None, match.candidates, match.weights)
    return match


def recorded(report: Report) -> Record:
    """Give what a submitted report says of whom it is about, as it was compared."""
    return _record(_subject(report, messages.latest_answers(report)))


def about(report: Report) -> str:
    """Name a report as doubts and the ledger do."""
    return f"report:{report.pk}"


def is_in_doubt(report: Report) -> bool:
    """Whether people still have to decide if this was reported before."""
    return doubts.waiting(about(report)).exists()


def _one_at_a_time(record: Record) -> None:
    """Let those who tell of the same name at once do it one after the other."""
    keys = sorted(value for number, value in blocks.keys(record.traits()) if number == blocks.NAMES.number)
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, int.from_bytes(key[1:5], "big", signed=True)]
            )


def decide(actor: Actor, doubt_id: UUID, answer: Verdict) -> Report | None:
    """Take one opinion in a doubt about a report, and do what follows once it is decided.

    Gives the report when its deliveries may go now; `reports.free` lets them. Raises what `doubts.decide` does.
    """
    with transaction.atomic():
        doubt = doubts.decide(actor, doubt=doubt_id, answer=answer)
        if not doubt.answer:
            return None
        reports = Report.objects.select_for_update(of=("self",)).select_related("key")
        report = reports.get(pk=doubt.about.removeprefix("report:"))
        if doubt.answer == "same":
            _join(actor, report, doubt.person_id)
            return None
        is_clear = not doubts.waiting(doubt.about).exists()
        return report if is_clear and report.joins_id is None else None


def _join(actor: Actor, report: Report, person: UUID) -> None:
    if report.subject and people.root(report.subject) != people.root(person):
        people.merge(actor, kept=people.root(person), merged=people.root(report.subject), purpose=report.kind)
    first = (
        Report.objects.filter(kind=report.kind, state=Report.State.SUBMITTED, joins=None, subject=people.root(person))
        .exclude(pk=report.pk)
        .order_by("submitted_at")
        .first()
    )
    if first is None or report.joins_id is not None:
        return
    report.joins = first
    report.save(update_fields=["joins"])
    withheld = report.deliveries.filter(state=Delivery.State.WITHHELD, reason="possible-duplicate")
    withheld.update(reason="duplicate")
