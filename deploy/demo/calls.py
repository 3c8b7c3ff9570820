"""Calls to the service as another body's system makes them: a token first, then JSON."""

import base64
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

JSON = Any
PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.3
BUSY = frozenset({429, 502, 503, 504})
EARLY_SECONDS = 30.0


class Unexpected(Exception):
    """The service answered otherwise than the story expects, or not at all; the message quotes its problem."""


@dataclass(frozen=True, slots=True)
class Login:
    """With what a system gets its tokens."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply."""

    status: int
    body: bytes
    cookies: tuple[str, ...] = ()
    location: str = ""

    def json(self) -> JSON:
        """Read it. Raises Unexpected."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Unexpected(f"The service answered {self.status} and no JSON.") from error


def send(method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Heard:
    """Send one request. Raises OSError or HTTPException when there is no reply."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(str(at.hostname), at.port, timeout=10)
    try:
        connection.request(method, f"{at.path}?{at.query}" if at.query else at.path, body or None, dict(headers))
        reply = connection.getresponse()
        cookies = tuple(reply.headers.get_all("Set-Cookie", []))
        return Heard(reply.status, reply.read(), cookies, reply.headers.get("Location", ""))
    finally:
        connection.close()


def insist(method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Heard:
    """Send until there is a reply that is not merely busy; so it has to be safe to repeat. Raises Unexpected."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            heard = send(method, url, headers=headers, body=body)
        except (OSError, http.client.HTTPException) as error:
            heard, why = None, type(error).__name__
        if heard is not None and heard.status not in BUSY:
            return heard
        if time.monotonic() > until:
            raise Unexpected(f"{url} could not be reached ({why if heard is None else heard.status}).")
        time.sleep(PAUSE_SECONDS)


class Caller(Protocol):
    """Whoever calls the interface: another body's system, or somebody who is signed in."""

    def call(self, method: str, path: str, said: JSON = None, *, key: str = "") -> JSON:
        """Call, and give what is said. Raises Unexpected."""
        ...


class System:
    """One body's system at the service."""

    def __init__(self, url: str, login: Login) -> None:
        self.url = url
        self._login = login
        self._token = ""
        self._until = 0.0

    def call(self, method: str, path: str, said: JSON = None, *, key: str = "") -> JSON:
        """Call the interface and give what it says. Raises Unexpected for anything but success.

        With a `key` the service recognises a repetition, so that a lost reply does no harm.
        """
        headers = {"Authorization": f"Bearer {self._bearer()}", "Accept": "application/json"}
        if said is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        body = b"" if said is None else json.dumps(said).encode()
        heard = insist(method, self.url + path, headers=headers, body=body)
        if not 200 <= heard.status < 300:  # noqa: PLR2004
            raise Unexpected(f"{method} {path} was answered {heard.status}: {heard.body.decode(errors='replace')}")
        return heard.json()

    def _bearer(self) -> str:
        """Give a token by client credentials (RFC 6749, section 4.4)."""
        if time.monotonic() >= self._until:
            pair = f"{self._login.client_id}:{self._login.secret}".encode()
            headers = {
                "Authorization": f"Basic {base64.b64encode(pair).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            form = urlencode({"grant_type": "client_credentials"}).encode()
            heard = insist("POST", f"{self.url}/oauth/token/", headers=headers, body=form)
            said = heard.json()
            if "access_token" not in said:
                raise Unexpected(f"No token was given: {said.get('error', heard.status)}.")
            self._token = str(said["access_token"])
            self._until = time.monotonic() + float(said.get("expires_in", 60)) - EARLY_SECONDS
        return self._token
