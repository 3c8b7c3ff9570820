"""Deliveries that a recipient comes to fetch: taken in hand, tried and settled in the one transaction of the fetch."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from tellusonce.deliveries import settling
from tellusonce.deliveries.claims import Claimed
from tellusonce.deliveries.settling import Settlement, Try
from tellusonce.models import Attempt, Delivery, Pause, Route

State = Delivery.State
WRITTEN_DOWN_EVERY = dt.timedelta(hours=1)
FETCH = """
UPDATE tellusonce_delivery SET
    state = 'sent', sent_at = coalesce(sent_at, (SELECT clock_at())), fence = fence + 1, tries = tries + 1
WHERE id = ANY(%s::uuid[])
"""
KEEP_BACK = "UPDATE tellusonce_delivery SET state = %s, reason = %s WHERE id = %s AND state = 'available'"
REFUSE = """
UPDATE tellusonce_delivery SET state = 'failed', reason = %s
WHERE recipient_id = %s AND id = ANY(%s::uuid[]) AND state = 'sent' AND outcome = ''
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: one state or None for all that was not answered; where the last page ended; how many.

    One `delivery` by its id is given until it is closed, whatever was said about it before. An empty `recipient`
    means all of the organisation's that come by this `adapter`.
    """

    state: str | None = None
    delivery: uuid.UUID | None = None
    recipient: str = ""
    adapter: str = Route.INBOX
    after: tuple[dt.datetime, uuid.UUID] | None = None
    limit: int = 50


def waiting(organisation: str, wish: Wish) -> QuerySet[Delivery]:
    """Select and lock, oldest first, one more than is wished for of what an organisation may fetch just now.

    Nothing of a paused mailbox or kind, and nothing before an earlier message about the same report.
    """
    found = Delivery.objects.filter(
        _wanted(wish),
        Q(route=None) | Exists(_fetched_before(wish.adapter)),
        ~Exists(_earlier()),
        ~Exists(Pause.objects.filter(Q(kind=Pause.EVERYTHING) | Q(kind=OuterRef("report__kind")))),
        recipient__organisation__slug=organisation,
        recipient__route__adapter=wish.adapter,
        recipient__mailbox__paused_at=None,
    )
    if wish.recipient:
        found = found.filter(recipient__slug=wish.recipient)
    if wish.after is not None:
        at, last = wish.after
        found = found.filter(created_at__gte=at).filter(Q(created_at__gt=at) | Q(pk__gt=last))
    ordered = found.select_related("report__key", "answers", "recipient__organisation").order_by("created_at", "pk")
    return ordered.select_for_update(of=("self",))[: wish.limit + 1]


def _wanted(wish: Wish) -> Q:
    if wish.delivery is not None:
        return Q(pk=wish.delivery, state__in=(State.AVAILABLE, State.SENT))
    if wish.state is not None:
        return Q(state=wish.state)
    return Q(state=State.AVAILABLE) | Q(state=State.SENT, outcome="")


def _fetched_before(adapter: str) -> QuerySet[Route]:
    """What they were once given in one form is not said again in another.

    A subquery and no join: a row that another fetch has just changed is judged by its new route.
    """
    return Route.objects.filter(pk=OuterRef("route_id"), adapter=adapter)


def _earlier() -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        report=OuterRef("report"),
        recipient=OuterRef("recipient"),
        sequence__lt=OuterRef("sequence"),
        state__in=Delivery.UNTOLD,
    )


def lately_fetched(deliveries: Sequence[Delivery], *, at: dt.datetime) -> set[uuid.UUID]:
    """Name those of which it stands written that they were fetched within the hour."""
    ids = [each.pk for each in deliveries if each.state == State.SENT]
    lately = Attempt.objects.filter(delivery_id__in=ids, started_at__gt=at - WRITTEN_DOWN_EVERY)
    return set(lately.values_list("delivery_id", flat=True))


def in_hand(delivery: Delivery) -> Claimed:
    """Put a locked delivery as a claim would, for its next try."""
    report, answers = delivery.report, delivery.answers
    return Claimed(
        id=delivery.pk,
        fence=delivery.fence + 1,
        tries=delivery.tries + 1,
        purpose=delivery.purpose,
        sequence=delivery.sequence,
        agreement_id=delivery.agreement_id or 0,
        fields=delivery.fields,
        route_id=delivery.route_id,
        content_digest=bytes(delivery.content_digest) if delivery.content_digest is not None else None,
        known_as=bytes(delivery.known_as) if delivery.known_as is not None else None,
        created_at=delivery.created_at,
        answers_id=answers.pk,
        sealed=bytes(answers.sealed),
        reported_at=answers.closed_at,
        kind=report.kind,
        reference=report.reference,
        wrapped_key=bytes(report.key.wrapped),
        master_version=report.key.master_version,
        crashes=0,
        unknown=0,
    )


def hand_over(tries: Sequence[Try]) -> None:
    """Write down that these have been fetched: the attempt, what it pins, and its result."""
    if not tries:
        return
    ids = [each.claimed.id for each in tries]
    with connection.cursor() as cursor:
        cursor.execute(FETCH, [ids])
    settling.begin(tries)
    settling.note_results(
        [
            Settlement(each.claimed, State.SENT, attempt_id=each.attempt_id, outcome="accepted", code="fetched")
            for each in tries
        ],
        set(ids),
    )


def withhold(delivery: Delivery, reason: str) -> None:
    """Keep back what has never been fetched; what has been is sent and stays so, and is merely not shown again."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_BACK, [State.WITHHELD, reason, delivery.pk])


def fail(delivery: Delivery, reason: str) -> None:
    """Give up what cannot be said as its recipient wants it, for a person to look at; what was fetched stays so."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_BACK, [State.FAILED, reason[:40], delivery.pk])


def refuse(recipient_id: int, ids: Sequence[uuid.UUID], *, reason: str) -> list[uuid.UUID]:
    """Stop at what its recipient fetched and cannot take, unless it has answered; gives those that this stopped."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSE, [reason, recipient_id, list(ids)])
        return [row[0] for row in cursor.fetchall()]
