"""Certificates that a recipient's system was checked: a signed statement of what passed, on which route, until when.

A JWS in compact form, which anybody can verify with the published keys and without asking us (RFC 7515). It names no
person: whoever is checked is told about nobody.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from identity import signatures

JSON = Any

TYPE = "recipient-check+jwt"
HEADER = {"alg", "kid", "typ"}
LONGEST = 16_384
VALID_FOR = dt.timedelta(days=90)


class BadCertificate(ValueError):
    """This is no certificate as it was issued; the message says what is wrong and quotes nothing of it."""


def issue(statement: Mapping[str, JSON], *, at: dt.datetime, until: dt.datetime | None = None) -> str:
    """Sign what was found, valid for ninety days, or until what it rests on ends. Raises vault.KeyMissing."""
    ends = min(at + VALID_FOR, until or at + VALID_FOR)
    stamped = {**statement, "iat": int(at.timestamp()), "exp": int(ends.timestamp())}
    plain = json.dumps(stamped, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return signatures.sign(plain.encode(), type_=TYPE)


def verify(text: str, *, published: Mapping[str, JSON], at: dt.datetime) -> dict[str, JSON]:
    """Give the statement of a certificate that is as it was issued, and still valid. Raises BadCertificate.

    Raises ValueError, too, when the keys are no JWK set.
    """
    token = text.strip()
    header, payload = _read(token)
    if header.get("typ") != TYPE or set(header) != HEADER:
        raise BadCertificate("Its header is not that of a certificate of a check.")
    key = signatures.known_by(str(header["kid"]), published=published)
    if key is None:
        raise BadCertificate("The key that it names is not among the public keys: it was not issued here.")
    if not signatures.fits(token, key=key):
        raise BadCertificate("The signature does not fit: it was changed.")
    statement: dict[str, JSON] = json.loads(payload)
    ends = moment(statement["exp"])
    if ends < at:
        raise BadCertificate(f"It is genuine, and ended on {ends.date()}; check the recipient anew.")
    return statement


def moment(seconds: int) -> dt.datetime:
    """Read a time of a statement (RFC 7519, section 2: NumericDate)."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _read(token: str) -> tuple[dict[str, JSON], bytes]:
    if len(token) > LONGEST:
        raise BadCertificate(f"It is longer than {LONGEST} characters, which no certificate is.")
    try:
        found = jws.extract_compact(token.encode())
        return dict(found.headers()), found.payload
    except (JoseError, ValueError, TypeError):
        raise BadCertificate("It is no certificate: three parts of base64url with full stops between.") from None
