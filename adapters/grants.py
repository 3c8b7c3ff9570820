"""Ask for an access token, and read what comes of it: purely, as any other request.

Sources: RFC 6749 (OAuth 2.0) sections 2.3.1, 3.3, 4.4, 5.1 and 5.2; RFC 7521 section 4.2 and RFC 7523 sections 2.2
and 3 (a signed assertion for a secret); read November 2026.
"""

import base64
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from adapters.contract import Failure, Misconfigured, Request, Response, Throttled, TokenDemand, Transient

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
# How long a token is good for whose issuer does not say (RFC 6749, 5.1 only recommends that they do).
UNSAID_SECONDS = 300.0
LONGEST_SECONDS = 24 * 3600.0
LONGEST_TOKEN = 16_384
# RFC 6749, 5.2; whatever else is said is not repeated.
ERRORS = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope", "invalid_target"}
)
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, and for how many seconds it is good."""

    token: str
    seconds: float


def request(demand: TokenDemand, *, at: float, nonce: str) -> Request:
    """Ask for a token. Raises Misconfigured (``key-malformed``) where an assertion cannot be signed."""
    form = {"grant_type": "client_credentials", "scope": demand.scope, "audience": demand.audience}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if demand.method == "client_secret_basic":
        pair = f"{quote_plus(demand.client_id)}:{quote_plus(demand.secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    elif demand.method == "client_secret_post":
        form |= {"client_id": demand.client_id, "client_secret": demand.secret}
    else:
        assertion = _assertion(demand, at=int(at), nonce=nonce)
        form |= {"client_id": demand.client_id, "client_assertion_type": ASSERTION, "client_assertion": assertion}
    body = urlencode({name: value for name, value in form.items() if value})
    return Request(demand.url, headers, body.encode())


def _assertion(demand: TokenDemand, *, at: int, nonce: str) -> str:
    claims: dict[str, Any] = {"iss": demand.client_id, "sub": demand.client_id, "aud": demand.url, "jti": nonce}
    claims |= {"iat": at, "exp": at + ASSERTION_SECONDS}
    algorithm, key = _key(demand.secret)
    header = {"alg": algorithm, "kid": demand.key_id} if demand.key_id else {"alg": algorithm}
    return jwt.encode(header, claims, key, algorithms=[algorithm])


@lru_cache(maxsize=64)
def _key(pem: str) -> tuple[str, Key]:
    for kind, algorithm in ((ECKey, "ES256"), (RSAKey, "RS256")):
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
        if key.is_private and (isinstance(key, RSAKey) or key.curve_name == "P-256"):
            return algorithm, key
    raise Misconfigured("key-malformed")


def read(response: Response) -> Grant:
    """Read the token.

    Raises Misconfigured where only a person can mend what they say (``token-invalid-client``, ``token-http-403``,
    ``token-type``), Throttled or Transient where it may pass (``token-http-503``, ``token-malformed``).
    """
    said = _parsed(response.body)
    if response.status != 200:  # noqa: PLR2004
        raise _refused(response, said)
    if str(said.get("token_type", "")).lower() != "bearer":
        raise Misconfigured("token-type") if "token_type" in said else Transient("token-malformed")
    return Grant(_token(said.get("access_token")), _seconds(said.get("expires_in")))


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _token(told: Any) -> str:
    if isinstance(told, str) and 0 < len(told) <= LONGEST_TOKEN and told.isascii() and told.isprintable():
        return told
    raise Transient("token-malformed")


def _seconds(told: Any) -> float:
    if isinstance(told, str) and told.isascii() and told.isdigit():
        told = int(told[:9])
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return min(max(float(told), 0.0), LONGEST_SECONDS) if is_number else UNSAID_SECONDS


def _refused(response: Response, said: dict[str, Any]) -> Failure:
    code, error = f"token-http-{response.status}", said.get("error")
    if response.status in LATER or response.status >= 500:  # noqa: PLR2004
        wait = response.headers.get("retry-after", "")
        is_told = wait.isascii() and wait.isdigit()
        return Throttled(code, retry_after=float(wait[:6])) if is_told else Transient(code)
    return Misconfigured(f"token-{error.replace('_', '-')}" if isinstance(error, str) and error in ERRORS else code)
