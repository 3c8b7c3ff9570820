"""Messages about nobody, by which a recipient is checked: ids of a space of their own, kept for as long as that takes.

No delivery has such an id (RFC 9562, section 5.8: version 8 is for whoever says what it means), so that nothing said
of one can be taken for what was said of a person. They touch no delivery, no attempt, no metric and no ledger.
"""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction

from adapters.contract import Answer, Message
from tellusonce import clocks
from tellusonce.models import Recipient, Rehearsal, Route

JSON = Any

SPACE = 0x7E57  # how each of them begins
FREE_BITS = 112
VERSION, VARIANT = 0x8 << 76, 0x2 << 62
FIXED = ~((0xF << 76) | (0x3 << 62))


def new_id() -> UUID:
    """Draw an id that no delivery can have."""
    drawn = (SPACE << FREE_BITS) | secrets.randbits(FREE_BITS)
    return UUID(int=(drawn & FIXED) | VERSION | VARIANT)


def owns(message_id: UUID) -> bool:
    """Whether an id is of this space."""
    return message_id.version == 8 and message_id.int >> FREE_BITS == SPACE  # noqa: PLR2004  (RFC 9562, 5.8)


def open_(recipient: Recipient, message: Message, *, lasts: dt.timedelta, is_fetched: bool = False) -> Rehearsal:
    """Let a message be confirmed, and fetched where its recipient fetches, for so long; older ones are cleared away."""
    at = clocks.now()
    Rehearsal.objects.filter(closes_at__lt=at).delete()
    return Rehearsal.objects.create(
        pk=UUID(message.id),
        recipient=recipient,
        message=asdict(message),
        is_fetched=is_fetched,
        opened_at=at,
        closes_at=at + lasts,
    )


def close(ids: Sequence[UUID]) -> None:
    """Forget them."""
    Rehearsal.objects.filter(pk__in=list(ids)).delete()


def take(message_id: UUID, answer: Answer, *, organisation: str, door: str) -> bool | None:
    """Keep what an organisation says of one of its own; False when it said so before, None where there is none."""
    with transaction.atomic():
        theirs = Rehearsal.objects.select_for_update(of=("self",)).filter(recipient__organisation__slug=organisation)
        found = theirs.filter(pk=message_id, closes_at__gte=clocks.now()).first()
        if found is None:
            return None
        mark = _mark(answer)
        if mark in [each["mark"] for each in found.said]:
            return False
        said = {"outcome": answer.outcome, "door": door, "at": clocks.now().isoformat(), "mark": mark}
        found.said = [*found.said, said]
        found.save(update_fields=["said"])
    return True


def _mark(answer: Answer) -> str:
    """Know the same again; it is about nobody, so that no key is needed."""
    said = json.dumps(asdict(answer), sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def waiting(organisation: str, *, recipient: str = "", adapter: str = Route.INBOX) -> list[Rehearsal]:
    """List what is to be fetched and has not been answered, and note that it was given."""
    at = clocks.now()
    theirs = Rehearsal.objects.select_related("recipient__route").filter(
        recipient__organisation__slug=organisation,
        recipient__route__adapter=adapter,
        is_fetched=True,
        closes_at__gte=at,
        said=[],
    )
    found = list((theirs.filter(recipient__slug=recipient) if recipient else theirs).order_by("opened_at"))
    Rehearsal.objects.filter(pk__in=[each.pk for each in found], fetched_at=None).update(fetched_at=at)
    return found
