"""Make one exchange over HTTP: deadlines, a cap on the reply, and a class for whatever goes wrong.

The classes turn on one question, whether the bytes may have been taken: before a connection stands nothing was sent
(Transient, or Misconfigured where only a person can mend it), afterwards everything but a whole reply is Ambiguous.
"""

import asyncio
import random
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import aiohttp

from adapters import compressions
from adapters.contract import Ambiguous, Failure, Misconfigured, Request, Response, Transient

REPLY_CAP = 1024 * 1024
USER_AGENT = "tell-us-once"
CONNECTED_BY = 0.9  # of the whole time


@dataclass(frozen=True, slots=True)
class Limits:
    """Deadlines in seconds, and how many requests one endpoint is sent at a time.

    `first_byte_for` runs from the end of our request; the reply's head must be whole within `connect_for` and
    `first_byte_for` together, everything within `total_for`. An exchange that waits longer than `start_for` for its
    turn is not started.
    """

    connect_for: float = 3.0
    first_byte_for: float = 15.0
    total_for: float = 20.0
    in_flight: int = 8
    start_for: float = 40.0

    @property
    def of_aiohttp(self) -> aiohttp.ClientTimeout:
        """The part that aiohttp keeps; `connect` includes the resolving of the name.

        It ends before everything has to: of whom we never connected to it is known that nothing was sent.
        """
        return _of_aiohttp(min(self.connect_for, self.total_for * CONNECTED_BY), self.first_byte_for)


@lru_cache(maxsize=64)
def _of_aiohttp(connect: float, read: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read)


def _nowhere(_received: int) -> None:
    """Count nothing."""


async def perform(
    request: Request, *, session: aiohttp.ClientSession, limits: Limits, count: Callable[[int], None] = _nowhere
) -> Response:
    """Send it once and read the whole reply; `count` is told of the bytes of its body as they come.

    Raises a Failure and nothing else, but for being cancelled.
    """
    try:
        async with asyncio.timeout(min(limits.total_for, limits.connect_for + limits.first_byte_for)) as deadline:
            until = asyncio.get_running_loop().time() + limits.total_for
            return await _exchange(request, session, limits, count, lambda: deadline.reschedule(until))
    except Failure:
        raise
    except Exception as error:  # noqa: BLE001  (whatever a library raises is classed, never let through)
        raise _classed(error) from None


async def _exchange(
    request: Request,
    session: aiohttp.ClientSession,
    limits: Limits,
    count: Callable[[int], None],
    has_head: Callable[[], None],
) -> Response:
    reply = await session.request(
        request.method,
        request.url,
        data=request.body,
        headers=_with_trace(request.headers),
        allow_redirects=False,
        timeout=limits.of_aiohttp,
    )
    has_head()
    async with reply:
        if 300 <= reply.status < 400:  # noqa: PLR2004  (RFC 9110, 15.4)
            reply.close()
            raise Misconfigured("redirected", status=reply.status)
        headers: dict[str, str] = {}
        for name, value in reply.headers.items():
            headers.setdefault(name.lower(), value)
        codings = ",".join(reply.headers.getall("Content-Encoding", ["identity"]))
        return Response(reply.status, headers, compressions.undone(await _read(reply, count), codings, most=REPLY_CAP))


def _with_trace(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Add the W3C trace context (traceparent, version 00), unless the adapter has set its own."""
    if any(name.lower() == "traceparent" for name in headers):
        return headers
    # Told apart, not kept secret; and zeros alone are no id (W3C Trace Context, 3.2.2.3).
    trace, parent = random.getrandbits(128) or 1, random.getrandbits(64) or 1
    return {**headers, "traceparent": f"00-{trace:032x}-{parent:016x}-01"}


async def _read(reply: aiohttp.ClientResponse, count: Callable[[int], None]) -> bytes:
    if (reply.content_length or 0) > REPLY_CAP:
        raise _too_large(reply)
    body = bytearray()
    async for chunk in reply.content.iter_any():
        body += chunk
        count(len(chunk))
        if len(body) > REPLY_CAP:
            raise _too_large(reply)
    return bytes(body)


def _too_large(reply: aiohttp.ClientResponse) -> Ambiguous:
    reply.close()
    return Ambiguous("reply-too-large", status=reply.status)


# The first line that fits wins: from the particular to the general.
_CLASSES: tuple[tuple[type[Exception], type[Failure], str], ...] = (
    (aiohttp.ConnectionTimeoutError, Transient, "connect-timeout"),
    (aiohttp.InvalidURL, Misconfigured, "address-malformed"),
    (aiohttp.SocketTimeoutError, Ambiguous, "reply-timeout"),
    (TimeoutError, Ambiguous, "reply-deadline"),
    (aiohttp.ClientPayloadError, Ambiguous, "reply-truncated"),
    (aiohttp.ClientResponseError, Ambiguous, "reply-malformed"),
    (aiohttp.ClientConnectionError, Ambiguous, "connection-lost"),
    (OSError, Ambiguous, "connection-lost"),
    (ValueError, Misconfigured, "request-malformed"),
)


# What a server says of a client's certificate (RFC 8446, 6.2). Since TLS 1.3 it comes when the handshake is over for us
# and our bytes may be on their way; but whoever says it has read none of them.
_REFUSING_US = re.compile(
    r"_ALERT_(CERTIFICATE_REQUIRED|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|CERTIFICATE_UNKNOWN|BAD_CERTIFICATE"
    r"|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$"
)


def _classed(error: Exception) -> Failure:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error.__cause__
    if isinstance(cause, ssl.SSLError) and _REFUSING_US.search(cause.reason or ""):
        return Misconfigured("tls-client-refused")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _unconnected(error)
    for kind, failure, code in _CLASSES:
        if isinstance(error, kind):
            return failure(code)
    return Ambiguous("egress-" + type(error).__name__)


def _unconnected(error: aiohttp.ClientConnectorError) -> Failure:
    cause = error.os_error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Misconfigured("tls-certificate")
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Misconfigured("tls-handshake")
    return Transient("connect-refused" if isinstance(cause, ConnectionRefusedError) else "connect-failed")
