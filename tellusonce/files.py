"""Recipients that work with files: what waits for them as one file, and what they say they did in another."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from django.db import transaction

from adapters import answer_files, batches, inbox
from adapters.contract import Message, Refused
from identity.ledger import Actor
from tellusonce import confirmations
from tellusonce.inbox import Wish, fetch
from tellusonce.models import Delivery, Recipient, Route

JSON = Any
State = Literal["available", "sent"]
MOST = 500
DOOR = "file"
TAKEN, SAID_BEFORE, REFUSED = "taken", "before", "refused"
UNKNOWN = "There is no message with this id, or nobody has fetched it yet."

logger = logging.getLogger(__name__)


class NoFile(LookupError):
    """The organisation has no such recipient, or none that takes files: not said which."""

    def __init__(self) -> None:
        super().__init__("You have no recipient of this name that takes files. Use its short name in the catalogue.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it leaves here, how many messages it holds, and whether more of them wait."""

    content: bytes
    media_type: str
    name: str
    count: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one line of a file of answers: ``taken``, ``before`` or ``refused``, and then why."""

    line: int
    word: str
    why: str = ""


def recipients(organisation: str) -> list[Recipient]:
    """List an organisation's recipients that take files."""
    found = Recipient.objects.filter(
        organisation__slug=organisation, is_active=True, route__adapter=Route.INBOX, route__settings__has_key="file"
    )
    return list(found.order_by("name"))


def take(actor: Actor, recipient: str, *, state: State = "available") -> Taken | None:
    """Give what waits for a recipient as one file, or what was fetched and not answered; None where there is nothing.

    With the file each message counts as fetched; a file that could not be made leaves everything as it was. Raises
    NoFile, and Misconfigured where it cannot be encrypted.
    """
    route = _route(actor.organisation, recipient)
    file = _file(route)
    if file is None:
        raise NoFile
    with transaction.atomic():
        page = fetch(actor, Wish(state, recipient=recipient, limit=MOST), form=_row)
        if not page.items:
            return None
        content = batches.sealed(batches.encode_batch([item.said for item in page.items], file), file)
    name = f"{recipient}{file.ending}"
    return Taken(content, file.media_type, name, len(page.items), is_more=page.is_more)


def _route(organisation: str, recipient: str) -> uuid.UUID:
    found = next((each for each in recipients(organisation) if each.slug == recipient), None)
    if found is None or found.route_id is None:
        raise NoFile
    return found.route_id


def _row(message: Message, route_id: uuid.UUID) -> JSON:
    """Say a message as the route has it that it was first fetched by, so that it says the same each time."""
    file = _file(route_id)
    if file is None:
        raise Refused("no-file")
    if message.purpose != Delivery.Purpose.NOTIFY and "message.purpose" not in file.mapping:
        raise Refused("purpose-not-spoken")
    return batches.row(message, file)


@lru_cache(maxsize=1024)
def _file(route_id: uuid.UUID) -> batches.File | None:
    settings = Route.objects.values_list("settings", flat=True).get(pk=route_id)  # immutable, so that it may be kept
    return inbox.Options.model_validate(settings).file


def confirm(actor: Actor, content: bytes) -> list[Fate]:
    """Take what a file says was done, line by line; what is said twice counts once. Raises Unreadable.

    A line that cannot be used leaves the others as they are: mended, the whole file may come again.
    """
    return [_confirm(actor, line) for line in answer_files.read(content)]


def _confirm(actor: Actor, line: answer_files.Line) -> Fate:
    if line.delivery_id is None or line.answer is None:
        return Fate(line.number, REFUSED, line.fault)
    try:
        taken = confirmations.take(actor, line.delivery_id, line.answer, door=DOOR)
    except confirmations.UnknownDelivery:
        return Fate(line.number, REFUSED, UNKNOWN)
    return Fate(line.number, TAKEN if taken.is_new else SAID_BEFORE)


def count(fates: Sequence[Fate], word: str) -> int:
    """Count the lines of which this became."""
    return sum(fate.word == word for fate in fates)
