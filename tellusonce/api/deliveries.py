"""A recipient's own deliveries: where they stand, and what it says it did."""

import datetime as dt
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from adapters.contract import Action, Answer, OwnNumber
from identity.ledger import Actor
from tellusonce import confirmations, progress, rules
from tellusonce.api import doors, writes
from tellusonce.api.problems import Faulty
from tellusonce.api.recipient_shapes import ConfirmationIn, DeliveryOut, RecordedOut, SaidOut
from tellusonce.events import Fault

router = Router(tags=["deliveries"])


@router.get(
    "/deliveries/{delivery_id}", response=DeliveryOut, summary="See a delivery", **doors.read(rules.SEE_DELIVERY)
)
def read(request: HttpRequest, delivery_id: UUID) -> DeliveryOut:
    """Say where one of your own deliveries stands, and what you have said about it; no personal data."""
    delivery = confirmations.find(delivery_id, organisation=doors.actor(request).organisation)
    (standing,) = progress.standings([delivery])
    return DeliveryOut(
        id=delivery.pk,
        kind=delivery.report.kind,
        purpose=delivery.purpose,
        reference=delivery.report.reference,
        sequence=delivery.sequence,
        recipient=delivery.recipient.slug,
        state=delivery.state,
        outcome=delivery.outcome,
        told_at=delivery.sent_at,
        confirm_by=delivery.confirm_by,
        is_overdue=standing.is_overdue,
        closed_at=delivery.closed_at,
        confirmations=[
            SaidOut(outcome=said.outcome, actions=list(said.actions), occurred_at=said.occurred_at)
            for said in standing.said
        ],
    )


@router.post(
    "/deliveries/{delivery_id}/confirmations",
    response={201: RecordedOut, 200: RecordedOut},
    summary="Confirm",
    **doors.write(rules.CONFIRM_DELIVERY),
)
def confirm(request: HttpRequest, delivery_id: UUID, body: ConfirmationIn) -> HttpResponse:
    """Say what you did. 201 when this is new, 200 when you have said the very same before; order does not matter."""
    actor = doors.actor(request)
    return writes.once(request, lambda: recorded(actor, delivery_id, body))


def recorded(
    actor: Actor, delivery_id: UUID, body: ConfirmationIn, *, door: str = ""
) -> tuple[HTTPStatus, RecordedOut]:
    """Keep what a recipient says, by the door named or the one that fits its route. Raises Faulty, UnknownDelivery."""
    try:
        taken = confirmations.take(actor, delivery_id, _answer(body), door=door)
    except confirmations.Implausible as error:
        raise Faulty([Fault("occurred_at", str(error))]) from error
    except confirmations.UnfitNumbers as error:
        faults = [Fault(f"numbers.{place}.{part}", words) for place, (part, words) in error.faults.items()]
        raise Faulty(faults) from error
    out = RecordedOut(delivery=delivery_id, is_new=taken.is_new, state=taken.state, outcome=taken.outcome)
    return HTTPStatus.CREATED if taken.is_new else HTTPStatus.OK, out


def _answer(body: ConfirmationIn) -> Answer:
    return Answer(
        body.outcome,
        tuple(Action(each.code, _day(each.on)) for each in body.actions),
        body.occurred_at,
        body.their_reference,
        body.note,
        tuple(OwnNumber(each.scheme, each.value) for each in body.numbers),
    )


def _day(on: dt.date | None) -> str | None:
    return on.isoformat() if on else None
