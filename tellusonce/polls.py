"""Security events that their recipients poll for: RFC 8936, Poll-Based SET Delivery Using HTTP, read November 2026.

A token that is acknowledged was received, which is not to say that anything was done about it. One that comes back
with an error is for a person to look at. Either is never given again; everything else is, under the same `jti`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db import transaction

from adapters import discovery, security_events
from adapters.contract import Answer, Message
from identity import event_keys, ledger
from identity.ledger import Action, Actor, Entry
from tellusonce import clocks, confirmations, inbox, keys, messages, metrics, synthetics
from tellusonce.deliveries import fetching
from tellusonce.inbox import Wish
from tellusonce.models import Delivery, Recipient, Route

DOOR = "set-poll"
RECEIVED = Answer("received")
PREFIX = "urn:uuid:"


class UnknownRecipient(LookupError):
    """There is no such recipient, or it is another organisation's, or it does not poll: not said which."""

    def __init__(self) -> None:
        super().__init__("You have no recipient of this name that polls for security events.")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a poll is given: signed tokens by their `jti`, oldest first, and whether more wait."""

    sets: Mapping[str, str] = field(repr=False)
    are_more: bool


def find(actor: Actor, slug: str) -> Recipient:
    """Give a recipient of the actor's organisation that polls. Raises UnknownRecipient."""
    theirs = Recipient.objects.filter(organisation__slug=actor.organisation, route__adapter=Route.POLLED)
    found = theirs.filter(slug=slug).first()
    if found is None:
        raise UnknownRecipient
    return found


def acknowledge(actor: Actor, recipient: Recipient, jtis: Iterable[str]) -> None:
    """Record that these were received (section 2.4.2); those that are not theirs, or are answered, change nothing."""
    ids = _ids(jtis)
    with transaction.atomic():
        for each in filter(synthetics.owns, ids):
            synthetics.take(each, RECEIVED, organisation=actor.organisation, door=DOOR)
        waiting = Delivery.objects.filter(pk__in=ids, recipient=recipient, tries__gt=0, outcome="")
        for delivery in waiting.select_for_update().order_by("pk"):
            confirmations.take(actor, delivery.pk, RECEIVED, door=DOOR)


def refuse(actor: Actor, recipient: Recipient, errors: Mapping[str, str]) -> None:
    """Stop at what they could not take (section 2.4.4), by its `err`, for a person; nothing else of what they say."""
    with transaction.atomic():
        for jti, err in sorted(errors.items()):
            code = security_events.code_of(err)
            for delivery in fetching.refuse(recipient.pk, _ids([jti]), reason=code):
                metrics.FAILURES.labels(recipient.slug, code).inc()
                entry = Entry(Action.DELIVERY_REFUSED, f"delivery:{delivery}", code, recipient.slug)
                ledger.record_many(actor, [entry])


def fetch(actor: Actor, recipient: Recipient, *, most: int) -> Tokens:
    """Sign and give what waits, at most so many (section 2.3). Raises vault.KeyMissing, and then nothing was given."""
    event_keys.private()
    wish = Wish(recipient=recipient.slug, adapter=Route.POLLED, limit=most)
    page = inbox.fetch(actor, wish, form=partial(_signed, at=clocks.now(), known=keys.current()))
    return Tokens({f"{PREFIX}{each.message.id}": each.said for each in page.items}, page.is_more)


def _signed(message: Message, route_id: UUID, *, at: dt.datetime, known: Mapping[str, str]) -> str:
    endpoint = messages.endpoint(route_id)
    adapter = discovery.find(endpoint.adapter)
    content = adapter.encode(message, endpoint)
    return adapter.seal(content, endpoint, at=at, nonce="", keys=known).body.decode()


def _ids(jtis: Iterable[str]) -> list[UUID]:
    """Read our own `jti`; what is none of ours names nothing."""
    found = []
    for jti in jtis:
        try:
            found.append(UUID(jti.removeprefix(PREFIX)))
        except ValueError:
            continue
    return found
