"""Signing in with an OpenID provider (authorization code with PKCE): away to it, and back from it.

Everything that comes back is checked by `identity.tokens`. Requests follow no redirect, use no proxy of the environment
and wait for seconds only.
"""

import datetime as dt
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from identity import providers, tokens
from identity.providers import Proof, Provider
from identity.tokens import Expected, Person, Refused, UnknownKey

JSON = Any
Read = TypeVar("Read")
PATIENCE_SECONDS = 5
REMEMBER_SECONDS = 600
CORE_IDENTITY = "https://vocab.account.gov.uk/v1/coreIdentityJWT"


class Unreachable(Exception):
    """The provider does not answer as it should; somebody may try again in a while."""

    def __init__(self) -> None:
        super().__init__("The sign-in provider does not answer right now. Try again in a few minutes.")


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send somebody, and what to keep in their visit until they are back."""

    address: str
    kept: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who has come back: what the provider calls them, and who they are if that was asked for. Store neither."""

    subject: str = field(repr=False)
    person: Person | None = field(default=None, repr=False)

    @property
    def confidence(self) -> str:
        """How sure the provider is of who it is: ``P2``, or nothing."""
        return self.person.confidence if self.person else ""


def depart(provider: Provider, *, redirect_uri: str, language: str = "en") -> Departure:
    """Make the way to the provider. Raises Unreachable and BadProviders."""
    kept = {
        "provider": provider.name,
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "redirect_uri": redirect_uri,
    }
    extra: dict[str, str] = {"nonce": kept["nonce"], "ui_locales": language}
    if provider.vtr:
        extra["vtr"] = "[" + ",".join(f'"{each}"' for each in provider.vtr) + "]"
    if provider.core_identity:
        extra["claims"] = f'{{"userinfo":{{"{CORE_IDENTITY}":null}}}}'
    with _session(provider, redirect_uri) as session:
        address, _ = session.create_authorization_url(
            _metadata(provider)["authorization_endpoint"],
            state=kept["state"],
            code_verifier=kept["verifier"],
            **extra,
        )
    return Departure(address, kept)


def arrive(provider: Provider, *, kept: Mapping[str, str], said: Mapping[str, str], at: dt.datetime) -> Arrival:
    """Take what the provider sent along with somebody who is back. Raises Refused, Unreachable and BadProviders."""
    if not hmac.compare_digest(said.get("state", "").encode(), kept["state"].encode()):
        raise Refused("state")
    if "iss" in said and said["iss"] != provider.issuer:  # RFC 9207
        raise Refused("mix-up")
    if "code" not in said:
        raise Refused("denied")
    with _session(provider, kept["redirect_uri"]) as session:
        granted = _granted(session, provider, kept, said["code"])
        expected = Expected(
            provider.issuer, provider.client_id, provider.algorithms, at, kept["nonce"], provider.vtr,
            access_token=str(granted.get("access_token", "")),
        )  # fmt: skip
        subject = _with_keys(
            _metadata(provider)["jwks_uri"],
            lambda keys: tokens.read_id_token(str(granted.get("id_token", "")), keys=keys, expected=expected),
        )
        person = _person(session, provider, Expected(
            "", provider.client_id, ("ES256",), at, vtr=provider.vtr, subject=subject
        )) if provider.core_identity else None  # fmt: skip
    return Arrival(subject, person)


def forget_keys() -> None:
    """Read every provider's description and keys anew, at the next need."""
    _fetched.cache_clear()


def _granted(session: Any, provider: Provider, kept: Mapping[str, str], code: str) -> Mapping[str, JSON]:
    endpoint = _metadata(provider)["token_endpoint"]
    if session.token_endpoint_auth_method == PrivateKeyJWT.name:
        headers = {"kid": provider.key_id} if provider.key_id else None
        algorithm = "ES256" if isinstance(session.client_secret, ECKey) else "RS256"
        session.register_client_auth_method(PrivateKeyJWT(endpoint, headers=headers, alg=algorithm))
    try:
        granted: Mapping[str, JSON] = session.fetch_token(
            endpoint, grant_type="authorization_code", code=code, code_verifier=kept["verifier"]
        )
    except OAuthError:
        raise Refused("code") from None
    except (OSError, ValueError, TypeError):
        raise Unreachable from None
    return granted


def _person(session: Any, provider: Provider, expected: Expected) -> Person:
    """Ask who it is, and believe it only of the one whom the ID token named."""
    trusted = provider.core_identity
    if trusted is None:
        raise ValueError("this provider proves nobody's identity")
    try:
        reply = session.get(_metadata(provider)["userinfo_endpoint"])
        said = reply.json() if reply.status_code == 200 else None  # noqa: PLR2004
    except (OSError, ValueError, OAuthError):
        raise Unreachable from None
    if not isinstance(said, Mapping):
        raise Unreachable
    if said.get("sub") != expected.subject:
        raise Refused("userinfo-sub")
    if CORE_IDENTITY not in said:
        raise Refused("not-proved")
    wanted = Expected(
        trusted.issuer, expected.client_id, expected.algorithms, expected.at, vtr=expected.vtr, subject=expected.subject
    )
    return _with_keys(
        trusted.keys,
        lambda document: tokens.read_core_identity(
            str(said[CORE_IDENTITY]), keys=tokens.keys_of_did(document, issuer=trusted.issuer), expected=wanted
        ),
    )


def _with_keys(address: str, read: Callable[[JSON], Read]) -> Read:
    """Read with the keys that we remember; with those of this moment if a new one has signed it."""
    try:
        return read(_fetch(address))
    except UnknownKey:
        return read(_fetch(address, is_new=True))


def _metadata(provider: Provider) -> Mapping[str, JSON]:
    """Give the provider's description (OpenID Connect Discovery 1.0 section 4), if it is the provider's own."""
    said = _fetch(provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if not isinstance(said, Mapping) or said.get("issuer") != provider.issuer:
        raise Refused("discovery")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    for name in needed:
        parts = urlsplit(str(said.get(name, "")))
        if parts.scheme != "https" and parts.hostname not in providers.LOOPBACK:
            raise Refused("discovery")
    return said


def _fetch(address: str, *, is_new: bool = False) -> JSON:
    period = int(time.monotonic() // REMEMBER_SECONDS)
    if is_new:
        _fetched.cache_clear()
    return _fetched(address, period)


@lru_cache(maxsize=32)
def _fetched(address: str, _period: int) -> JSON:
    with OAuth2Session(default_timeout=PATIENCE_SECONDS) as session:
        _guard(session)
        try:
            reply = session.get(address, withhold_token=True)
            if reply.status_code != 200:  # noqa: PLR2004
                raise Unreachable
            return reply.json()
        except (OSError, ValueError):
            raise Unreachable from None


def _session(provider: Provider, redirect_uri: str) -> Any:
    proof = providers.proof(provider)
    session = OAuth2Session(
        provider.client_id,
        _secret(provider, proof),
        token_endpoint_auth_method=_method(proof),
        scope=" ".join(provider.scopes),
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        default_timeout=PATIENCE_SECONDS,
    )
    _guard(session)
    return session


def _guard(session: Any) -> None:
    session.trust_env = False
    session.max_redirects = 0


def _method(proof: Proof) -> str:
    if proof.private_key:
        return str(PrivateKeyJWT.name)
    return "client_secret_basic" if proof.secret else "none"


def _secret(provider: Provider, proof: Proof) -> Any:
    if not proof.private_key:
        return proof.secret or None
    for kind in (ECKey, RSAKey):
        try:
            return kind.import_key(proof.private_key)
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
    raise providers.BadProviders(f"The private key for {provider.name} is not an EC or RSA key in PEM.")
