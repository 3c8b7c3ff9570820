"""Signing with the service's own key, so that anybody can verify it without us: JWS, Ed25519 (RFC 7515, 8037, 9864).

The private key is in the vault's key file; the public ones, older versions too, are published as a JWK set (RFC 7517)
and known by their thumbprints (RFC 7638).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from identity import keyrings, vault

ALGORITHM = "Ed25519"


def sign(payload: bytes, *, type_: str) -> str:
    """Sign with the newest key, in compact form. Raises vault.KeyMissing with a sentence for the operator."""
    try:
        _, seed = vault.keys().newest_signing
    except keyrings.BadKeys as error:
        raise vault.KeyMissing(f"The vault's keys cannot sign: {error}.") from error
    key = _private(seed)
    header = {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": type_}
    return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])


def public_keys() -> dict[str, Any]:
    """Give the JWK set by which anybody verifies what was signed, the newest key first; empty without a signing key."""
    newest_first = sorted(vault.keys().signing.items(), reverse=True)
    return {"keys": [_public(seed) for _, seed in newest_first]}


def known_by(kid: str, *, published: Mapping[str, Any]) -> OKPKey | None:
    """Find the key of this thumbprint in a JWK set; None when it is not there. Raises ValueError for no JWK set."""
    try:
        ours = [OKPKey.import_key(each) for each in published["keys"] if each["kty"] == "OKP"]
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError("these are no public keys as a JWK set has them") from error
    return next((key for key in ours if key.thumbprint() == kid), None)


def fits(token: str, *, key: OKPKey) -> bool:
    """Say whether the signature of a compact JWS is this key's, over what it stands under."""
    try:
        jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
    except JoseError:
        return False
    return True


def _public(seed: bytes) -> dict[str, Any]:
    key = _private(seed)
    return {**key.as_dict(private=False), "kid": key.thumbprint(), "alg": ALGORITHM, "use": "sig"}


@lru_cache(maxsize=16)
def _private(seed: bytes) -> OKPKey:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return OKPKey.import_key(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
