"""Read certificates, and the keys that go with them, from PEM text.

RFC 7468 (PEM), RFC 5280 (validity). What is too weak to be relied on is refused when it is read.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pydantic import AfterValidator, Field

LEAST_RSA_BITS = 2048
BEGINNING = "-----BEGIN CERTIFICATE-----"


class Unusable(ValueError):
    """It is no certificate or key that can be used; `code` is a stable word, the message the remedy."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate: its DER, and its public key as xmlsec wants it."""

    der: bytes
    valid_from: datetime
    valid_until: datetime
    is_elliptic: bool
    public_key: xmlsec.Key

    def is_valid(self, at: datetime) -> bool:
        """Whether its time has come and is not over."""
        return self.valid_from <= at <= self.valid_until


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and its certificate."""

    certificate: Certificate
    key: xmlsec.Key


@lru_cache(maxsize=1024)
def read(pem: str) -> tuple[Certificate, ...]:
    """Read all the certificates of a text: several where one is about to follow another. Raises Unusable."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        return tuple(map(_certificate, found))
    except Unusable:
        raise
    except (ValueError, TypeError):
        raise Unusable("certificate-malformed", "it is no certificate; give it as PEM") from None


def _certificate(found: x509.Certificate) -> Certificate:
    key = found.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise Unusable("certificate-unfit", "its key is neither RSA nor of an elliptic curve; use one of those")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
        raise Unusable("certificate-weak", f"its key is too short; use at least {LEAST_RSA_BITS} bits")
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(
        found.public_bytes(Encoding.DER),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
        isinstance(key, ec.EllipticCurvePublicKey),
        xmlsec.Key.from_memory(public, xmlsec.constants.KeyDataFormatPem),
    )


@lru_cache(maxsize=256)
def signer(key: str, certificate: str) -> Signer:
    """Read a private key and the certificate that goes with it. Raises Unusable."""
    try:
        private = load_pem_private_key(key.encode(), None)
        made = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
    except (ValueError, TypeError, xmlsec.Error):
        raise Unusable("key-malformed", "it is no private key; give it as PEM, without a password") from None
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ours = read(certificate)[0]
    certified = x509.load_der_x509_certificate(ours.der).public_key()
    if certified.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != public:
        raise Unusable("key-mismatch", "the certificate is another key's; give the one that goes with the key")
    return Signer(ours, made)


def _readable(pem: str) -> str:
    read(pem)
    return pem


Pem = Annotated[str, AfterValidator(_readable), Field(max_length=50_000, description="Certificates, as PEM")]
