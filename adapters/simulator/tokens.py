"""Read Security Event Tokens as their recipient has to (RFC 8417, sections 2.2 and 4), by published keys."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from adapters.simulator import rest
from adapters.simulator.books import Received
from adapters.simulator.config import Events

JSON = Any
PREFIX = "urn:uuid:"
MEDIA_TYPE = "application/secevent+jwt"
HEADER = {"typ": "secevent+jwt", "alg": "ES256"}
REFRESHED_AFTER_S = 1.0


class Unacceptable(Exception):
    """A token that cannot be taken; the text is the error of RFC 8935, section 2.4, `jti` what it called itself."""

    def __init__(self, err: str, *, jti: str = "") -> None:
        super().__init__(err)
        self.err = err
        self.jti = jti


class Keys:
    """The keys that the service publishes, fetched again when a token names one that is not among them."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url.rstrip('/')}/.well-known/jwks.json"
        self._fetched_at = 0.0
        self._lock = asyncio.Lock()
        self._known: dict[str, Key] = {}

    async def learn(self, token: bytes) -> None:
        """Fetch the keys if a token names one that is not known yet."""
        async with self._lock:
            if self.of(token) is None and time.monotonic() >= self._fetched_at + REFRESHED_AFTER_S:
                await self._fetch()

    def of(self, token: bytes) -> Key | None:
        """Give the key that a token names; None when nobody published it."""
        return self._known.get(str(_header(token).get("kid", "")))

    async def _fetch(self) -> None:
        self._fetched_at = time.monotonic()
        try:
            async with self._session.get(self._url, allow_redirects=False) as response:
                listed = json.loads(await response.read())["keys"]
            self._known = {each["kid"]: JWKRegistry.import_key(each) for each in listed}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, TypeError, JoseError):
            return


def read(token: bytes, key: Key | None, *, expected: Events) -> Received:
    """Verify a token and find what it says about itself. Raises Unacceptable."""
    if {name: _header(token).get(name) for name in HEADER} != HEADER:
        raise Unacceptable("invalid_request")
    try:
        if key is None:
            raise Unacceptable("invalid_key")
        payload = jws.deserialize_compact(token, key, algorithms=[HEADER["alg"]]).payload
        claims: JSON = json.loads(payload)
    except (JoseError, ValueError, RecursionError):
        raise Unacceptable("invalid_key") from None
    if not isinstance(claims, dict):
        raise Unacceptable("invalid_request")
    return _received(claims, payload, expected)


def _received(claims: Mapping[str, JSON], content: bytes, expected: Events) -> Received:
    jti = str(claims.get("jti", ""))
    if claims.get("iss") != expected.issuer:
        raise Unacceptable("invalid_issuer", jti=jti)
    if claims.get("aud") != expected.audience:
        raise Unacceptable("invalid_audience", jti=jti)
    events = claims.get("events")
    if not (jti.startswith(PREFIX) and isinstance(claims.get("iat"), int) and isinstance(events, dict) and events):
        raise Unacceptable("invalid_request", jti=jti)
    said = next(iter(events.values()))
    return Received(
        message_id=jti.removeprefix(PREFIX),
        reference=str(claims.get("txn", "")),
        fields=tuple(sorted({path for path, _ in rest.leaves(said)})),
        operation=next(iter(events)),
        content=content,
    )


def _header(token: bytes) -> Mapping[str, JSON]:
    try:
        found: JSON = jws.extract_compact(token).headers()
    except (JoseError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
