"""Each write once, however often it is sent: under a key that whoever sends it has made up.

The key is put down first and in the same transaction as the write, so that of fifty at once one writes and the others
wait and are given its answer. What was refused wrote nothing, its key included.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from identity import vault
from identity.ledger import Actor
from tellusonce.models import WriteKey

JSON = Any
PUT_DOWN = """
INSERT INTO tellusonce_writekey (client, key, request_digest, status, used_at)
VALUES (%s, %s, %s, 0, (SELECT clock_at())) ON CONFLICT (client, key) DO NOTHING RETURNING id
"""
KEEP = "UPDATE tellusonce_writekey SET status = %s, answer = %s::jsonb WHERE id = %s"


class KeyReused(ValueError):
    """The key was used for something else."""

    def __init__(self) -> None:
        super().__init__("This key was used for another request. Use a new key for each thing you want done.")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a write: a status, and an answer of ids, codes and times, with nothing personal in it."""

    status: int
    answer: JSON


def once(actor: Actor, key: str, *, said: bytes, write: Callable[[], Done]) -> Done:
    """Do it, or give the answer that was given before. Raises KeyReused, and whatever `write` does."""
    client, digest = f"{actor.organisation}/{actor.name}", vault.digest("write", said)
    with transaction.atomic():
        used = _put_down(client, key, digest)
        if used is None:
            return _again(WriteKey.objects.get(client=client, key=key), digest)
        done = write()
        _keep(used, done)
    return done


def _put_down(client: str, key: str, digest: bytes) -> int | None:
    """Give the new row's id; None when the key has been used. Waits for whoever is using it this moment."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_DOWN, [client, key, digest])
        row = cursor.fetchone()
    return row[0] if row else None


def _keep(used: int, done: Done) -> None:
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [done.status, json.dumps(done.answer), used])


def _again(used: WriteKey, digest: bytes) -> Done:
    if bytes(used.request_digest) != digest:
        raise KeyReused
    return Done(used.status, used.answer)
