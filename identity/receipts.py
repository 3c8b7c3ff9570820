"""Receipts of consents: a signed record of what was asked, shown and answered, that its holder can verify offline.

The record is shaped as ISO/IEC TS 27560:2023 has it (metadata, PII processing, party identification and event) and
travels as a JWS in compact form. It names the person by id alone. Each of its parts has a digest beside it, so that
a receipt that was changed can be told where; what proves it whole is the signature.
"""

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from identity import signatures

JSON = Any
TYPE = "consent-receipt+jwt"
LONGEST = 16_384
PARTS = ("header", "content", "signature")
RECORD = ("metadata", "pii_processing", "party_identification", "event")


class BadReceipt(ValueError):
    """This is not a receipt as it was issued; the message says exactly what is wrong and quotes nothing of it.

    It is put together from a template and values, so that pages can say it in another language.
    """

    def __init__(self, template: str, **values: str) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values = values


def issue(record: Mapping[str, JSON]) -> str:
    """Sign a record. Raises vault.KeyMissing where there is no key to sign with."""
    content = {**{part: record[part] for part in RECORD}, "digests": {part: _digest(record[part]) for part in RECORD}}
    return signatures.sign(_plain(content), type_=TYPE)


def verify(text: str, *, published: Mapping[str, JSON]) -> dict[str, JSON]:
    """Give the record of a receipt that is as it was issued, by these public keys. Raises BadReceipt.

    Raises ValueError, too, when the keys are no JWK set.
    """
    token = text.strip()
    header, content, _ = _parts(token)
    known = _object(header, "header")
    _check_header(known)
    key = signatures.known_by(known["kid"], published=published)
    if key is None:
        raise BadReceipt("The key that it names is not among the public keys: it was not issued here, or is changed.")
    if not signatures.fits(token, key=key):
        raise _misfit(content)
    record = _object(content, "content")
    return {part: record[part] for part in RECORD}


def read(text: str) -> dict[str, JSON]:
    """Give the record of one of our own receipts, as it is kept, without verifying it."""
    _, content, _ = _parts(text)
    record = _object(content, "content")
    return {part: record[part] for part in RECORD}


def _parts(token: str) -> tuple[bytes, bytes, bytes]:
    if len(token) > LONGEST:
        raise BadReceipt("It is longer than {longest} characters, which no receipt is.", longest=str(LONGEST))
    parts = token.split(".")
    if len(parts) != len(PARTS):
        raise BadReceipt(
            "A receipt is three parts with full stops between them; this has {count}.", count=str(len(parts))
        )
    header, content, signature = (_decoded(part, name) for part, name in zip(parts, PARTS, strict=True))
    return header, content, signature


def _decoded(part: str, name: str) -> bytes:
    """Decode strictly: two texts that mean the same bytes would let a changed receipt pass (RFC 4648, section 3.5)."""
    try:
        plain = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        plain = b""
    if not plain or urlsafe_b64encode(plain).rstrip(b"=").decode() != part:
        raise BadReceipt(
            "Its {part} is not base64url as it is written: a character was changed, added or lost there.", part=name
        )
    return plain


def _object(plain: bytes, name: str) -> dict[str, JSON]:
    try:
        found = json.loads(plain)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadReceipt("Its {part} is not a JSON object: it was changed there.", part=name)
    return found


def _check_header(header: Mapping[str, JSON]) -> None:
    wanted = {"alg": signatures.ALGORITHM, "typ": TYPE}
    for name, value in wanted.items():
        if header.get(name) != value:
            raise BadReceipt(
                "Its header does not say {field} {value}: it is no receipt of ours, or was changed there.",
                field=name,
                value=value,
            )
    if set(header) != {*wanted, "kid"} or not isinstance(header["kid"], str):
        raise BadReceipt("Its header should have alg, kid and typ and nothing else: it was changed there.")


def _misfit(content: bytes) -> BadReceipt:
    """Name the parts that do not fit their own digests: an aid to whoever looks, and no proof."""
    try:
        record = _object(content, "content")
        changed = [part for part in RECORD if record["digests"][part] != _digest(record[part])]
    except (BadReceipt, KeyError, TypeError):
        return BadReceipt("The signature does not fit: the content was changed, and can no longer be read.")
    if changed:
        parts = " and ".join(changed)
        return BadReceipt("The signature does not fit: the content was changed in {parts}.", parts=parts)
    return BadReceipt(
        "The signature does not fit: the content fits its own digests, so that the header, the digests or the signature"
        " itself were changed."
    )


def _digest(part: JSON) -> str:
    return urlsafe_b64encode(hashlib.sha256(_plain(part)).digest()[:12]).decode()


def _plain(value: JSON) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
