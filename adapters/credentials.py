"""Put credentials on a request: bearer, basic and API keys, and Standard Webhooks signatures.

Settings name secrets, they never hold them. A secret that is named and not there fails closed: nothing is sent.
Sources: RFC 7617 (basic), RFC 6750 (bearer), Standard Webhooks 1.0.0 (``v1`` signatures), read November 2026.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.contract import Misconfigured

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$")]
SecretName = Annotated[str, Field(min_length=1, max_length=100, description="The name of a secret, not the secret")]


class Settings(BaseModel):
    """What all models of settings have in common: closed, frozen, and silent about what they were given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Bearer(Settings):
    """``Authorization: Bearer`` with the secret as it is."""

    kind: Literal["bearer"]
    secret: SecretName


class Basic(Settings):
    """``Authorization: Basic`` with the secret as the password."""

    kind: Literal["basic"]
    username: str = Field(min_length=1, max_length=200, pattern=r"^[^:\x00-\x1f]+$")
    secret: SecretName


class ApiKey(Settings):
    """The secret in a header of the recipient's choice."""

    kind: Literal["api-key"]
    secret: SecretName
    header: HeaderName = "X-API-Key"


Auth = Annotated[Bearer | Basic | ApiKey, Field(discriminator="kind")]


def headers(auth: Auth | None, *, keys: Mapping[str, str]) -> dict[str, str]:
    """Make the header that authenticates us. Raises Misconfigured: ``key-missing`` or ``key-malformed``."""
    if auth is None:
        return {}
    secret = key(auth.secret, keys=keys)
    if isinstance(auth, Bearer):
        return {"Authorization": f"Bearer {secret}"}
    if isinstance(auth, Basic):
        pair = f"{auth.username}:{secret}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    return {auth.header: secret}


def text(name: str, *, keys: Mapping[str, str]) -> str:
    """Look up a secret of any number of lines. Raises Misconfigured: ``key-missing``."""
    secret = keys.get(name, "")
    if not secret:
        raise Misconfigured("key-missing")
    return secret


def key(name: str, *, keys: Mapping[str, str]) -> str:
    """Look up a secret. Raises Misconfigured: ``key-missing``, or ``key-malformed`` if it cannot stand in a header."""
    secret = text(name, keys=keys)
    if not secret.isprintable() or not secret.isascii():
        raise Misconfigured("key-malformed")
    return secret


def signature(body: bytes, *, secret: str, message_id: str, at: datetime) -> dict[str, str]:
    """Sign a body as Standard Webhooks do. Raises Misconfigured (``key-malformed``) unless the secret is base64."""
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise Misconfigured("key-malformed") from None
    stamp = str(int(at.timestamp()))
    signed = hmac.new(raw, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-timestamp": stamp, "webhook-signature": "v1," + base64.b64encode(signed).decode()}
