"""Put a Security header on an envelope that is about to go: user name, Timestamp, and a signature over what is said.

OASIS Web Services Security 1.1.1: SOAP Message Security, UsernameToken Profile, X.509 Token Profile. What is configured
and cannot be made fails closed: nothing is sent.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from lxml import etree
from pydantic import AfterValidator, Field, model_validator

from adapters import addressing, credentials, security_blocks, xml_keys, xml_signatures
from adapters.contract import Misconfigured
from adapters.security_blocks import S


def _certificate_or_name(text: str) -> str:
    if text.lstrip().startswith(xml_keys.BEGINNING):
        xml_keys.read(text)
    return text


class Signing(credentials.Settings):
    """By which key it is signed."""

    key: credentials.SecretName
    certificate: Annotated[str, AfterValidator(_certificate_or_name)] = Field(
        min_length=1, max_length=50_000, description="The certificate as PEM, or the name of the secret that holds it"
    )


class Security(credentials.Settings):
    """What a Security header says of us: a user name, a signature, or both."""

    username: str = Field("", max_length=200)
    secret: credentials.SecretName | None = Field(None, description="The name of the password")
    type: Literal["text", "digest"] = Field("digest", description="How the password is shown")
    signature: Signing | None = Field(None, description="How body and Timestamp are signed")
    valid_for: int = Field(300, ge=0, le=3600, description="Seconds until the Timestamp expires; 0 leaves it out")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.username) != bool(self.secret):
            raise ValueError("`username` and `secret` go together; give both or neither")
        if not self.username and self.signature is None:
            raise ValueError("says nothing of us; give `username` and `secret`, `signature`, or all of them")
        if self.signature and not self.valid_for:
            raise ValueError("a signature without a Timestamp can be replayed; let `valid_for` be more than 0")
        return self


@dataclass(frozen=True, slots=True)
class Try:
    """What is made afresh for each try."""

    at: datetime
    nonce: str
    keys: Mapping[str, str]


def secure(envelope: etree._Element, wanted: Security, each: Try) -> None:
    """Add the header, in place; the addressing that is there is signed too. Raises Misconfigured."""
    header = header_of(envelope)
    security = security_blocks.add(header, security_blocks.SECURITY)
    security.set(f"{{{etree.QName(envelope).namespace}}}mustUnderstand", "1")
    signed = []
    if wanted.valid_for:
        signed.append(security_blocks.add_timestamp(security, at=each.at, valid_for=wanted.valid_for))
    if wanted.secret:
        shown = security_blocks.Shown(credentials.key(wanted.secret, keys=each.keys), by_digest=wanted.type == "digest")
        security_blocks.add_username(security, wanted.username, shown, at=each.at, nonce=each.nonce)
    if wanted.signature:
        _sign(envelope, security, signed, _signer(wanted.signature, each))


def header_of(envelope: etree._Element) -> etree._Element:
    """Return the header of an envelope, which is made if it has none."""
    name = etree.QName(etree.QName(envelope).namespace, "Header")
    found = envelope.find(name.text)
    if found is None:
        found = envelope.makeelement(name.text)
        envelope.insert(0, found)
    return found


def _sign(
    envelope: etree._Element, security: etree._Element, stamps: list[etree._Element], signer: xml_keys.Signer
) -> None:
    body = envelope[-1]
    body.set(xml_signatures.WSU_ID, "Body")
    addressed = [block for block in header_of(envelope) if block.tag in addressing.SIGNED]
    for block in addressed:
        block.set(xml_signatures.WSU_ID, etree.QName(block).localname)
    certificate = base64.b64encode(signer.certificate.der).decode()
    kinds = {"EncodingType": security_blocks.BASE64, "ValueType": security_blocks.X509}
    security_blocks.add(security, f"{S}BinarySecurityToken", certificate, Id="Certificate", **kinds)
    token = security.makeelement(f"{S}SecurityTokenReference")
    security_blocks.add(token, f"{S}Reference", URI="#Certificate", ValueType=security_blocks.X509)
    xml_signatures.sign(security, [body, *stamps, *addressed], signer, token=token)


def _signer(wanted: Signing, each: Try) -> xml_keys.Signer:
    """Find key and certificate, and see that they are good now."""
    key = _pem(wanted.key, each.keys)
    certificate = wanted.certificate
    if not certificate.lstrip().startswith(xml_keys.BEGINNING):
        certificate = _pem(certificate, each.keys)
    try:
        signer = xml_keys.signer(key, certificate)
    except xml_keys.Unusable as error:
        raise Misconfigured(error.code) from None
    if not signer.certificate.is_valid(each.at):
        raise Misconfigured("certificate-expired")
    return signer


def _pem(name: str, keys: Mapping[str, str]) -> str:
    if not keys.get(name):
        raise Misconfigured("key-missing")
    return keys[name]
