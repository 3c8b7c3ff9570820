"""Speak JSON over HTTP, in any shape that a mapping can make.

Without a mapping the recipient gets ``{"message": {...}, "fields": {...}}``. The message id travels as ``webhook-id``
(Standard Webhooks 1.0.0), and is the same for every try.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import Field

from adapters import credentials, mapping, options, replies, webhooks
from adapters.contract import Content, Endpoint, Message, Receipt, Refused, Request, Response

JSON = Any


class Options(options.Common):
    """Settings of a REST endpoint; all may be left out."""

    mapping: options.Mapping | None = Field(None, description="What the body is; the whole message by default")
    keep_nulls: bool = Field(default=False, description="Send null for what is not known, instead of leaving it out")
    media_type: str = Field("application/json", pattern=r"^[a-z]+/[a-z0-9.+-]+$")
    auth: credentials.Auth | None = Field(None, description="How we authenticate")
    signing: webhooks.Signing | None = Field(
        None, description="The secret for Standard Webhooks signatures, or several"
    )
    duplicate_marker: str = Field("", max_length=200, description="What a 409 holds when it means: we have it already")
    reply: options.Mapping | None = Field(None, description="What they said they did, from {status, body}")


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it: the same bytes for the same message. Raises Refused or Misconfigured."""
    wanted = options.read(Options, endpoint)
    given = message.as_input()
    if wanted.mapping is None:
        body: JSON = {"message": given["message"], "fields": dict(message.fields)}
    else:
        body = mapping.compile(wanted.mapping).apply(given)
    written = serialised(body)
    if not wanted.keep_nulls and b"null" in written:  # to look is quicker than to go through all of it
        body = mapping.pruned(body)
        written = serialised(body)
    if body is None:
        raise Refused("mapping-empty")
    return Content(written, wanted.media_type, {"webhook-id": message.id})


# Kept, as `json.dumps` makes a new one at each call that says how it wants to write; without a look-out for circles,
# which end in a RecursionError.
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
)


def serialised(body: JSON) -> bytes:
    """Write JSON in one way only. Raises Refused (``not-json``) for what JSON has no word for."""
    try:
        return _ENCODER.encode(body).encode()
    except (ValueError, TypeError, RecursionError):
        raise Refused("not-json") from None


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Make one try of it. Raises Misconfigured when a secret is missing."""
    wanted = options.read(Options, endpoint)
    headers = {**content.headers, "Content-Type": content.media_type, "Accept": "application/json"}
    if wanted.signing:
        secrets = webhooks.in_force(wanted.signing, on=at.date(), keys=keys)
        headers |= webhooks.signed(content.body, secrets=secrets, message_id=headers["webhook-id"], at=at)
    return credentials.authorised(Request(endpoint.address, headers, content.body), wanted.auth, keys=keys)


def decode(response: Response, endpoint: Endpoint) -> Receipt:
    """Read the reply: a receipt, with their answer if it has one, or a classed failure."""
    wanted = options.read(Options, endpoint)
    receipt = replies.judge(response, duplicate_marker=wanted.duplicate_marker)
    if wanted.reply is None:
        return receipt
    body = parsed(response.body)
    return replies.read_answer(mapping.compile(wanted.reply), status=response.status, body=body).onto(receipt)


def parsed(body: bytes) -> JSON:
    """Read JSON; None for what is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def fields_needed(endpoint: Endpoint) -> frozenset[str]:
    """Name the fields that its mapping reads; without a mapping it takes what it is granted."""
    wanted = options.read(Options, endpoint)
    return mapping.compile(wanted.mapping).paths if wanted.mapping else frozenset()


def has_lapsed(endpoint: Endpoint, *, on: date) -> bool:
    """Whether nothing can be signed on this day that has to be."""
    return webhooks.has_lapsed(options.read(Options, endpoint).signing, on=on)


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
