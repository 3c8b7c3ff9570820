"""An authorisation server beside a recipient: access tokens for one client (RFC 6749, section 4.4)."""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from aiohttp import web

from adapters.simulator.config import Requires


class Issuer:
    """Gives tokens to whoever knows the secret, and tells those that count; a recipient that wants none takes all."""

    def __init__(self, requires: Requires) -> None:
        self._requires = requires
        self._until: dict[str, float] = {}

    def lets_in(self, headers: Mapping[str, str]) -> bool:
        """Whether a token is shown that has not run out; header names are lower case."""
        if self._requires.oauth2 is None:
            return True
        return self._until.get(headers.get("authorization", "").removeprefix("Bearer "), 0.0) > time.monotonic()

    async def give(self, request: web.Request) -> web.Response:
        """Give one (section 5.1), or say what is wrong (section 5.2)."""
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        if form.get("grant_type") != "client_credentials":
            return _said(400, {"error": "unsupported_grant_type"})
        if not hmac.compare_digest(_shown(request.headers, form).encode(), (self._requires.oauth2 or "").encode()):
            return _said(401, {"error": "invalid_client"})
        token, seconds = secrets.token_urlsafe(24), self._requires.token_s
        self._until[token] = time.monotonic() + seconds
        return _said(200, {"access_token": token, "token_type": "Bearer", "expires_in": int(seconds)})


def _shown(headers: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Read ``client:secret`` from the header or the form (section 2.3.1)."""
    basic = headers.get("Authorization", "").removeprefix("Basic ")
    try:
        pair = base64.b64decode(basic, validate=True).decode()
    except ValueError:
        pair = ""
    return unquote_plus(pair) or f"{form.get('client_id', '')}:{form.get('client_secret', '')}"


def _said(status: int, content: Any) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, text=json.dumps(content), content_type="application/json", headers=headers)
