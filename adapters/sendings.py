"""Send one message to one recipient as a drain would, encoded, sealed and by the egress, and wait for the reply.

For rehearsals alone: a drain sends many at a time, and waits for none of them.
"""

import queue
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from adapters import certificates, discovery
from adapters.addresses import Allowed, IPNetwork
from adapters.contract import Adapter, Asked, Content, Endpoint, Failure, Message, Receipt, Request, Response
from adapters.egress import Egress, Exchange, Limits, Reply


@dataclass(frozen=True, slots=True)
class Wire:
    """How a recipient is reached: by which route, with which secrets, and into which networks."""

    endpoint: Endpoint
    keys: Mapping[str, str] = field(repr=False)
    private_networks: tuple[IPNetwork, ...] = ()
    seconds: float = 15.0

    @property
    def adapter(self) -> Adapter:
        """What speaks this route's language."""
        return discovery.find(self.endpoint.adapter)

    def allowed(self, request: Request) -> Allowed:
        """The hosts that a request names, as a drain allows them."""
        hosts = frozenset((urlsplit(url).hostname or "").lower() for url in request.urls)
        return Allowed(hosts, self.private_networks)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one request: a receipt or a failure, and the reply if there was one."""

    receipt: Receipt | None = None
    failure: Failure | None = None
    response: Response | None = None
    seconds: float = 0.0

    @property
    def words(self) -> str:
        """Say how it is classed."""
        if self.failure is not None:
            return f"{type(self.failure).__name__.lower()} ({self.failure.code})"
        status = self.response.status if self.response else 0
        kind = "duplicate" if self.receipt and self.receipt.duplicate else "receipt"
        return f"{kind} (http-{status})"


def sealed(message: Message, wire: Wire, *, at: datetime) -> Request:
    """Make the request that would go. Raises a Failure where nothing would."""
    return seal(wire.adapter.encode(message, wire.endpoint), wire, at=at)


def seal(content: Content, wire: Wire, *, at: datetime) -> Request:
    """Make one try of what is said. Raises a Failure where nothing would go."""
    nonce = secrets.token_urlsafe(16)
    request = wire.adapter.seal(content, wire.endpoint, at=at, nonce=nonce, keys=wire.keys)
    return certificates.secured(request, wire.endpoint, at=at, keys=wire.keys)


def say(message: Message, wire: Wire) -> Sent:
    """Send a message once; nothing is raised, not even for one that cannot be said."""
    at = datetime.now(UTC)
    try:
        request = sealed(message, wire, at=at)
    except Failure as failure:
        return Sent(failure=failure)
    return send(request, wire, asked=Asked(message.id, at))


def send(request: Request, wire: Wire, *, asked: Asked) -> Sent:
    """Send a request once, and class what comes back."""
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    limits = Limits(first_byte_for=wire.seconds, total_for=wire.seconds, in_flight=1)
    exchange = Exchange(asked.message_id, request, wire.allowed(request), wire.endpoint.recipient)
    Egress.shared().send([exchange], replies=replies, limits=limits)
    reply = replies.get()
    if reply.response is None:
        return Sent(failure=reply.failure, seconds=reply.seconds)
    whole = Response(reply.response.status, reply.response.headers, reply.response.body, asked)
    try:
        return Sent(wire.adapter.decode(whole, wire.endpoint), response=whole, seconds=reply.seconds)
    except Failure as failure:
        return Sent(failure=failure, response=whole, seconds=reply.seconds)
