"""Keys of clients, and the assertions that they sign with them."""

import time
import uuid
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

TOKEN_URL = "https://testserver/oauth/token/"


def made(kid: str = "one") -> ECKey:
    """Make a key pair."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def public(*keys: ECKey) -> dict[str, Any]:
    """Give the JWK set that a client registers."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def assertion(key: ECKey, client_id: str, **changes: Any) -> str:
    """Sign an assertion as RFC 7523 has it, but for the changes; one that is None is left out."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": TOKEN_URL, "exp": now + 60, "iat": now}
    claims |= {"jti": str(uuid.uuid4())} | changes
    header = {"alg": "ES256", "kid": key.kid}
    return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, key)
