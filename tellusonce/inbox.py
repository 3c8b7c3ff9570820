"""The inbox of recipients that we cannot call: each fetch is judged, said and written down as a sending would be."""

import datetime as dt
import json
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from django.db import DatabaseError, transaction

from adapters.contract import Failure, Message
from identity import ledger, vault
from identity.ledger import Action, Actor, Entry
from tellusonce import clocks, deadlines, disclosure, messages, metrics, permissions, synthetics
from tellusonce.catalogue import inforce
from tellusonce.deliveries import fetching
from tellusonce.deliveries.fetching import Wish
from tellusonce.deliveries.settling import Try
from tellusonce.disclosure import Pinned, Refusal
from tellusonce.models import Agreement, Delivery, Recipient

__all__ = ["Item", "Page", "Wish", "fetch"]

JSON = Any
# Puts a message, by the route that it was or is first fetched by, into another form; raises Failure where it cannot.
Form = Callable[[Message, uuid.UUID], JSON]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """One message, the slug of the recipient whom it is for, and how it is said where another form was asked for."""

    message: Message
    recipient: str
    said: JSON = None


@dataclass(frozen=True, slots=True)
class Page:
    """What may be shown of a page; `last` is where the next one begins, whether or not it may be shown itself."""

    items: Sequence[Item]
    last: Delivery | None
    is_more: bool


class _Withhold(Exception):
    """It may not be shown, for the reason given."""


@dataclass(slots=True)
class _Counter:
    """A fetch being worked through."""

    shown: Sequence[Delivery]
    today: dt.date
    form: Form
    agreements: dict[int, list[Agreement]] = field(default_factory=dict)
    lately: set[uuid.UUID] = field(default_factory=set)
    consents: dict[int, dict[uuid.UUID, dict[int, str]]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def agreements_of(self, recipient: Recipient) -> list[Agreement]:
        """Fetch them once for each recipient."""
        if recipient.pk not in self.agreements:
            self.agreements[recipient.pk] = inforce.agreements_of(recipient)
        return self.agreements[recipient.pk]

    def consents_of(self, delivery: Delivery) -> dict[int, str]:
        """Fetch them once for all that is shown of each recipient."""
        theirs = delivery.recipient
        if theirs.pk not in self.consents:
            ids = [each.pk for each in self.shown if each.recipient_id == theirs.pk]
            agreements = self.agreements_of(theirs)
            self.consents[theirs.pk] = permissions.relied_on(ids, recipient=theirs, agreements=agreements)
        return self.consents[theirs.pk].get(delivery.pk, {})


def _as_it_is(_message: Message, _route: uuid.UUID) -> JSON:
    return None


def fetch(actor: Actor, wish: Wish, *, form: Form = _as_it_is) -> Page:
    """Give the actor's organisation what waits for its recipients. Safe to repeat: it comes again until answered.

    Whoever asks every minute is shown the same again; that it was fetched is written down once an hour. What cannot
    be put into the `form` is not given: nobody was told of it, and it has failed.
    """
    with transaction.atomic():
        rows = list(fetching.waiting(actor.organisation, wish))
        shown = rows[: wish.limit]
        at = clocks.now()
        counter = _Counter(shown, deadlines.today(at), form, lately=fetching.lately_fetched(shown, at=at))
        for delivery in shown:
            _serve(delivery, counter)
        fetching.hand_over(counter.tries)
        ledger.record_many(actor, counter.entries)
    for item in counter.items:
        metrics.ATTEMPTS.labels(item.recipient, "accepted").inc()
    items = [*_rehearsed(actor, wish, form), *counter.items]
    return Page(items, shown[-1] if shown else None, is_more=len(rows) > wish.limit)


def _rehearsed(actor: Actor, wish: Wish, form: Form) -> list[Item]:
    """Give what is about nobody, while its recipient is being checked, before what is owed."""
    if wish.delivery is not None or wish.after is not None or wish.state == Delivery.State.SENT:
        return []
    found = synthetics.waiting(actor.organisation, recipient=wish.recipient, adapter=wish.adapter)
    items = []
    for each in found:
        message, to = Message(**each.message), each.recipient
        try:
            items.append(Item(message, to.slug, form(message, cast("uuid.UUID", to.route_id))))
        except Failure as failure:
            logger.warning("recipient %s cannot be checked: %s", to.slug, failure.code)
    return items


def _serve(delivery: Delivery, counter: _Counter) -> None:
    about = f"delivery:{delivery.pk}"
    try:
        item, attempt = _say(delivery, counter)
    except _Withhold as refusal:
        metrics.WITHHELD.labels(str(refusal)).inc()
        fetching.withhold(delivery, str(refusal))
        counter.entries.append(Entry(Action.DELIVERY_WITHHELD, about, delivery.report.kind, str(refusal)))
    except Failure as failure:
        logger.error("delivery %s cannot be put into the form of its recipient: %s", delivery.pk, failure.code)  # noqa: TRY400 - said in a word
        fetching.fail(delivery, failure.code)
    except DatabaseError:
        raise
    except Exception as error:  # one that cannot be said does not hold up the others
        logger.exception("delivery %s could not be said", delivery.pk)
        metrics.UNKNOWN_FAILURES.labels(type(error).__name__).inc()
    else:
        counter.items.append(item)
        if delivery.pk in counter.lately:
            return
        counter.tries.append(attempt)
        basis = f"agreement:{attempt.agreement_id}"
        counter.entries.append(Entry(Action.DELIVERY_FETCHED, about, delivery.report.kind, basis))


def _say(delivery: Delivery, counter: _Counter) -> tuple[Item, Try]:
    claimed = fetching.in_hand(delivery)
    agreement_id, fields = _entitled(delivery, claimed.pinned, counter)
    message = messages.compose(claimed, fields=fields)
    digest = _digest(message)
    if claimed.content_digest not in (None, digest):
        logger.error("delivery %s would no longer say what it said", delivery.pk)
        raise _Withhold("content-changed")
    route_id = claimed.route_id or cast("uuid.UUID", delivery.recipient.route_id)  # or it would not be waiting
    attempt = Try(claimed, uuid.uuid4(), digest, route_id, agreement_id, fields)
    return Item(message, delivery.recipient.slug, counter.form(message, route_id)), attempt


def _entitled(delivery: Delivery, pinned: Pinned, counter: _Counter) -> disclosure.Entitlement:
    upheld = disclosure.entitled(
        delivery.recipient,
        pinned,
        on=counter.today,
        agreements=counter.agreements_of(delivery.recipient),
        consents=counter.consents_of(delivery),
    )
    if isinstance(upheld, Refusal):
        raise _Withhold(upheld.reason)
    return upheld


def _digest(message: Message) -> bytes:
    plain = json.dumps(asdict(message), sort_keys=True, separators=(",", ":"))
    return vault.digest("content", b"application/json\0" + plain.encode())
