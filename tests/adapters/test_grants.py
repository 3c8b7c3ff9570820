"""How a token is asked for, and what comes of it: tables, by RFC 6749 and RFC 7523."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from adapters import grants
from adapters.contract import Failure, Misconfigured, Response, Throttled, TokenDemand, Transient
from adapters.grants import Grant

DEMAND = {"url": "https://login.example/token", "client_id": "tuo:1", "secret": "s3 cret", "scope": "a b"}


def asked(**changed: str) -> tuple[dict[str, str], dict[str, str]]:
    demand = TokenDemand(**{"method": "client_secret_basic", **DEMAND, **changed})
    request = grants.request(demand, at=1_770_000_000.5, nonce="n")
    assert (request.method, request.url, request.token) == ("POST", DEMAND["url"], None)
    return dict(request.headers), {name: value[0] for name, value in parse_qs(request.body.decode()).items()}


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def test_a_secret_goes_as_basic_with_both_halves_encoded() -> None:
    """RFC 6749, 2.3.1: form-urlencoded first, so that a colon in the name is none."""
    headers, form = asked(audience="https://api.example")
    assert headers["Authorization"] == "Basic dHVvJTNBMTpzMytjcmV0"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form == {"grant_type": "client_credentials", "scope": "a b", "audience": "https://api.example"}


def test_a_secret_goes_in_the_form_where_they_want_that() -> None:
    headers, form = asked(method="client_secret_post", scope="")
    assert "Authorization" not in headers
    assert form == {"grant_type": "client_credentials", "client_id": "tuo:1", "client_secret": "s3 cret"}


@pytest.mark.parametrize(
    ("key", "kind", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), ECKey, "ES256"),
        (rsa.generate_private_key(65537, 2048), RSAKey, "RS256"),
    ],
    ids=["EC", "RSA"],
)
def test_an_assertion_is_signed_by_our_key(key: Any, kind: Any, algorithm: str) -> None:
    """RFC 7523, 3: who, to whom, until when, and under an id that is used once."""
    headers, form = asked(method="private_key_jwt", secret=pem(key), key_id="k-1")
    assert "Authorization" not in headers
    assert "client_secret" not in form
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    token = jwt.decode(form["client_assertion"], kind.import_key(pem(key)), algorithms=[algorithm])
    assert (token.header["alg"], token.header["kid"]) == (algorithm, "k-1")
    assert token.claims == {
        "iss": "tuo:1",
        "sub": "tuo:1",
        "aud": "https://login.example/token",
        "jti": "n",
        "iat": 1_770_000_000,
        "exp": 1_770_000_060,
    }


@pytest.mark.parametrize(
    "secret",
    ["s3cret", "", pem(ec.generate_private_key(ec.SECP384R1())), pem(ed25519.Ed25519PrivateKey.generate())],
    ids=["no PEM", "nothing", "another curve", "another kind"],
)
def test_a_key_that_cannot_sign_asks_for_nothing(secret: str) -> None:
    with pytest.raises(Misconfigured, match="key-malformed"):
        asked(method="private_key_jwt", secret=secret)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"expires_in": 3600}, Grant("t", 3600.0)),
        ({"expires_in": "3600"}, Grant("t", 3600.0)),
        ({"expires_in": 0}, Grant("t", 0.0)),
        ({"expires_in": -5}, Grant("t", 0.0)),
        ({"expires_in": 10**12}, Grant("t", grants.LONGEST_SECONDS)),
        ({"expires_in": "9" * 99}, Grant("t", grants.LONGEST_SECONDS)),
        ({"expires_in": "soon"}, Grant("t", grants.UNSAID_SECONDS)),
        ({"expires_in": True}, Grant("t", grants.UNSAID_SECONDS)),
        ({"expires_in": None}, Grant("t", grants.UNSAID_SECONDS)),
        ({}, Grant("t", grants.UNSAID_SECONDS)),
        ({"token_type": "bEaReR", "scope": "a", "odd": [1]}, Grant("t", grants.UNSAID_SECONDS)),
    ],
)
def test_a_token_is_read_with_how_long_it_is_good(said: dict[str, Any], expected: Grant) -> None:
    body = json.dumps({"access_token": "t", "token_type": "Bearer", **said}).encode()
    assert grants.read(Response(200, {}, body)) == expected


@pytest.mark.parametrize(
    ("status", "said", "kind", "code"),
    [
        (400, {"error": "invalid_client"}, Misconfigured, "token-invalid-client"),
        (401, {"error": "invalid_client"}, Misconfigured, "token-invalid-client"),
        (400, {"error": "invalid_scope"}, Misconfigured, "token-invalid-scope"),
        (400, {"error": "unauthorized_client"}, Misconfigured, "token-unauthorized-client"),
        (400, {"error": "unsupported_grant_type"}, Misconfigured, "token-unsupported-grant-type"),
        (400, {"error": "Mrs Lee is not known"}, Misconfigured, "token-http-400"),
        (400, {"error": ["invalid_client"]}, Misconfigured, "token-http-400"),
        (401, "<html>", Misconfigured, "token-http-401"),
        (403, "", Misconfigured, "token-http-403"),
        (404, "", Misconfigured, "token-http-404"),
        (201, {"access_token": "t", "token_type": "Bearer"}, Misconfigured, "token-http-201"),
        (408, "", Transient, "token-http-408"),
        (500, {"error": "invalid_client"}, Transient, "token-http-500"),
        (503, "", Transient, "token-http-503"),
        (599, "", Transient, "token-http-599"),
        (200, "<html>", Transient, "token-malformed"),
        (200, [], Transient, "token-malformed"),
        (200, {"access_token": "t"}, Transient, "token-malformed"),
        (200, {"token_type": "Bearer"}, Transient, "token-malformed"),
        (200, {"token_type": "Bearer", "access_token": ""}, Transient, "token-malformed"),
        (200, {"token_type": "Bearer", "access_token": 7}, Transient, "token-malformed"),
        (200, {"token_type": "Bearer", "access_token": "t\r\nX: y"}, Transient, "token-malformed"),
        (200, {"token_type": "Bearer", "access_token": "é"}, Transient, "token-malformed"),
        (200, {"token_type": "Bearer", "access_token": "t" * 20_000}, Transient, "token-malformed"),
        (200, {"token_type": "mac", "access_token": "t"}, Misconfigured, "token-type"),
    ],
)
def test_what_is_no_token_is_classed(status: int, said: Any, kind: type[Failure], code: str) -> None:
    body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
    with pytest.raises(Failure) as failed:
        grants.read(Response(status, {}, body))
    assert (type(failed.value), failed.value.code) == (kind, code)


@pytest.mark.parametrize(
    ("wait", "expected"), [("7", 7.0), ("-7", None), ("soon", None), ("²", None), ("9" * 99, 999_999)]
)
def test_whoever_gives_tokens_may_ask_for_time(wait: str, expected: float | None) -> None:
    with pytest.raises(Transient) as failed:
        grants.read(Response(429, {"retry-after": wait}, b""))
    assert getattr(failed.value, "retry_after", None) == expected
    assert isinstance(failed.value, Throttled) == (expected is not None)


@given(st.integers(100, 599), st.binary(max_size=50) | st.sampled_from([b"[" * 9999, b"{}", b"null", b'{"a": 1e999}']))
def test_no_reply_whatever_is_anything_else(status: int, body: bytes) -> None:
    with pytest.raises(Failure):
        grants.read(Response(status, {}, body))
