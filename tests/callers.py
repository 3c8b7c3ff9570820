"""Clients of the service, as tests play them: each with its own token, organisation and scopes."""

import base64
import itertools
import json
import uuid
from typing import Any

from django.test import Client

from identity import clients

SCOPES = (
    "reports:start",
    "reports:answer",
    "reports:read",
    "evidence:record",
    "inbox:read",
    "events:poll",
    "deliveries:read",
    "confirmations:write",
)
numbers = itertools.count(1)


class Caller:
    """One client of one organisation, with a token of its own."""

    def __init__(self, organisation: str = "northmoor", *, scopes: tuple[str, ...] = SCOPES) -> None:
        self.name = f"System {next(numbers)}"
        self.token = token(self.name, organisation=organisation, scopes=scopes)

    def get(self, path: str, **query: Any) -> Any:
        """GET below ``/api/v1``."""
        return self.call("GET", path + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""))

    def post(self, path: str, body: Any, *, key: str = "") -> Any:
        """POST JSON below ``/api/v1`` under a new key, unless one is given."""
        return self.call("POST", path, body, key=key or str(uuid.uuid4()))

    def patch(self, path: str, body: Any, *, key: str = "") -> Any:
        """PATCH likewise."""
        return self.call("PATCH", path, body, key=key or str(uuid.uuid4()))

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", media: str = "application/json") -> Any:
        """Call; a body of bytes goes as it is, any other as JSON."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        return Client(raise_request_exception=False).generic(
            method, f"/api/v1{path}", sent, content_type=media, headers=headers, secure=True
        )

    def soap(self, body: bytes) -> Any:
        """POST XML to ``/soap/confirmations``."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return Client(raise_request_exception=False).post(
            "/soap/confirmations", body, content_type="text/xml", headers=headers, secure=True
        )


def token(name: str, *, organisation: str, scopes: tuple[str, ...]) -> str:
    """Register a client and have a token issued to it."""
    client_id, secret = clients.register(name, organisation=organisation, scopes=list(scopes))
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    answer = Client().post(
        "/oauth/token/",
        {"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {credentials}"},
        secure=True,
    )
    issued: str = answer.json()["access_token"]
    return issued
