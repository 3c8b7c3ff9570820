"""Verify who sent an envelope, by a UsernameToken or an X.509 signature over its body and its Timestamp.

OASIS Web Services Security 1.1.1: SOAP Message Security, UsernameToken Profile, X.509 Token Profile.
Whoever calls this keeps the `proof` of what it took for as long as FRESH_FOR, twice over, and refuses it a second time.

Codes of Unverified::

    security-missing  security-several  security-malformed        there is no header, or not one
    timestamp-missing  timestamp-stale  timestamp-unsigned        it is not known when it was made
    unsigned  signature-several  signature-malformed              there is no signature, or not one
    algorithm-weak  transform-foreign                             it is made in a way that is not taken
    ids-ambiguous  reference-foreign  body-unsigned               it covers something else than what would be read
    certificate-unknown  certificate-expired  signature-wrong     it is not theirs
    username-missing  username-malformed  username-stale  username-wrong
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from adapters import security_blocks, xml_keys, xml_signatures
from adapters.envelopes import Envelope
from adapters.security_blocks import SECURITY, S, U
from adapters.xml_signatures import D, Signature, Unverified

__all__ = [
    "FRESH_FOR",
    "SECURITY",
    "Sender",
    "Unverified",
    "verify",
    "verify_signature",
    "verify_timestamp",
    "verify_username",
]

# How far their clock and the way may be apart from ours, in either direction.
FRESH_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent it: `who` is their user name, or the name that was given to their certificate.

    `proof` is what nobody but they could make, and what a replay would show again: a signature's value, or a digest
    with its nonce. It is empty for a password in clear, which proves nothing of the message. `covers` are the elements
    that were signed; none for a UsernameToken.
    """

    who: str
    proof: bytes
    created: datetime | None
    covers: tuple[etree._Element, ...] = ()


def verify(
    envelope: Envelope,
    *,
    at: datetime,
    password_of: Callable[[str], str | None] = lambda _name: None,
    fits: Callable[[str, str], bool] | None = None,
    signers: Mapping[str, str] | None = None,
) -> Sender:
    """Verify by a signature of one of the `signers` (PEM by name), or by a user name whose password is known.

    Where only a hash of passwords is kept, `fits` says whether one in clear is the user's; a digest then fits nobody.

    Where a signature is there, it has to hold whatever else is there. Raises Unverified.
    """
    security = _security(envelope)
    if security.find(f"{D}Signature") is not None:
        return verify_signature(envelope, at=at, signers=signers or {})
    return _verify_username(security, at, password_of, fits)


def verify_username(envelope: Envelope, *, at: datetime, password_of: Callable[[str], str | None]) -> Sender:
    """Verify by a user name whose password is known, whatever stands beside it. Raises Unverified."""
    return _verify_username(_security(envelope), at, password_of, None)


def verify_signature(envelope: Envelope, *, at: datetime, signers: Mapping[str, str]) -> Sender:
    """Verify that one of the `signers` (PEM by name) signed this very body, just now. Raises Unverified."""
    security = _security(envelope)
    stamp, created = _timestamp(security, at)
    signature = _one_signature(envelope, security)
    who, held = _held(signature, _candidates(signers, at, security), allowed=_signable(envelope, security))
    if envelope.frame not in held.covers:
        raise Unverified("body-unsigned")
    if stamp not in held.covers:
        raise Unverified("timestamp-unsigned")
    return Sender(who, held.value, created, held.covers)


def verify_timestamp(envelope: Envelope, *, at: datetime) -> None:
    """Verify a Security header that holds a Timestamp and nothing else: it was made just now. Raises Unverified."""
    security = _security(envelope)
    if [child.tag for child in security] != [f"{U}Timestamp"]:
        raise Unverified("security-malformed")
    _timestamp(security, at)


def _security(envelope: Envelope) -> etree._Element:
    """Find the header that is ours, in an envelope that has its parts where they belong and once."""
    s = f"{{{envelope.namespace}}}"
    if [child.tag for child in envelope.root] not in ([f"{s}Body"], [f"{s}Header", f"{s}Body"]):
        raise Unverified("security-malformed")
    found = [block for block in envelope.blocks(SECURITY) if envelope.is_for_us(block)]
    if len(found) != 1:
        raise Unverified("security-several" if found else "security-missing")
    return found[0]


def _timestamp(security: etree._Element, at: datetime) -> tuple[etree._Element, datetime]:
    stamps = security.findall(f"{U}Timestamp")
    if len(stamps) != 1:
        raise Unverified("timestamp-missing")
    texts = {name: [each.text or "" for each in stamps[0].findall(f"{U}{name}")] for name in ("Created", "Expires")}
    created = security_blocks.read_moment("".join(texts["Created"]))
    if created is None:
        raise Unverified("timestamp-missing")
    expires = security_blocks.read_moment("".join(texts["Expires"])) if texts["Expires"] else created + FRESH_FOR
    if expires is None or abs(at - created) > FRESH_FOR or at > expires + FRESH_FOR:
        raise Unverified("timestamp-stale")
    return stamps[0], created


def _one_signature(envelope: Envelope, security: etree._Element) -> etree._Element:
    header = security.getparent()
    found = [] if header is None else list(header.iter(f"{D}Signature"))
    if len(found) > 1:
        raise Unverified("signature-several")
    if not found or found[0].getparent() is not security or envelope.root is not found[0].getroottree().getroot():
        raise Unverified("unsigned")
    return found[0]


def _signable(envelope: Envelope, security: etree._Element) -> list[etree._Element]:
    """List what a signature may cover: the body, the header blocks, and what stands in the Security header."""
    return [envelope.frame, *envelope.blocks(), *(each for each in security if each.tag != f"{D}Signature")]


def _candidates(
    signers: Mapping[str, str], at: datetime, security: etree._Element
) -> list[tuple[str, xml_keys.Certificate]]:
    """List the certificates that may have signed it: of those expected the one that it brings, if it brings one."""
    expected = [(who, each) for who, pem in signers.items() for each in xml_keys.read(pem)]
    brought = [_decoded(each.text) for each in security.findall(f"{S}BinarySecurityToken")]
    fitting = [(who, each) for who, each in expected if each.der in brought] if brought else expected
    if not fitting:
        raise Unverified("certificate-unknown")
    valid = [(who, each) for who, each in fitting if each.is_valid(at)]
    if not valid:
        raise Unverified("certificate-expired")
    return valid


def _held(
    signature: etree._Element,
    candidates: list[tuple[str, xml_keys.Certificate]],
    *,
    allowed: list[etree._Element],
) -> tuple[str, Signature]:
    held = xml_signatures.verify(signature, [each for _, each in candidates], allowed=allowed)
    return next(who for who, each in candidates if each is held.certificate), held


def _verify_username(
    security: etree._Element,
    at: datetime,
    password_of: Callable[[str], str | None],
    fits: Callable[[str, str], bool] | None,
) -> Sender:
    tokens = security.findall(f"{S}UsernameToken")
    if len(tokens) != 1:
        raise Unverified("username-malformed" if tokens else "username-missing")
    username, password = _text(tokens[0], f"{S}Username"), tokens[0].find(f"{S}Password")
    if not username or password is None:
        raise Unverified("username-malformed")
    said = (password.text or "").strip()
    if fits is not None and not password.get("Type", "").endswith("#PasswordDigest"):
        if not fits(username, said):
            raise Unverified("username-wrong")
        return Sender(username, b"", None)
    known = password_of(username)
    if not password.get("Type", "").endswith("#PasswordDigest"):
        return _same(Sender(username, b"", None), said, known)
    nonce, written = _decoded(_text(tokens[0], f"{S}Nonce")), _text(tokens[0], f"{U}Created")
    created = security_blocks.read_moment(written)
    if not nonce or created is None:
        raise Unverified("username-malformed")
    if abs(at - created) > FRESH_FOR:
        raise Unverified("username-stale")
    right = None if known is None else security_blocks.digest(nonce, written, known)
    return _same(Sender(username, nonce + written.encode(), created), said, right)


def _same(sender: Sender, said: str, right: str | None) -> Sender:
    """Compare in a time that tells nothing; an unknown name takes as long and says the same."""
    is_same = hmac.compare_digest(said.encode(), (right or "").encode())
    if right is None or not right or not is_same:
        raise Unverified("username-wrong")
    return sender


def _text(parent: etree._Element, name: str) -> str:
    return "".join(each.text or "" for each in parent.findall(name)).strip()


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
