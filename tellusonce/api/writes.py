"""Each write once, however often it is sent: ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07).

The key is put down first and in the same transaction as the write, so that of fifty requests at once one writes and
the others wait and are given its answer. What was refused wrote nothing, its key included.
"""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from identity import vault
from tellusonce.api import bodies, doors
from tellusonce.api.problems import Problem
from tellusonce.models import WriteKey

USABLE = re.compile(r"[!-~]{1,255}")
PUT_DOWN = """
INSERT INTO tellusonce_writekey (client, key, request_digest, status, used_at)
VALUES (%s, %s, %s, 0, (SELECT clock_at())) ON CONFLICT (client, key) DO NOTHING RETURNING id
"""


def once(request: HttpRequest, write: Callable[[], tuple[HTTPStatus, BaseModel]]) -> HttpResponse:
    """Do it, or give the answer that was given before. Raises Problem, and whatever `write` does.

    What `write` returns is kept: it may hold ids, codes and times and nothing personal.
    """
    client, key, digest = _client(request), _key(request), _digest(request)
    with transaction.atomic():
        used = _put_down(client, key, digest)
        if used is None:
            return _again(WriteKey.objects.get(client=client, key=key), digest)
        status, answer = write()
        kept = answer.model_dump(mode="json")
        WriteKey.objects.filter(pk=used).update(status=status, answer=kept)
    return _response(status, kept)


def _client(request: HttpRequest) -> str:
    actor = doors.actor(request)
    return f"{actor.organisation}/{actor.name}"


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not USABLE.fullmatch(key):
        detail = (
            "This needs a header Idempotency-Key of 1 to 255 letters, digits and signs, such as a new UUID: "
            "the same each time you send this again, so that it is done once."
        )
        raise Problem(HTTPStatus.BAD_REQUEST, "idempotency-key-missing", detail)
    return key


def _digest(request: HttpRequest) -> bytes:
    body = json.dumps(bodies.parse(request.body), sort_keys=True) if request.body else ""
    return vault.digest("write", f"{request.method} {request.path}\n{body}".encode())


def _put_down(client: str, key: str, digest: bytes) -> int | None:
    """Give the new row's id; None when the key has been used. Waits for whoever is using it this moment."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_DOWN, [client, key, digest])
        row = cursor.fetchone()
    return row[0] if row else None


def _again(used: WriteKey, digest: bytes) -> HttpResponse:
    if bytes(used.request_digest) != digest:
        detail = "This Idempotency-Key was used for another request. Use a new key for each thing you want done."
        raise Problem(HTTPStatus.CONFLICT, "idempotency-key-reused", detail)
    return _response(used.status, used.answer)


def _response(status: int, answer: Any) -> HttpResponse:
    return HttpResponse(json.dumps(answer), status=status, content_type="application/json; charset=utf-8")
