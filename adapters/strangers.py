"""Make requests as somebody would who is not us: without each proof that a route gives, and with a false one.

Only what the route itself proves is left out; everything else of a request stays as it would be.
"""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from adapters import sendings
from adapters.contract import Asked, Failure, Message, Misconfigured, Request
from adapters.sendings import Sent, Wire

JSON = Any

PROOFS = ("auth", "signing", "security")
REFUSED = frozenset({401, 403})
NO_REFUSAL = ("http-", "redirected")


@dataclass(frozen=True, slots=True)
class Stranger:
    """One such request, and what is false about it: ``without auth``, ``with a false signing``."""

    what: str
    request: Request
    asked: Asked


def proofs(wire: Wire) -> list[str]:
    """List what a route proves us by; nothing where anybody may send."""
    settings = wire.endpoint.settings
    # An adapter of one product may call its secret whatever it likes.
    own = [name for name, told in settings.items() if isinstance(told, str) and told in wire.keys]
    certificate = ["tls"] if (settings.get("tls") or {}).get("certificate") else []
    return [*dict.fromkeys([*(name for name in PROOFS if settings.get(name)), *own]), *certificate]


def strangers(wire: Wire, compose: Callable[[], Message]) -> Iterator[Stranger]:
    """Give them all, each about another message. Those that cannot be made at all are left out."""
    for name in proofs(wire):
        makers = [_without_certificate] if name == "tls" else [_without, _with_a_false]
        for make in makers:
            message, at = compose(), datetime.now(UTC)
            try:
                request = make(name, message, wire, at)
            except Failure:  # an adapter may refuse to speak without
                continue
            what = f"with a false `{name}`" if make is _with_a_false else f"without `{name}`"
            yield Stranger(what, request, Asked(message.id, at))


def is_refused(sent: Sent, stranger: Stranger) -> bool:
    """Whether they said that they do not know who it is: by 401 or 403, a fault of security, or an alert of TLS."""
    if sent.failure is None:
        return False
    if sent.failure.status in REFUSED or (sent.response is not None and sent.response.status in REFUSED):
        return True
    if sent.response is None:
        # A server may just hang up on whoever shows no certificate.
        return sent.failure.code.startswith("tls-") or (
            stranger.what == "without `tls`" and sent.failure.code == "connection-lost"
        )
    return isinstance(sent.failure, Misconfigured) and not sent.failure.code.startswith(NO_REFUSAL)


def _without(name: str, message: Message, wire: Wire, at: datetime) -> Request:
    left = {key: value for key, value in wire.endpoint.settings.items() if key != name}
    # Without a digest, as settings are kept by it.
    return sendings.sealed(message, replace(wire, endpoint=replace(wire.endpoint, settings=left, digest="")), at=at)


def _with_a_false(name: str, message: Message, wire: Wire, at: datetime) -> Request:
    names = set(_secrets(wire.endpoint.settings[name]))
    if not names:
        raise Misconfigured("key-missing")
    false = {key: _false(wire.keys.get(key, "")) if key in names else wire.keys[key] for key in wire.keys}
    honest = sendings.sealed(message, wire, at=at)
    if name == "auth" and honest.token is not None:
        # With a false secret nobody would give us a token, and what is asked is whether they look at it.
        headers = {**honest.headers, "Authorization": f"Bearer {secrets.token_urlsafe(32)}"}
        return replace(honest, token=None, headers=headers)
    return sendings.sealed(message, replace(wire, keys=false), at=at)


def _without_certificate(_name: str, message: Message, wire: Wire, at: datetime) -> Request:
    request = sendings.sealed(message, wire, at=at)
    tls = replace(request.tls, certificate="", key="") if request.tls else None
    return replace(request, tls=tls if tls and tls.authority else None)


def _secrets(told: JSON) -> Iterator[str]:
    """Find the names of secrets in the settings of a proof."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, list | tuple):
        for each in told:
            yield from _secrets(each)
    elif isinstance(told, Mapping) and told.get("secret"):
        yield str(told["secret"])


def _false(secret: str) -> str:
    """Make up another secret of the same sort."""
    for prefix in ("whsec_", "whsk_"):
        if secret.startswith(prefix):
            return prefix + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)
