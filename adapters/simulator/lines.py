"""Talk to the service as an organisation's own system does, with client credentials (RFC 6749, section 4.4)."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from adapters.simulator.config import Client, Service

UNAUTHORISED = 401
EARLY_S = 30


@dataclass(frozen=True, slots=True)
class Heard:
    """What the service said; no status when it could not be reached."""

    status: int | None
    body: bytes = b""

    @property
    def is_well(self) -> bool:
        """Whether it was taken."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    def json(self) -> Any:
        """Read the body; None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Line:
    """One organisation's line to the service."""

    def __init__(self, session: aiohttp.ClientSession, service: Service, client: Client) -> None:
        self._session = session
        self.service = service
        self._client = client
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def call(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes = b"") -> Heard:
        """Call once, with a token; a token that is refused is forgotten, so that the next call has a new one."""
        token = await self._bearer()
        if not token:
            return Heard(None)
        heard = await self._send(
            method, self.service.url.rstrip("/") + path, {"Authorization": f"Bearer {token}", **headers}, body
        )
        if heard.status == UNAUTHORISED:
            self._until = 0.0
        return heard

    async def _bearer(self) -> str:
        async with self._lock:
            if time.monotonic() >= self._until:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        self._token = ""
        basic = aiohttp.encode_basic_auth(self._client.id, self._client.secret)
        headers = {"Authorization": basic, "Content-Type": "application/x-www-form-urlencoded"}
        form = aiohttp.FormData({"grant_type": "client_credentials", "scope": self._client.scope})
        heard = await self._send("POST", self.service.token_url, headers, form())
        said = heard.json() if heard.is_well else None
        if isinstance(said, dict) and said.get("access_token"):
            self._token = str(said["access_token"])
            self._until = time.monotonic() + max(1.0, float(said.get("expires_in", 300)) - EARLY_S)

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Heard:
        try:
            async with self._session.request(
                method, url, headers=headers, data=body or None, allow_redirects=False
            ) as response:
                return Heard(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Heard(None)
