"""Writing down who is owed what: one row per recipient, its number and its grant, in the caller's transaction."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from tellusonce import deadlines
from tellusonce.deliveries import namings
from tellusonce.disclosure import Grant, Refusal
from tellusonce.models import Answers, Delivery, DeliveryNumber, Lane, Recipient, Report

# Twenty rows and their numbers in one statement: through the ORM they took as long as all the rest of a submission.
COLUMNS = (
    "pk",
    "recipient_id",
    "purpose",
    "sequence",
    "state",
    "reason",
    "agreement_id",
    "known_as",
    "due_at",
    "confirm_by",
    "created_at",
)
OWE = """
WITH owed AS (
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::smallint[], %s::text[], %s::text[], %s::bigint[],
                         %s::bytea[], %s::timestamptz[], %s::date[], %s::timestamptz[], %s::text[])
    AS t(id, recipient_id, purpose, sequence, state, reason, agreement_id, known_as, due_at, confirm_by, created_at,
         fields)
),
numbered AS (
    INSERT INTO tellusonce_deliverynumber (delivery_id, report_id, recipient_id, sequence, purpose)
    SELECT id, %s, recipient_id, sequence, purpose FROM owed
)
INSERT INTO tellusonce_delivery (id, report_id, recipient_id, purpose, sequence, state, reason, outcome, answers_id,
    agreement_id, fields, known_as, due_at, fence, tries, crashes, confirm_by, created_at)
SELECT id, %s, recipient_id, purpose, sequence, state, reason, '', %s,
    agreement_id, fields::varchar[], known_as, due_at, 0, 0, 0, confirm_by, created_at
FROM owed
"""


@dataclass(frozen=True, slots=True)
class Duty:
    """One recipient and what `disclosure` answered for it."""

    recipient: Recipient
    decision: Grant | Refusal


def owe(report: Report, answers: Answers, duties: Sequence[Duty], *, at: dt.datetime) -> list[Delivery]:
    """Write the first notification for each recipient: pending, available to fetch, or withheld with its reason.

    Expects the report's row to be locked by the caller's transaction. Raises IntegrityError when any of them has
    been written before: a recipient is notified of a report once.
    """
    deliveries = [_notify(report, answers, duty, at) for duty in duties]
    _write(report, answers, deliveries)
    return deliveries


def _write(report: Report, answers: Answers, deliveries: Sequence[Delivery]) -> None:
    if not deliveries:
        return
    columns = [[getattr(each, name) for each in deliveries] for name in COLUMNS]
    fields = [_array(each.fields) for each in deliveries]
    with connection.cursor() as cursor:
        cursor.execute(OWE, [*columns, fields, report.pk, report.pk, answers.pk])


def _array(paths: Sequence[str]) -> str:
    """Write paths, which are of letters, digits, underscores and dots, as PostgreSQL writes an array."""
    return "{" + ",".join(paths) + "}"


def _notify(report: Report, answers: Answers, duty: Duty, at: dt.datetime) -> Delivery:
    delivery = Delivery(
        id=uuid.uuid4(),
        report=report,
        recipient=duty.recipient,
        purpose=Delivery.Purpose.NOTIFY,
        sequence=1,
        answers=answers,
        created_at=at,
    )
    if isinstance(duty.decision, Refusal):
        delivery.state = Delivery.State.WITHHELD
        delivery.reason = duty.decision.reason
    else:
        _entitle(delivery, duty.decision, at)
    return delivery


def _entitle(delivery: Delivery, grant: Grant, at: dt.datetime) -> None:
    delivery.agreement = grant.agreement
    delivery.fields = sorted(grant.fields)
    namings.pin(delivery)
    _let_go(delivery, at)


def _let_go(delivery: Delivery, at: dt.datetime) -> None:
    recipient = delivery.recipient
    delivery.confirm_by = deadlines.confirm_by(at, working_days=recipient.confirm_within_days, nation=recipient.nation)
    delivery.reason = ""
    is_fetched = recipient.route is not None and recipient.route.is_fetched
    delivery.state = Delivery.State.AVAILABLE if is_fetched else Delivery.State.PENDING
    delivery.due_at = None if is_fetched else at


def set_free(delivery: Delivery, *, at: dt.datetime) -> None:
    """Let a withheld delivery go, under the agreement and with the fields that it has; expects its row to be locked."""
    _let_go(delivery, at)
    delivery.save(update_fields=["agreement", "fields", "known_as", "confirm_by", "reason", "state", "due_at"])


def follow_up(told: Delivery, *, purpose: Delivery.Purpose, at: dt.datetime) -> Delivery:
    """Owe the same recipient one more message about the same report, under the same agreement and with no fields.

    Expects the report's row to be locked, and the recipient's route to be at hand.
    """
    numbers = DeliveryNumber.objects.filter(report=told.report, recipient=told.recipient)
    last = max(numbers.values_list("sequence", flat=True))
    more = Delivery(
        id=uuid.uuid4(),
        report=told.report,
        recipient=told.recipient,
        purpose=purpose,
        sequence=last + 1,
        answers_id=told.answers_id,
        agreement_id=told.agreement_id,
        created_at=at,
    )
    _let_go(more, at)
    more.save(force_insert=True)
    DeliveryNumber.objects.create(
        delivery_id=more.pk,
        report_id=more.report_id,
        recipient_id=more.recipient_id,
        sequence=more.sequence,
        purpose=more.purpose,
    )
    return more


def release(report: Report, decisions: Mapping[int, Grant], *, at: dt.datetime) -> list[Delivery]:
    """Set free the withheld deliveries of a report for which there is a grant now, by recipient id.

    Only what was never tried: a delivery withheld after an attempt stays for a person.
    """
    withheld = report.deliveries.select_for_update(of=("self",)).filter(
        state=Delivery.State.WITHHELD, tries=0, recipient_id__in=decisions
    )
    freed = list(withheld.select_related("recipient__route", "recipient__organisation", "report__key"))
    for delivery in freed:
        _entitle(delivery, decisions[delivery.recipient_id], at)
        set_free(delivery, at=at)
    return freed


def lanes_of(deliveries: Sequence[Delivery]) -> list[tuple[int, str]]:
    """Name the lanes that have work through these deliveries, as hints take them."""
    return [(each.recipient_id, Lane.FIRST) for each in deliveries if each.state == Delivery.State.PENDING]
