"""Browsers, as tests play them: a cookie, and the CSRF token with every write."""

import base64
import json
from typing import Any

from django.conf import settings
from django.test import Client, RequestFactory
from django_otp.oath import TOTP

from identity import accounts, second_factors, sessions
from identity.accounts import Post
from identity.models import Account
from identity.sessions import Manner
from tellusonce import clocks

PASSWORD = "marmalade-on-a-tuesday"


class Browser:
    """One browser; it holds to CSRF as a real one has to."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def get(self, path: str) -> Any:
        """GET, without following anywhere."""
        return self.client.get(path, secure=True)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST JSON with the CSRF token."""
        token = self.get("/accounts/visit").json()["csrf_token"]
        given = {"X-CSRFToken": token, "Referer": "https://testserver/", **headers}
        return self.client.post(
            path, json.dumps(body or {}), content_type="application/json", headers=given, secure=True
        )

    @property
    def visitor(self) -> Any:
        """Who is signed in, as the service says."""
        return self.get("/accounts/visit").json()["visitor"]


def staff(login: str = "ada", *posts: Post) -> tuple[Account, bytes]:
    """Make an account with a second factor; give its secret too."""
    account, _ = accounts.add(login, posts=posts or [Post("registrar", "northmoor")], password=PASSWORD)
    made = second_factors.enrol(account)
    secret = secret_of(made.secret)
    # Half a minute ago, so that the code of this moment is still to be used.
    at = clocks.now()
    second_factors.confirm(account, code(secret, at.timestamp() - 30), at=at)
    return account, secret


def secret_of(text: str) -> bytes:
    """Read a secret as an authenticator does."""
    return base64.b32decode(text)


def code(secret: bytes, at: float | None = None) -> str:
    """Give the code of a moment."""
    totp = TOTP(secret)
    totp.time = clocks.now().timestamp() if at is None else at
    return f"{totp.token():06d}"


def signed_in(login: str = "ada", *posts: Post) -> Browser:
    """Sign a new member of staff in."""
    _, secret = staff(login, *posts)
    browser = Browser()
    assert browser.post("/accounts/staff/password", {"login": login, "password": PASSWORD}).json() == {"next": "code"}
    assert browser.post("/accounts/staff/code", {"code": code(secret)}).status_code == 200
    return browser


def citizen(subject: str = "first", *, confidence: str = "P2") -> Browser:
    """Sign a citizen in, as if they had come back from a provider who calls them this."""
    account = accounts.welcome_citizen(provider="one-login", issuer="https://one-login.example/", subject=subject)
    assert account is not None
    request = RequestFactory().get("/")
    request.session = sessions.SessionStore()
    sessions.begin(request, account, Manner("one-login", confidence))
    request.session.save()
    browser = Browser()
    browser.client.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
    return browser
