"""Proving to be a client by one's own key: ``private_key_jwt``, RFC 7523 section 3 and OpenID Connect Core section 9.

Nothing secret is kept here: only the public keys that the client was registered with, and which assertions it used.
"""

import base64
import hashlib
import json
import time
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection, transaction
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from identity.models import Client

JSON = Any
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
LEEWAY = 30
LONGEST_LIFE = 3600  # what common libraries take if they are not told otherwise
LONGEST_ID = 255
LONGEST = 8192
LATEST = 2**53  # RFC 7493, section 2.2: the numbers that everybody reads alike
SMALLEST_RSA = 2048
MOST_KEYS = 10
CURVES = ("P-256", "Ed25519")
USE = """
WITH gone AS (DELETE FROM identity_usedassertion WHERE client_id = %(client)s AND expires_at < now())
INSERT INTO identity_usedassertion (client_id, mark, expires_at)
VALUES (%(client)s, %(mark)s, to_timestamp(%(until)s)) ON CONFLICT (client_id, mark) DO NOTHING RETURNING id
"""


class Unfit(ValueError):
    """This cannot be believed, or these keys cannot be used; the message says what would be right."""


def check_keys(jwks: JSON) -> None:
    """Raise Unfit unless these are public keys that a client can sign with: RSA, P-256 or Ed25519."""
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise Unfit(f'A JWK set is an object with 1 to {MOST_KEYS} public keys: {{"keys": [...]}}.')
    if len(keys) > 1 and len({key.get("kid") for key in keys if isinstance(key, dict)} - {None, ""}) < len(keys):
        raise Unfit("Of several keys, each needs a kid of its own.")
    try:
        found = KeySet.import_key_set({"keys": keys}).keys
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unfit("These are not keys as RFC 7517 has them.") from error
    for key in found:
        _check_key(key)


def _check_key(key: Any) -> None:
    if not isinstance(key, RSAKey | ECKey | OKPKey) or key.is_private:
        raise Unfit("Give public keys only: RSA, or of the curves P-256 and Ed25519. A private key stays with you.")
    if isinstance(key, RSAKey) and key.raw_value.key_size < SMALLEST_RSA:
        raise Unfit(f"An RSA key needs {SMALLEST_RSA} bits or more.")
    if not isinstance(key, RSAKey) and key.curve_name not in CURVES:
        raise Unfit("Of elliptic curves, P-256 and Ed25519 can be used.")


def named(assertion: str) -> str:
    """Give the id that an assertion claims, before anything of it is believed; "" where there is none."""
    _, _, rest = assertion[:LONGEST].partition(".")
    payload, _, _ = rest.partition(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return ""
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject if isinstance(subject, str) and subject.isascii() and subject.isprintable() else ""


def verify(client: Client, assertion: str, *, audiences: Collection[str]) -> None:
    """Believe an assertion of this client for one of our own addresses, once. Raises Unfit."""
    registered: Any = client.jwks
    try:
        claims = jwt.decode(assertion, KeySet.import_key_set(registered), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unfit("The assertion is not signed by a key that this client was registered with.") from error
    _check_claims(client, claims, audiences)
    mark = hashlib.sha256(claims["jti"].encode("utf-8", "surrogatepass")).digest()
    with transaction.atomic():
        if not use(client, mark, until=int(claims["exp"]) + LEEWAY):
            raise Unfit("The assertion was used before; make a new one with a new jti for each request.")


def use(client: Client, mark: bytes, *, until: float) -> bool:
    """Note that a client used something that counts once, until it is too old anyway; False if it was used before."""
    with connection.cursor() as cursor:
        cursor.execute(USE, {"client": client.pk, "mark": mark, "until": until})
        return cursor.fetchone() is not None


def _check_claims(client: Client, claims: Mapping[str, JSON], audiences: Collection[str]) -> None:
    if not claims.get("iss") == claims.get("sub") == client.client_id:
        raise Unfit("iss and sub both have to be the client's id.")
    meant = claims.get("aud")
    if not any(each in (meant if isinstance(meant, list) else [meant]) for each in audiences):
        raise Unfit(f"aud has to be {' or '.join(sorted(audiences))}.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_ID:
        raise Unfit(f"jti has to be text of 1 to {LONGEST_ID} characters, new for each assertion.")
    _check_times(claims, time.time())


def _check_times(claims: Mapping[str, JSON], now: float) -> None:
    times: dict[str, Any] = {name: claims.get(name) for name in ("exp", "nbf", "iat") if claims.get(name) is not None}
    # NaN, which JSON of the library's knows, is neither early nor late.
    if "exp" not in times or not all(type(each) in {int, float} and abs(each) < LATEST for each in times.values()):
        raise Unfit("exp is needed, and like nbf and iat it is a number of seconds since 1970.")
    if times["exp"] + LEEWAY <= now:
        raise Unfit("The assertion has expired.")
    if times["exp"] > now + LONGEST_LIFE + LEEWAY:
        raise Unfit(f"An assertion may be valid for at most {LONGEST_LIFE // 60} minutes.")
    if max(times.get("nbf", 0), times.get("iat", 0)) > now + LEEWAY:
        raise Unfit("The assertion is of the future; check the clock it was made by.")
