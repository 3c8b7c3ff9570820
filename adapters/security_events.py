"""Push Security Event Tokens to a receiver: RFC 8935, Push-Based SET Delivery Using HTTP, read November 2026.

A receiver that has had a token answers 202 again, as to the first (section 2.2), so that a duplicate does not show.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from adapters import credentials, event_tokens, options, replies, rest
from adapters.contract import (
    Ambiguous,
    Content,
    Endpoint,
    Failure,
    Message,
    Misconfigured,
    Receipt,
    Refused,
    Request,
    Response,
)

JSON = Any

ACCEPTED, BAD_REQUEST = 202, 400
# Section 2.4: what is wrong with one token is for a person; what is wrong between us and them stops the mailbox.
ERRORS: Mapping[str, type[Failure]] = {
    "invalid_request": Refused,
    "invalid_key": Misconfigured,
    "invalid_issuer": Misconfigured,
    "invalid_audience": Misconfigured,
    "authentication_failed": Misconfigured,
    "access_denied": Misconfigured,
}
fields_of_kind = event_tokens.fields_of_kind


class Options(event_tokens.Options, options.Common):
    """Settings of a receiver that we push to."""

    auth: credentials.Auth | None = Field(None, description="How we authenticate")


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it as the claims of a token. Raises Refused."""
    return event_tokens.encode(message, options.read(Options, endpoint))


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Sign it (section 2.1: the body is the token). Raises Misconfigured when a key is missing."""
    headers = {"Content-Type": content.media_type, "Accept": "application/json"}
    request = Request(endpoint.address, headers, event_tokens.sign(content, keys=keys))
    return credentials.authorised(request, options.read(Options, endpoint).auth, keys=keys)


def decode(response: Response, endpoint: Endpoint) -> Receipt:  # noqa: ARG001
    """Section 2.2: 202 alone is an acknowledgement; section 2.3: 400 says in `err` what is wrong."""
    if response.status == BAD_REQUEST:
        raise _error(response)
    receipt = replies.judge(response)
    if response.status != ACCEPTED or receipt.duplicate:
        raise Ambiguous("not-acknowledged", status=response.status)
    return receipt


def _error(response: Response) -> Failure:
    said: JSON = rest.parsed(response.body)
    err = said.get("err") if isinstance(said, dict) else None
    if not isinstance(err, str):
        return Refused(f"http-{BAD_REQUEST}", status=BAD_REQUEST)
    return ERRORS.get(err, Refused)(code_of(err), status=BAD_REQUEST)


def code_of(err: str) -> str:
    """Give the stable code of an error of theirs; one that nobody has registered is not repeated."""
    return f"set-{err.replace('_', '-')}" if err in ERRORS else "set-error-unknown"


def fields_needed(endpoint: Endpoint) -> frozenset[str]:
    """Name what the route adds."""
    return event_tokens.fields_needed(options.read(Options, endpoint))


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
