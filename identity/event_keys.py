"""The keys that sign security events, for systems that verify ES256 (RFC 7518, section 3.4) and no Ed25519.

They are in the vault's key file. A private key is derived from 32 random bytes as FIPS 186-5, appendix A.2.1, has it:
from 64 bits more than the order has, so that none is likelier than another.
"""

from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

from identity import keyrings, vault

ALGORITHM = "ES256"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256: SP 800-186, section 3.2.1.3


def private() -> str:
    """Give the key that signs at present, as PEM. Raises vault.KeyMissing with a sentence for the operator."""
    try:
        return _pem(vault.keys().signs_events)
    except keyrings.BadKeys as error:
        raise vault.KeyMissing(f"The vault's keys cannot sign events: {error}.") from error


def public() -> list[dict[str, Any]]:
    """Give the public keys as JWKs (RFC 7517), the newest first: those that signed, that signs, and that will."""
    return [_public(seed) for _, seed in sorted(vault.keys().events.items(), reverse=True)]


@lru_cache(maxsize=16)
def _public(seed: bytes) -> dict[str, Any]:
    key = ECKey.import_key(_pem(seed))
    return {**key.as_dict(private=False), "kid": key.thumbprint(), "alg": ALGORITHM, "use": "sig"}


@lru_cache(maxsize=16)
def _pem(seed: bytes) -> str:
    wide = HKDFExpand(SHA256(), 40, info=b"security events, P-256").derive(seed)
    private_key = ec.derive_private_key(int.from_bytes(wide, "big") % (ORDER - 1) + 1, ec.SECP256R1())
    return private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
