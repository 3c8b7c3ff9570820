"""Calls to the service as people make them in a browser: a cookie, and the CSRF token with each write.

Staff have accounts with a password and one-time codes. The informant proves who she is by the development sign-in, and
opens the report by what stands in her letter.
"""

import base64
import hmac
import json
import struct
import time
from collections.abc import Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy import states
from deploy.demo import calls, players
from deploy.demo.calls import Heard, Unexpected
from deploy.demo.stories import Story

JSON = Any
REGISTRAR, ADVISER, OFFICER, OPERATOR, AUDITOR = "registrar-1", "adviser-1", "officer-1", "operator-1", "auditor-1"
INFORMANT, HUSBAND, NEIGHBOUR = "first", "second", "third"  # as the development sign-in knows them
# One of each role, and for which organisation they work; for none, for the whole service.
STAFF: Mapping[str, tuple[str, str]] = {
    REGISTRAR: ("registrar", players.OFFICE),
    ADVISER: ("adviser", players.OFFICE),
    OFFICER: ("recipient-officer", "northmoor-east-district"),
    OPERATOR: ("operator", ""),
    AUDITOR: ("auditor", players.OFFICE),
}
STEP_SECONDS = 30
FARTHEST = 8  # the way to a provider and back


class Visit:
    """One browser at the service; `cookies` are what it keeps."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}

    def call(self, method: str, path: str, said: JSON = None, *, key: str = "") -> JSON:
        """Call the service and give what it says. Raises Unexpected for anything but success."""
        headers = {"Accept": "application/json", "Idempotency-Key": key} if key else {"Accept": "application/json"}
        if method != "GET":
            headers |= {"Content-Type": "application/json", "X-CSRFToken": self._csrf_token()}
        heard = self._send(method, self.url + path, headers, b"" if said is None else json.dumps(said).encode())
        if not 200 <= heard.status < 300:  # noqa: PLR2004
            raise Unexpected(f"{method} {path} was answered {heard.status}: {heard.body.decode(errors='replace')}")
        return heard.json()

    def follow(self, path: str) -> None:
        """Go where one is sent, as a browser does, until one is there. Raises Unexpected."""
        at = self.url + path
        for _ in range(FARTHEST):
            heard = self._send("GET", at, {"Accept": "text/html"})
            if not heard.location:
                return
            at = heard.location if urlsplit(heard.location).netloc else self.url + heard.location
        raise Unexpected(f"{path} leads on and on.")

    @property
    def cookie(self) -> str:
        """What it keeps, as it sends it along."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _csrf_token(self) -> str:
        """Fetch one where there is none yet; a sign-in gives another."""
        if "csrftoken" not in self.cookies:
            self._send("GET", f"{self.url}/accounts/visit", {})
        return self.cookies["csrftoken"]

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Heard:
        heard = calls.insist(method, url, headers={**headers, "Cookie": self.cookie}, body=body)
        for line in heard.cookies:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return heard


def accounts(directory: Path) -> list[dict[str, str]]:
    """Describe the accounts of staff as ``manage.py account import`` reads them; passwords are made up and kept."""
    return [
        {"login": login, "password": password(directory, login), "role": role, "organisation": organisation}
        for login, (role, organisation) in STAFF.items()
    ]


def staff(url: str, directory: Path, login: str) -> Visit:
    """Sign a member of staff in, at the first time with a new second factor. Raises Unexpected."""
    visit, kept = Visit(url), directory / f"authenticator-{login}.json"
    given = {"login": login, "password": password(directory, login)}
    asked = visit.call("POST", "/accounts/staff/password", given)
    if asked["next"] == "enrolment":
        secret = visit.call("POST", "/accounts/staff/enrolment", {})["secret"]
        authenticator, path = {"secret": secret, "step": 0}, "/accounts/staff/enrolment/code"
    else:
        authenticator, path = json.loads(kept.read_text()), "/accounts/staff/code"
    step = _next_step(authenticator["step"])
    visit.call("POST", path, {"code": code(authenticator["secret"], step)})
    states.write_private(kept, json.dumps({**authenticator, "step": step}))
    return visit


def password(directory: Path, login: str) -> str:
    """Give the password of an account, made up the first time and kept."""
    name = f"account {login}"
    return states.passwords(directory, name)[name]


def citizen(url: str, who: str) -> Visit:
    """Sign a citizen in whose identity is proved. Raises Unexpected."""
    visit = Visit(url)
    visit.follow(f"/accounts/providers/development?login_hint={who}")
    seen = visit.call("GET", "/accounts/visit")
    if not seen.get("visitor") or seen["visitor"]["confidence"] != "P2":
        raise Unexpected(f"The identity of {who} was not proved.")
    return visit


def informant(url: str, story: Story, *, reference: str) -> Visit:
    """Sign the informant in, and open the report by what her letter says. Raises Unexpected."""
    visit = citizen(url, INFORMANT)
    entry = story.register_entry
    letter = {"surname": entry["subject"]["name"]["family"], "on": entry["death"]["died_on"]}
    visit.call("POST", "/accounts/report", {"reference": reference, **letter})
    return visit


def authenticator_key(directory: Path, login: str) -> str:
    """Give what an authenticator app is told to give this account's codes; nothing before its first sign-in."""
    kept = directory / f"authenticator-{login}.json"
    return str(json.loads(kept.read_text())["secret"]) if kept.exists() else ""


def code(secret: str, step: int) -> str:
    """Give the code of one half minute (RFC 6238 section 4, RFC 4226 section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"


def _next_step(last: int) -> int:
    """Give the half minute of now, or the one after the last: no code is good twice."""
    step = max(int(time.time()) // STEP_SECONDS, last + 1)
    time.sleep(max(0.0, (step - 1) * STEP_SECONDS - time.time()))  # one half minute ahead is taken, and no more
    return step
