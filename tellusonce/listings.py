"""What an organisation's recipients were told and have still to answer, listed: without anything about the people."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Value

from tellusonce import clocks, deadlines
from tellusonce.confirmations import UnknownDelivery
from tellusonce.models import Delivery, Recipient

State = Delivery.State
NEW, OPEN, ANSWERED = "new", "open", "answered"
STATES = (NEW, OPEN, ANSWERED)
A_PAGE = 50
MOST_RECIPIENTS = 200
MOST_COUNTED = 1000
# What they know of without having fetched it: it was sent, or may have arrived.
_NEW = Q(state=State.AVAILABLE)
_OPEN = Q(state=State.SENT) | Q(state=State.PENDING, tries__gt=0)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which are wished for: of one recipient, of one kind, in one state; left empty, all that are not answered."""

    recipient: str = ""
    kind: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them, in order; `after` is where the next page begins, None on the last."""

    rows: Sequence[Delivery]
    after: uuid.UUID | None


def page(organisation: str, wish: Wish, *, after: uuid.UUID | None = None, limit: int = A_PAGE) -> Page:
    """Give a page: the first due first, so that what is overdue leads; of what was answered, the newest first."""
    found = _ordered(_wished(organisation, wish), wish)
    if after is not None:
        found = found.filter(_beyond(_told_to(organisation), wish, after))
    rows = list(found[: limit + 1])
    return Page(rows[:limit], rows[limit - 1].pk if len(rows) > limit else None)


def neighbours(organisation: str, wish: Wish, delivery: Delivery) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """Give the one before and the one after in the list, whether or not this one is in it."""
    found = _wished(organisation, wish)
    following = _ordered(found, wish).filter(_place(delivery, wish, is_after=True))
    before = _ordered(found, wish).reverse().filter(_place(delivery, wish, is_after=False))
    sides = dict(_first(before, "before").union(_first(following, "after"), all=True))
    return sides.get("before"), sides.get("after")


def find(organisation: str, delivery_id: uuid.UUID) -> Delivery:
    """Give one that they may know of. Raises UnknownDelivery."""
    found = _told_to(organisation).filter(pk=delivery_id).filter(_NEW | Q(tries__gt=0)).first()
    if found is None:
        raise UnknownDelivery
    return found


def some(organisation: str, ids: Sequence[uuid.UUID]) -> list[Delivery]:
    """Give those of these that they may know of, at most a page."""
    found = _told_to(organisation).filter(pk__in=list(ids)[:A_PAGE]).filter(_NEW | Q(tries__gt=0))
    return list(found.order_by("confirm_by", "pk"))


def recipients(organisation: str) -> list[Recipient]:
    """List an organisation's recipients."""
    return list(Recipient.objects.filter(organisation__slug=organisation).order_by("name")[:MOST_RECIPIENTS])


def overdue(organisation: str) -> int:
    """Count what is overdue, up to MOST_COUNTED."""
    late = _wished(organisation, Wish()).filter(confirm_by__lt=deadlines.today(clocks.now()))
    return late.order_by().values("pk")[:MOST_COUNTED].count()


def _told_to(organisation: str) -> QuerySet[Delivery]:
    theirs = Delivery.objects.filter(recipient__organisation__slug=organisation)
    return theirs.select_related("report", "recipient__route")


def _wished(organisation: str, wish: Wish) -> QuerySet[Delivery]:
    found = _told_to(organisation)
    if wish.recipient:
        found = found.filter(recipient__slug=wish.recipient)
    if wish.kind:
        found = found.filter(report__kind=wish.kind)
    if wish.state == ANSWERED:
        return found.filter(state=State.CLOSED)
    # Written out for the index: it holds what is open.
    return found.filter({NEW: _NEW, OPEN: _OPEN}.get(wish.state, _NEW | _OPEN), state__in=Delivery.OPEN)


def _ordered(found: QuerySet[Delivery], wish: Wish) -> QuerySet[Delivery]:
    return found.order_by("-closed_at", "-pk") if wish.state == ANSWERED else found.order_by("confirm_by", "pk")


def _beyond(theirs: QuerySet[Delivery], wish: Wish, after: uuid.UUID) -> Q:
    last = theirs.filter(pk=after).first()
    return _place(last, wish, is_after=True) if last is not None else Q()


def _place(delivery: Delivery, wish: Wish, *, is_after: bool) -> Q:
    is_answered = wish.state == ANSWERED
    column = "closed_at" if is_answered else "confirm_by"
    value = getattr(delivery, column)
    if value is None:
        return Q(pk=None)
    side = "gt" if is_after != is_answered else "lt"
    return Q(**{f"{column}__{side}": value}) | Q(**{column: value, f"pk__{side}": delivery.pk})


def _first(found: QuerySet[Delivery], side: str) -> QuerySet[Delivery, tuple[str, uuid.UUID]]:
    return found.annotate(side=Value(side)).values_list("side", "pk")[:1]
