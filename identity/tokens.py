"""What a provider says of somebody, believed only when all of it is right; nothing here does any I/O.

ID tokens per OpenID Connect Core 1.0 section 3.1.3.7, vectors of trust per RFC 8485, the core identity JWT per GOV.UK
One Login's technical documentation, "Prove your user's identity". The core identity is never stored.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

JSON = Any
LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600  # an ID token is made for us, this moment
LATEST = 2**53  # RFC 7493, section 2.2: the numbers that everybody reads alike
SUBJECT = re.compile(r"[ -~]{1,255}")  # OpenID Connect Core 1.0, section 2: `sub`
HASHES = {"ES256": "sha256", "PS256": "sha256", "RS256": "sha256", "ES384": "sha384", "EdDSA": "sha512"}


class Refused(Exception):
    """What a provider said is not believed: `code` says which part of it, fit for a log; nothing personal."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Signing in did not work ({code}). Start again from the service.")
        self.code = code


class UnknownKey(Refused):
    """No key that we have signed it: perhaps the provider has a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to stand in what is said to us."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...]
    at: dt.datetime
    nonce: str = ""
    vtr: tuple[str, ...] = ()
    access_token: str = field(default="", repr=False)
    subject: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody has been proved to be: to be used at once and stored nowhere."""

    names: Sequence[Mapping[str, JSON]] = field(repr=False)
    born_on: str = field(repr=False)
    confidence: str = ""


def read_id_token(text: str, *, keys: JSON, expected: Expected) -> str:
    """Give the subject. Raises Refused."""
    header, claims = _opened(text, keys, expected.algorithms)
    _check_common(claims, expected)
    age = expected.at.timestamp() - _number(claims, "iat")
    if not -LEEWAY_SECONDS <= age <= OLDEST_SECONDS:
        raise Refused("iat")
    nonce = str(claims.get("nonce", "")).encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(nonce, expected.nonce.encode()) or not expected.nonce:
        raise Refused("nonce")
    if "at_hash" in claims and claims["at_hash"] != _half(expected.access_token, header["alg"]):
        raise Refused("at_hash")
    if expected.vtr and not any(_carries(str(claims.get("vot", "")), each) for each in expected.vtr):
        raise Refused("vot")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
        raise Refused("sub")
    return subject


def read_core_identity(text: str, *, keys: JSON, expected: Expected) -> Person:
    """Give the person behind the subject. Raises Refused, whose codes begin with ``core-``."""
    try:
        _, claims = _opened(text, keys, ("ES256",), must_name_key=True)
        return _person(claims, expected)
    except UnknownKey as error:
        raise UnknownKey(f"core-{error.code}") from error
    except Refused as error:
        raise Refused(f"core-{error.code}") from error


def _person(claims: Mapping[str, JSON], expected: Expected) -> Person:
    _check_common(claims, expected)
    if not expected.subject or claims.get("sub") != expected.subject:
        raise Refused("sub")
    vot = str(claims.get("vot", ""))
    if vot not in {_confidence(each) for each in expected.vtr}:
        raise Refused("vot")
    try:
        subject = claims["vc"]["credentialSubject"]
        return Person(tuple(subject["name"]), str(subject["birthDate"][0]["value"]), vot)
    except (KeyError, TypeError, IndexError):
        raise Refused("vc") from None


def keys_of_did(document: JSON, *, issuer: str) -> JSON:
    """Give the keys of a DID document as a JWKS (W3C DID Core section 5.2); a JWKS is given as it is. Raises Refused.

    Only keys that the document's own subject controls count, and only those it names for assertions.
    """
    if not isinstance(document, Mapping):
        raise Refused("core-keys")
    if "keys" in document:
        return document
    did = document.get("id")
    # did:web names the host that may speak for it.
    if did != "did:web:" + issuer.removeprefix("https://").removeprefix("http://").strip("/").replace(":", "%3A"):
        raise Refused("core-controller")
    listed = document.get("assertionMethod")
    methods = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    try:
        found = [{**each["publicKeyJwk"], "kid": each["id"]} for each in methods if each.get("controller") == did]
    except (KeyError, TypeError):
        raise Refused("core-keys") from None
    return {"keys": found}


def _opened(
    text: str, keys: JSON, algorithms: Collection[str], *, must_name_key: bool = False
) -> tuple[Mapping[str, JSON], Mapping[str, JSON]]:
    """Verify the signature by a key that the token names, and with an algorithm that we expect."""
    try:
        header = _header(text)
        if header.get("alg") not in algorithms:
            raise Refused("alg")
        named = [key for key in keys["keys"] if key.get("kid") == header.get("kid")]
        if must_name_key and "kid" not in header:
            raise Refused("kid")
        if not named or len(named) > 1:
            raise UnknownKey("kid")
        token = jwt.decode(text, KeySet.import_key_set({"keys": named}), algorithms=list(algorithms))
    except JoseError:
        raise Refused("signature") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise Refused("unreadable") from None
    return token.header, token.claims


def _header(text: str) -> Mapping[str, JSON]:
    part = text.split(".", 1)[0]
    header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(header, dict):
        raise TypeError
    return header


def _check_common(claims: Mapping[str, JSON], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise Refused("iss")
    # For us and for nobody else: what is also for another may be shown to us by them.
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise Refused("aud")
    if _number(claims, "exp") <= expected.at.timestamp() - LEEWAY_SECONDS:
        raise Refused("exp")
    if "nbf" in claims and _number(claims, "nbf") > expected.at.timestamp() + LEEWAY_SECONDS:
        raise Refused("nbf")


def _number(claims: Mapping[str, JSON], name: str) -> float:
    value = claims.get(name)
    # What is no number at all (NaN) is less than none, and JSON knows numbers that no clock does.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LATEST:
        raise Refused(name)
    return value


def _half(access_token: str, algorithm: str) -> str:
    """Give the left half of a token's hash, as ``at_hash`` has it."""
    digest = hashlib.new(HASHES[algorithm], access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def _carries(vot: str, wanted: str) -> bool:
    """Say whether a vector of trust is the one wanted. One Login leaves the confidence to the core identity JWT."""
    said = frozenset(vot.split("."))
    needed = frozenset(wanted.split("."))
    is_enough = frozenset(part for part in needed if not part.startswith("P")) <= said
    return is_enough and all(part in needed for part in said if part.startswith("P"))


def _confidence(wanted: str) -> str:
    return next((part for part in wanted.split(".") if part.startswith("P")), "")
