"""Closing the answers of a report: who it is about, the instruction, and who is owed what by it."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from identity.ledger import Actor
from tellusonce import duplicates, messages, offers, permissions
from tellusonce.deliveries import hints, owing
from tellusonce.duplicates import Standing
from tellusonce.models import Answers, Delivery, Instruction, Report
from tellusonce.permissions import Choice

JSON = Any
CLOSE = """
WITH closed AS (
    INSERT INTO tellusonce_answers (id, report_id, number, sealed, closed_at) VALUES (%s, %s, 1, %s, %s)
)
INSERT INTO tellusonce_instruction (report_id, answers_id, recipients, given_by, given_at)
VALUES (%s, %s, %s::bigint[], %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Instructed:
    """What the informant wants: the recipients by slug, None for all that apply, and what they answer for consent."""

    chosen: Sequence[str] | None = None
    consents: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """What is to be written of a report that is closed, in one transaction."""

    answers: Answers
    instruction: Instruction
    duties: Sequence[owing.Duty]


def close(
    actor: Actor, report: Report, told: Mapping[str, JSON], instructed: Instructed, *, evidence: Collection[str]
) -> Closed:
    """Decide all that follows from a submission at `report.submitted_at`, and write down consents and who it is about.

    Sets what changes of the report and leaves it to be written with the rest. Raises UnknownRecipients, UnfitConsents.
    """
    at: dt.datetime = report.submitted_at  # type: ignore[assignment]  # the caller has set it
    is_new = report._state.adding  # noqa: SLF001 - Django says so nowhere else
    audience = offers.audience(report, told, evidence, at=at)
    offered = audience.offers(is_new=is_new)
    ids = offers.ids(offered, instructed.chosen)
    permissions.record(actor, report, instructed.consents, asked_of=offers.asked_of(offered), at=at)
    standing = duplicates.recognise(actor, report, told, is_proved=bool(evidence))
    if instructed.chosen is not None or instructed.consents:
        offered = audience.offers(chosen=ids, is_new=is_new and not instructed.consents)
    duties = [] if standing is Standing.JOINED else offers.duties(offered, is_doubtful=standing is Standing.DOUBTFUL)
    answers = Answers(report=report, number=1, closed_at=at)
    answers.sealed = messages.seal_answers(answers, report.key, told)
    instruction = Instruction(report=report, answers=answers, recipients=sorted(ids), given_by=actor.name, given_at=at)
    return Closed(answers, instruction, duties)


def owe(report: Report, closed: Closed) -> list[Delivery]:
    """Write the answers, the instruction and the deliveries of a report that stands; workers hear of it on commit."""
    answers, instruction = closed.answers, closed.instruction
    told: list[Any] = [answers.pk, report.pk, bytes(answers.sealed), answers.closed_at]
    chosen: list[Any] = [report.pk, answers.pk, instruction.recipients, instruction.given_by, instruction.given_at]
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [*told, *chosen])
    deliveries = owing.owe(report, closed.answers, closed.duties, at=closed.answers.closed_at)
    hint_on_commit(deliveries)
    return deliveries


def hint_on_commit(deliveries: Sequence[Delivery]) -> None:
    """Tell workers of what is due now, once it stands."""
    lanes = owing.lanes_of(deliveries)
    transaction.on_commit(lambda: hints.wake(lanes))
