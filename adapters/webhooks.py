"""Sign what we send, and verify what we are sent, as Standard Webhooks do.

A signature is over ``id.timestamp.body``: ``v1`` by HMAC-SHA-256 under a shared secret (``whsec_``), ``v1a`` by ed25519
(``whsk_`` signs, ``whpk_`` verifies). One header holds as many as there are secrets in force, so that either side can
replace one with overlap.

Source: Standard Webhooks 1.0.0, "Webhook metadata" and "Signature scheme", read November 2026.
"""

import base64
import binascii
import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Discriminator, Field, Tag, model_validator

from adapters import credentials
from adapters.contract import Misconfigured

TOLERANCE = dt.timedelta(minutes=5)
# So many signatures of one request are looked at: nobody replaces more keys at once.
MOST_SIGNATURES = 10
PRIVATE, PUBLIC, SHARED = "whsk_", "whpk_", "whsec_"
SEED, PAIR = 32, 64
ID = re.compile(r"[!-~]{1,200}\Z")
STAMP = re.compile(r"[0-9]{1,11}\Z")


class Unverified(Exception):
    """It was not signed by whom it should be, or not now: ``signature-missing``, ``-stale`` or ``-wrong``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Dated(credentials.Settings):
    """A secret that signs from one day until another, both included; for ever on the side that is left out."""

    secret: credentials.SecretName
    since: dt.date | None = Field(None, alias="from", description="The first day")
    until: dt.date | None = Field(None, description="The last day")

    @model_validator(mode="after")
    def _is_a_time(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError("`until` is before `from`; put them the right way round")
        return self

    def is_in_force(self, on: dt.date) -> bool:
        """Whether it signs on this day, as it is counted in UTC."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


def _shape(told: object) -> str:
    return "several" if isinstance(told, list | tuple) else "one"


Several = Annotated[tuple[Dated, ...], Field(min_length=1, max_length=5)]
Signing = Annotated[
    Annotated[credentials.SecretName, Tag("one")] | Annotated[Several, Tag("several")], Discriminator(_shape)
]


def has_lapsed(signing: Signing | None, *, on: dt.date) -> bool:
    """Whether somebody is to sign, and nobody may on this day."""
    return isinstance(signing, tuple) and not any(each.is_in_force(on) for each in signing)


@dataclass(frozen=True, slots=True)
class Signed:
    """What was verified: under which id it was sent, which is the same for all its tries, and when."""

    message_id: str
    at: dt.datetime


def in_force(signing: Signing, *, on: dt.date, keys: Mapping[str, str]) -> list[str]:
    """Look up the secrets that sign on this day. Raises Misconfigured: ``signing-lapsed``, ``key-missing``."""
    if isinstance(signing, str):
        return [credentials.key(signing, keys=keys)]
    names = [each.secret for each in signing if each.is_in_force(on)]
    if not names:
        raise Misconfigured("signing-lapsed")
    return [credentials.key(name, keys=keys) for name in names]


def signed(body: bytes, *, secrets: Sequence[str], message_id: str, at: dt.datetime) -> dict[str, str]:
    """Make the headers that go with a body. Raises Misconfigured (``key-malformed``)."""
    stamp = str(int(at.timestamp()))
    text = _text(message_id, stamp, body)
    signatures = " ".join([_signature(text, secret) for secret in secrets])
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signatures}


def _text(message_id: str, stamp: str, body: bytes) -> bytes:
    return f"{message_id}.{stamp}.".encode() + body


def _signature(text: bytes, secret: str) -> str:
    if secret.startswith(PRIVATE):
        return "v1a," + base64.b64encode(_private(secret).sign(text)).decode()
    return "v1," + base64.b64encode(_mac(text, secret)).decode()


def _mac(text: bytes, secret: str) -> bytes:
    return hmac.digest(_raw(secret, SHARED), text, "sha256")


@lru_cache(maxsize=256)
def _raw(secret: str, prefix: str) -> bytes:
    try:
        raw = base64.b64decode(secret.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not raw:
        raise Misconfigured("key-malformed")
    return raw


@lru_cache(maxsize=256)
def _private(secret: str) -> Ed25519PrivateKey:
    """Take the seed, behind which the public key may stand."""
    raw = _raw(secret, PRIVATE)
    if len(raw) not in {SEED, PAIR}:
        raise Misconfigured("key-malformed")
    key = Ed25519PrivateKey.from_private_bytes(raw[:SEED])
    if raw[SEED:] not in {b"", key.public_key().public_bytes_raw()}:
        raise Misconfigured("key-malformed")
    return key


@lru_cache(maxsize=256)
def _public(secret: str) -> Ed25519PublicKey:
    raw = _raw(secret, PUBLIC)
    if len(raw) != SEED:
        raise Misconfigured("key-malformed")
    return Ed25519PublicKey.from_public_bytes(raw)


def verified(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: dt.datetime) -> Signed:
    """See that a body was signed under one of these secrets within five minutes of now; header names in lower case.

    Raises Unverified; Misconfigured (``key-malformed``) where a secret is none, or there are none. Who is called twice
    with the same id has heard the same twice: that is for whoever calls to remember.
    """
    if not secrets:
        raise Misconfigured("key-missing")
    message_id, stamp, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not ID.match(message_id) or not STAMP.match(stamp) or not given:
        raise Unverified("signature-missing")
    at = dt.datetime.fromtimestamp(int(stamp), dt.UTC)
    if abs(now - at) > TOLERANCE:
        raise Unverified("signature-stale")
    text = _text(message_id, stamp, body)
    # All are tried, whichever fits: how long it takes tells nobody which.
    fitting = [_fits(text, each, secret) for each in given.split()[:MOST_SIGNATURES] for secret in secrets]
    if True not in fitting:
        raise Unverified("signature-wrong")
    return Signed(message_id, at)


def _fits(text: bytes, signature: str, secret: str) -> bool:
    """Whether it is this secret's; a version that is not its own never is."""
    version, _, told = signature.partition(",")
    is_asymmetric = secret.startswith(PUBLIC)
    if version != ("v1a" if is_asymmetric else "v1"):
        return False
    try:
        raw = base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        return False
    if not is_asymmetric:
        return hmac.compare_digest(_mac(text, secret), raw)
    try:
        _public(secret).verify(raw, text)
    except InvalidSignature:
        return False
    return True
