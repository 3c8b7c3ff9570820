"""An assertion is believed once, for us, for a while, and only with a key that the client was registered with."""

import json
import time
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from identity import assertions, clients
from identity.clients import Proofs
from identity.models import Client, UsedAssertion
from tests.identity import keys

pytestmark = pytest.mark.django_db
ID = "northmoor.signing"


@pytest.fixture
def key() -> ECKey:
    pair = keys.made()
    clients.register(
        "Signing",
        organisation="northmoor",
        scopes=["reports:read"],
        client_id=ID,
        proofs=Proofs(jwks=keys.public(pair)),
    )
    return pair


def asked(assertion: str, *, headers: dict[str, str] | None = None, **form: str) -> tuple[int, dict[str, Any]]:
    """Ask for a token with an assertion."""
    body = {
        "grant_type": "client_credentials",
        "client_assertion_type": assertions.TYPE,
        "client_assertion": assertion,
        **form,
    }
    answer = Browser().post("/oauth/token/", body, headers=headers or {}, secure=True)
    return answer.status_code, json.loads(answer.content)


def test_a_signed_assertion_gets_a_token(key: ECKey) -> None:
    status, answer = asked(keys.assertion(key, ID))
    assert (status, answer["scope"]) == (200, "reports:read")


def test_the_issuer_will_do_as_audience_too(key: ECKey) -> None:
    assert asked(keys.assertion(key, ID, aud=["https://testserver"]))[0] == 200


def test_an_assertion_is_believed_once(key: ECKey) -> None:
    """RFC 7523 section 3, number 7."""
    once = keys.assertion(key, ID)
    assert asked(once)[0] == 200
    assert asked(once) == (401, {"error": "invalid_client"})
    assert asked(keys.assertion(key, ID))[0] == 200


def test_used_assertions_are_forgotten_once_they_have_expired(key: ECKey) -> None:
    for _ in range(3):
        asked(keys.assertion(key, ID))
    UsedAssertion.objects.update(expires_at="2020-01-01T00:00:00Z")
    asked(keys.assertion(key, ID))
    assert UsedAssertion.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"iss": None},
        {"sub": None},
        {"aud": "https://elsewhere.example/oauth/token/"},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1_600_000_000},
        {"exp": 32_000_000_000},
        {"nbf": 32_000_000_000},
        {"iat": 32_000_000_000},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 256},
    ],
)
def test_each_wrong_claim_is_refused_and_wastes_no_row(key: ECKey, changes: dict[str, Any]) -> None:
    assert asked(keys.assertion(key, ID, **changes)) == (401, {"error": "invalid_client"})
    assert not UsedAssertion.objects.exists()


def test_another_key_of_the_same_name_is_refused(key: ECKey) -> None:
    assert asked(keys.assertion(keys.made(), ID))[0] == 401


def test_an_unsigned_assertion_is_refused(key: ECKey) -> None:
    _, payload, _ = keys.assertion(key, ID).split(".")
    assert asked(f"eyJhbGciOiJub25lIn0.{payload}.")[0] == 401


def test_a_public_key_is_no_shared_secret(key: ECKey) -> None:
    """RFC 8725 section 2.1: the algorithm is ours to choose, and never HMAC under what everybody knows."""
    forged = jwt.encode(
        {"alg": "HS256", "kid": "one"},
        {"iss": ID, "sub": ID, "aud": keys.TOKEN_URL, "exp": int(time.time()) + 60, "jti": "x"},
        OctKey.import_key(json.dumps(keys.public(key))),
    )
    assert asked(forged)[0] == 401


def test_no_second_proof_may_come_along(key: ECKey) -> None:
    """RFC 6749 section 2.3: one method for each request."""
    assert asked(keys.assertion(key, ID), client_secret="s" * 40)[0] == 401
    assert asked(keys.assertion(key, ID), headers={"Authorization": "Basic eDp5"})[0] == 401
    assert asked(keys.assertion(key, ID), client_id="somebody")[0] == 401
    assert asked(keys.assertion(key, ID), client_assertion_type="saml2")[0] == 401


def test_a_client_with_keys_gets_in_by_no_secret(key: ECKey) -> None:
    Client.objects.filter(client_id=ID).update(client_secret="plain-and-known-to-nobody-but-this-test")
    known = "plain-and-known-to-nobody-but-this-test"
    form = {"grant_type": "client_credentials", "client_id": ID, "client_secret": known}
    assert Browser().post("/oauth/token/", form, secure=True).status_code == 401


def test_a_revoked_client_is_not_believed(key: ECKey) -> None:
    clients.revoke(ID)
    assert asked(keys.assertion(key, ID))[0] == 401


@given(st.text(max_size=200))
def test_no_text_breaks_the_look_at_its_name(text: str) -> None:
    assert isinstance(assertions.named(text), str)


@pytest.mark.parametrize("text", ["", ".", "a.b.c", "e30.e30.e30", "x.W10.x", "x." + "A" * 10_000, "\x00.\x00.\x00"])
def test_what_is_no_assertion_is_refused(key: ECKey, text: str) -> None:
    assert asked(text)[0] == 401


# Keys

SHORT = {"kty": "RSA", "e": "AQAB", "n": "w" * 170 + "Q"}
RSA = RSAKey.generate_key(2048, {"kid": "r"}).as_dict(private=False)


def test_rsa_and_ed25519_will_do_as_well() -> None:
    assertions.check_keys({"keys": [RSA]})
    assertions.check_keys({"keys": [RSA, OKPKey.generate_key("Ed25519", {"kid": "e"}).as_dict(private=False)]})


@pytest.mark.parametrize(
    ("jwks", "words"),
    [
        (None, "A JWK set is"),
        ({"keys": []}, "A JWK set is"),
        ({"keys": [RSA] * 11}, "1 to 10"),
        ({"keys": [RSA, RSA]}, "kid of its own"),
        ({"keys": ["nonsense"]}, "RFC 7517"),
        ({"keys": [{"kty": "XYZ"}]}, "RFC 7517"),
        ({"keys": [ECKey.generate_key("P-256").as_dict(private=True)]}, "public keys only"),
        ({"keys": [OctKey.generate_key(256).as_dict()]}, "public keys only"),
        ({"keys": [ECKey.generate_key("P-384").as_dict(private=False)]}, "P-256"),
        ({"keys": [OKPKey.generate_key("X25519").as_dict(private=False)]}, "Ed25519"),
        ({"keys": [SHORT]}, "2048 bits"),
    ],
)
@pytest.mark.filterwarnings("ignore:Key size should be:joserfc.errors.SecurityWarning")
def test_unfit_keys_are_refused_with_the_remedy(jwks: Any, words: str) -> None:
    with pytest.raises(assertions.Unfit, match=words):
        assertions.check_keys(jwks)
