"""What a recipient itself calls the subject of a report: its own numbers, and its pseudonym.

Looked up once, when a delivery is granted, and sealed beside it: a number that is learnt between two tries changes
nothing of what is said.
"""

import json
from collections.abc import Collection
from typing import Any

from identity import numbers, people, pseudonyms, vault
from identity.ledger import Actor
from tellusonce.models import Delivery

JSON = Any
PREFIX = "recipient."
NUMBERS, PSEUDONYM = f"{PREFIX}numbers", f"{PREFIX}pseudonym"
ENGINE = Actor("engine")


def pin(delivery: Delivery) -> None:
    """Look up and seal what the recipient calls the subject, as far as it is granted; the caller saves the delivery.

    Expects the fields of the delivery to be set. What has been said once stays as it is.
    """
    if delivery.content_digest is not None:
        return
    found = _found(delivery)
    sealed = vault.seal(delivery.report.key, json.dumps(found).encode(), place=place(delivery.pk)) if found else None
    delivery.known_as = sealed


def _found(delivery: Delivery) -> dict[str, JSON]:
    subject = delivery.report.subject
    wanted = {path for path in delivery.fields if path.startswith(PREFIX)}
    if subject is None or not wanted:
        return {}
    whose: dict[str, Any] = {
        "person": subject,
        "organisation": delivery.recipient.organisation.slug,
        "purpose": delivery.report.kind,
    }
    found: dict[str, JSON] = {}
    try:
        if _wants(NUMBERS, wanted):
            known = numbers.known_as(ENGINE, **whose)
            found["numbers"] = [{"scheme": scheme, "value": value} for scheme, value in sorted(known.items())]
        if _wants(PSEUDONYM, wanted):
            found["pseudonym"] = pseudonyms.give(ENGINE, **whose)
    except people.UnknownPerson:
        return {}
    return found


def _wants(path: str, wanted: Collection[str]) -> bool:
    return any(f"{each}.".startswith(f"{path}.") for each in wanted)


def opened(raw_key: bytes, sealed: bytes | None, *, delivery_id: object) -> dict[str, JSON]:
    """Give it as an answer would stand there, under ``recipient``; nothing where nothing was pinned."""
    if sealed is None:
        return {}
    return {"recipient": json.loads(vault.unseal_with(raw_key, sealed, place=place(delivery_id)))}


def place(delivery_id: object) -> str:
    """Where it is sealed."""
    return f"tellusonce_delivery.known_as:{delivery_id}"
