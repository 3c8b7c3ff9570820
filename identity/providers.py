"""The OpenID providers by whom people sign in, as ``SIGN_IN_PROVIDERS_FILE`` names them: JSON, a list of objects.

For GOV.UK One Login (its technical documentation, read in November 2026)::

    [{"name": "one-login", "title": "GOV.UK One Login", "lets_in": "citizens",
      "issuer": "https://oidc.account.gov.uk/", "client_id": "...", "private_key_file": "/run/keys/one-login.pem",
      "algorithms": ["ES256"], "vtr": ["Cl.Cm.P2"],
      "core_identity": {"issuer": "https://identity.account.gov.uk/",
                        "keys": "https://identity.account.gov.uk/.well-known/did.json"}}]

A file is read again when it changes. A private key or secret stands in a file of its own.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SIGNATURES = frozenset({"ES256", "ES384", "PS256", "RS256", "EdDSA"})


class BadProviders(Exception):
    """The file cannot be used; the message says where."""


class UnknownProvider(LookupError):
    """Nobody signs in that way here."""


def _safe(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("it has to begin with https://")
    return address


class CoreIdentity(BaseModel):
    """Who vouches for who somebody is, and where the keys for that are published (a DID document or a JWKS)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str
    keys: str

    _is_safe = field_validator("keys")(_safe)


class Provider(BaseModel):
    """One OpenID provider, whom it lets in, and how sure it has to be of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    title: str
    lets_in: Literal["citizens", "staff"]
    issuer: str
    client_id: str
    private_key_file: Path | None = None
    key_id: str = ""
    secret_file: Path | None = None
    scopes: tuple[str, ...] = ("openid",)
    algorithms: tuple[str, ...] = ("ES256",)
    vtr: tuple[str, ...] = ()
    core_identity: CoreIdentity | None = None

    _is_safe = field_validator("issuer")(_safe)

    @field_validator("algorithms")
    @classmethod
    def _are_signatures(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - SIGNATURES:
            raise ValueError(f"signatures may be {', '.join(sorted(SIGNATURES))}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "Provider":
        if self.private_key_file is not None and self.secret_file is not None:
            raise ValueError("a client proves itself by a private key or by a secret, not both")
        if any("P2" in each.split(".") for each in self.vtr) and self.core_identity is None:
            raise ValueError("identity confidence P2 needs core_identity, which proves it")
        return self


@dataclass(frozen=True, slots=True)
class Proof:
    """By what we prove to a provider who we are: a private key in PEM, a secret, or nothing but PKCE."""

    private_key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)


def known() -> tuple[Provider, ...]:
    """Give every provider of the file. Raises BadProviders."""
    if not settings.SIGN_IN_PROVIDERS_FILE:
        return ()
    path = Path(settings.SIGN_IN_PROVIDERS_FILE)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise BadProviders(f"{path} cannot be read: {error.strerror}.") from error


def find(name: str) -> Provider:
    """Give one provider. Raises BadProviders and UnknownProvider."""
    for provider in known():
        if provider.name == name:
            return provider
    raise UnknownProvider("There is no such way to sign in.")


def proof(provider: Provider) -> Proof:
    """Read what proves us. Raises BadProviders."""
    try:
        return Proof(_text(provider.private_key_file), _text(provider.secret_file))
    except OSError as error:
        raise BadProviders(f"The key or secret for {provider.name} cannot be read: {error.strerror}.") from error


def _text(file: Path | None) -> str:
    return file.read_text(encoding="ascii").strip() if file else ""


@lru_cache(maxsize=4)
def _read(path: Path, _changed_at: int) -> tuple[Provider, ...]:
    try:
        rows: list[Any] = json.loads(path.read_text(encoding="utf-8"))
        found = tuple(Provider.model_validate(row) for row in rows)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        at = ".".join(map(str, first["loc"]))
        raise BadProviders(f"{path} cannot be used: {at or 'a provider'}: {first['msg']}.") from None
    except (TypeError, ValueError):
        raise BadProviders(f"{path} has to be a JSON list of objects.") from None
    if len({each.name for each in found}) != len(found):
        raise BadProviders(f"{path} names two providers alike.")
    return found
