"""Writing down what news is owed to whom. In the caller's transaction: what is rolled back is owed to nobody."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from identity import vault
from identity.models import DataKey
from tellusonce import clocks
from tellusonce.models import Notice, Report
from tellusonce.notices import channels, hints, words

EMAIL, TEXT, LETTER = "email", "text", "letter"
NOT_FROM_HERE = {
    TEXT: "Texts cannot be sent from here; give an e-mail address.",
    LETTER: "Letters cannot be sent from here; give an e-mail address.",
    EMAIL: "E-mail cannot be sent from here; hand it over in another way.",
}
LETTERS_TAKE = dt.timedelta(days=5)  # what is of use for less does not go by letter
WAITS_FOR = dt.timedelta(days=730)  # a report that is not settled by then is a matter for people


class CannotBeSent(ValueError):
    """There is no way to send this kind of notice like that; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where somebody is reached: ``email``, ``text`` or ``letter``, the address or number, and in which language.

    The address of a letter is its lines, of which the last is a postcode or a country.
    """

    by: str
    at: str
    language: str = words.EN


@dataclass(frozen=True, slots=True)
class Topic:
    """What a notice is about: whose key seals it, the report if there is one, and why it is owed, named once for all.

    `cause` is made of ids and codes, ``reference:REPORT:email``: a second notice with the same one is the first.
    """

    key: DataKey
    cause: str
    report: Report | None = None


def owe(kind: str, contact: Contact, topic: Topic, **values: str) -> bool:
    """Owe somebody a notice, to be sent at once; False if it is owed already. Raises CannotBeSent.

    Expects the transaction of whatever it tells of; workers are told of it on commit.
    """
    return _write(kind, contact, topic, values, state=Notice.State.OWED)


def owe_when_settled(kind: str, contact: Contact, topic: Topic, **values: str) -> bool:
    """Owe a notice that waits until nothing of its report is open any more; otherwise like `owe`."""
    return _write(kind, contact, topic, values, state=Notice.State.WAITING)


def check(kind: str, by: str) -> None:
    """Raise CannotBeSent where no notice of this kind could go that way; for refusing a wish before it is granted."""
    if not can_go(kind, by):
        raise CannotBeSent("This can only be sent by e-mail; give an e-mail address.")
    ways = channels.ways()
    if not ways:
        raise CannotBeSent("Messages cannot be sent from here; hand it over in another way.")
    if by not in ways:
        raise CannotBeSent(NOT_FROM_HERE[by])


def can_go(kind: str, by: str) -> bool:
    """Whether a notice of this kind can go that way at all."""
    known = words.KINDS[kind]
    return {EMAIL: True, TEXT: known.has_text, LETTER: known.lasts_for >= LETTERS_TAKE}[by]


def _write(kind: str, contact: Contact, topic: Topic, values: Mapping[str, str], *, state: str) -> bool:
    check(kind, contact.by)
    if set(values) != words.KINDS[kind].needs:
        message = f"a notice {kind} needs {', '.join(sorted(words.KINDS[kind].needs))}"
        raise TypeError(message)
    notice = _drafted(kind, contact, topic, state=state)
    notice.sealed = seal(notice, {"to": contact.at, "values": dict(values)})
    with transaction.atomic():
        Notice.objects.bulk_create([notice], ignore_conflicts=True)
        is_new = Notice.objects.filter(pk=notice.pk).exists()
    if is_new and state == Notice.State.OWED:
        transaction.on_commit(hints.hint)
    return is_new


def _drafted(kind: str, contact: Contact, topic: Topic, *, state: str) -> Notice:
    moment = clocks.now()
    is_owed = state == Notice.State.OWED
    return Notice(
        cause=topic.cause,
        kind=kind,
        by=contact.by,
        language=contact.language,
        report=topic.report,
        key=topic.key,
        state=state,
        due_at=moment if is_owed else None,
        created_at=moment,
        expires_at=moment + (words.KINDS[kind].lasts_for if is_owed else WAITS_FOR),
    )


def seal(notice: Notice, said: Mapping[str, Any]) -> bytes:
    """Seal whom a notice goes to and what it says."""
    return vault.seal(notice.key, json.dumps(said).encode(), place=_place(notice))


def unseal(notice: Notice) -> tuple[str, dict[str, str]]:
    """Open whom it goes to and what it says. Raises VaultFailure."""
    said = json.loads(vault.unseal(notice.key, notice.sealed, place=_place(notice)))
    return said["to"], said["values"]


def _place(notice: Notice) -> str:
    return f"tellusonce_notice.sealed:{notice.pk}"
