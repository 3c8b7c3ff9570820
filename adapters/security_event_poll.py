"""Security Event Tokens that their recipient polls for: RFC 8936, Poll-Based SET Delivery Using HTTP.

Nothing is sent: what is sealed here goes into the answer to a poll.
"""

from collections.abc import Mapping
from datetime import datetime

from adapters import event_tokens, options
from adapters.contract import Content, Endpoint, Message, Misconfigured, Receipt, Request, Response

Options = event_tokens.Options
fields_of_kind = event_tokens.fields_of_kind


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it as the claims of a token. Raises Refused."""
    return event_tokens.encode(message, options.read(Options, endpoint))


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Sign it; the body is the token. Raises Misconfigured when the key is missing."""
    return Request(endpoint.address, {"Content-Type": content.media_type}, event_tokens.sign(content, keys=keys))


def decode(response: Response, endpoint: Endpoint) -> Receipt:  # noqa: ARG001
    """There is never a reply to read."""
    raise Misconfigured("is-fetched", status=response.status)


def fields_needed(endpoint: Endpoint) -> frozenset[str]:
    """Name what the route adds."""
    return event_tokens.fields_needed(options.read(Options, endpoint))


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
