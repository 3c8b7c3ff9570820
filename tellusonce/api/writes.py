"""Each write once, however often it is sent: ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07)."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from tellusonce import repeats
from tellusonce.api import bodies, doors
from tellusonce.api.problems import Problem
from tellusonce.repeats import Done

USABLE = re.compile(r"[!-~]{1,255}")


def once(request: HttpRequest, write: Callable[[], tuple[HTTPStatus, BaseModel]], *, key: str = "") -> HttpResponse:
    """Do it, or give the answer that was given before. Raises Problem, and whatever `write` does.

    The key is the header's, unless something else of the request serves for it. What `write` returns is kept: it may
    hold ids, codes and times and nothing personal.
    """
    try:
        done = repeats.once(
            doors.actor(request), key or _key(request), said=_said(request), write=lambda: _done(*write())
        )
    except repeats.KeyReused:
        detail = "This Idempotency-Key was used for another request. Use a new key for each thing you want done."
        raise Problem(HTTPStatus.CONFLICT, "idempotency-key-reused", detail) from None
    return HttpResponse(json.dumps(done.answer), status=done.status, content_type="application/json; charset=utf-8")


def _done(status: HTTPStatus, answer: BaseModel) -> Done:
    return Done(status, answer.model_dump(mode="json"))


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not USABLE.fullmatch(key):
        detail = (
            "This needs a header Idempotency-Key of 1 to 255 letters, digits and signs, such as a new UUID: "
            "the same each time you send this again, so that it is done once."
        )
        raise Problem(HTTPStatus.BAD_REQUEST, "idempotency-key-missing", detail)
    return key


def _said(request: HttpRequest) -> bytes:
    """Give what was sent: JSON as what it says, anything else as it stands."""
    body = request.body
    if body and request.content_type in {bodies.PLAIN, bodies.PATCH}:
        body = json.dumps(bodies.parse(body), sort_keys=True).encode()
    return f"{request.method} {request.path}\n".encode() + body
