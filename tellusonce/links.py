"""The link by which a recipient that has only a mailbox sees one message and answers it: signed, for a while, for it.

The link names a message and the address that it was sent to, as a digest: when the catalogue has another address,
the links of the old one work no longer.
"""

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from adapters import inbox
from identity.ledger import Actor
from tellusonce.models import Delivery, Route

SALT = "tellusonce.links"
State = Delivery.State


class NoLink(LookupError):
    """It was not made here, or leads nowhere any more."""


class Expired(NoLink):
    """It was made here, and was of use until a while ago; a new one can be asked for."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__("expired")
        self.delivery = delivery


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to, and as whom its holder acts: their recipient, and nobody else."""

    delivery: Delivery
    actor: Actor


def mail_of(route: Route | None) -> inbox.Mail | None:
    """Say where a recipient of this route is written to; None where it is not."""
    if route is None or route.adapter != Route.INBOX:
        return None
    return inbox.Options.model_validate(route.settings).mail


def write(delivery_id: uuid.UUID, mail: inbox.Mail) -> str:
    """Make the path of a link to a message for whoever reads at this address."""
    return reverse("linked", kwargs={"token": signing.dumps([delivery_id.hex, _mark(mail)], salt=SALT)})


def read(token: str) -> Opened:
    """Follow a link. Raises NoLink; Expired where a new one could be sent."""
    try:
        said = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise NoLink from None
    found = Delivery.objects.select_related("report", "recipient__organisation", "recipient__route")
    delivery = found.filter(pk=said[0]).first()
    mail = mail_of(delivery.recipient.route) if delivery else None
    if delivery is None or mail is None or _mark(mail) != said[1]:
        raise NoLink
    try:
        signing.loads(token, salt=SALT, max_age=dt.timedelta(days=mail.days))
    except signing.SignatureExpired:
        raise Expired(delivery) from None
    recipient = delivery.recipient
    return Opened(delivery, Actor(f"link:{recipient.slug}", organisation=recipient.organisation.slug))


def _mark(mail: inbox.Mail) -> str:
    return hashlib.sha256(mail.to.casefold().encode()).hexdigest()[:16]
