"""Deliveries that a person has to look at, and what was tried: states, classes and codes, nothing about people."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from tellusonce.deadlines import UK
from tellusonce.models import Attempt, Delivery, Result

A_PAGE = 50
MOST_AT_ONCE = 200
MOST_ATTEMPTS = 200
MOST_READ = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """Which are wished for: of one recipient, for one reason, made in some span of days; left empty, all."""

    recipient: str = ""
    reason: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt with its result; without one nobody knows what became of it."""

    attempt: Attempt
    result: Result | None


def page(theirs: Q, wish: Wish, *, after: UUID | None = None) -> tuple[list[Delivery], UUID | None]:
    """Give a page, the oldest first, and where the next begins; `theirs` says of which recipients."""
    found = _wished(theirs, wish)
    last = Delivery.objects.filter(theirs, pk=after).first() if after else None
    if last is not None:
        found = found.filter(Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk))
    rows = list(found[: A_PAGE + 1])
    return rows[:A_PAGE], rows[A_PAGE - 1].pk if len(rows) > A_PAGE else None


def all_like(theirs: Q, wish: Wish) -> list[Delivery]:
    """Give those that could be put back and are wished for, the oldest first, no more than MOST_AT_ONCE."""
    return list(_wished(theirs, wish).filter(outcome="")[:MOST_AT_ONCE])


def these(theirs: Q, ids: Sequence[UUID]) -> list[Delivery]:
    """Give those of these that could be put back."""
    return list(_wished(theirs, Wish()).filter(outcome="", pk__in=ids)[:MOST_AT_ONCE])


def find(theirs: Q, delivery_id: UUID) -> Delivery | None:
    """Give one delivery, in whatever state."""
    return _of(theirs).filter(pk=delivery_id).first()


def tries(delivery: Delivery) -> list[Try]:
    """List the attempts of a delivery, the newest first."""
    made = Attempt.objects.filter(delivery_id=delivery.pk).select_related("result").order_by("-started_at")
    return [Try(each, getattr(each, "result", None)) for each in made[:MOST_ATTEMPTS]]


def reasons(theirs: Q) -> list[str]:
    """Name the reasons that there are just now, of the first MOST_READ."""
    found = Delivery.objects.filter(theirs, state=Delivery.State.FAILED).order_by("created_at", "pk")
    return sorted(set(found.values_list("reason", flat=True)[:MOST_READ]))


def _of(theirs: Q) -> QuerySet[Delivery]:
    return Delivery.objects.filter(theirs).select_related("recipient", "report").order_by("created_at", "pk")


def _wished(theirs: Q, wish: Wish) -> QuerySet[Delivery]:
    """Look among those that failed alone, which have an index of their own."""
    found = _of(theirs).filter(state=Delivery.State.FAILED)
    if wish.recipient:
        found = found.filter(recipient__slug=wish.recipient)
    if wish.reason:
        found = found.filter(reason=wish.reason)
    if wish.since:
        found = found.filter(created_at__gte=_beginning(wish.since))
    if wish.until:
        found = found.filter(created_at__lt=_beginning(wish.until + dt.timedelta(days=1)))
    return found


def _beginning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=UK)
