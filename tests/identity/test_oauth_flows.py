"""A client library that is not ours gets through every flow, over a real socket; discovery tells it all it needs."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from oauth2_provider.models import AccessToken
from pytest_django.live_server_helper import LiveServer

from identity import accounts, clients
from identity.accounts import Post
from identity.clients import Proofs
from identity.models import Account
from tests.accounts import visitors
from tests.accounts.visitors import Browser
from tests.identity import keys

BACK = "https://desk.northmoor.example/back"
SCOPES = ["reports:start", "reports:read", "inbox:read", "confirmations:write"]
THROUGH_PROXY = {"X-Forwarded-Proto": "https"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at(settings: Any) -> Iterator[str]:
    """Serve as behind a proxy that ends TLS, and by itself: pytest's live server is made once; gives the address."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.STATIC_URL, settings.MEDIA_URL = "/no-static/", "/no-media/"  # Django's live server wants some
    server = LiveServer("localhost")
    yield str(server.url)
    server.stop()


def secured(url: str) -> str:
    return url.replace("http://", "https://", 1)


def reached(url: str) -> str:
    return url.replace("https://localhost", "http://localhost", 1)


@pytest.fixture
def published(at: str) -> dict[str, Any]:
    """Read the discovery document."""
    answer = requests.get(f"{at}/.well-known/oauth-authorization-server", headers=THROUGH_PROXY, timeout=30)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document: dict[str, Any] = answer.json()
    return document


@pytest.fixture
def sessions() -> Iterator[Any]:
    """Make authlib's sessions, and close them."""
    made: list[OAuth2Session] = []

    def session(client_id: str, secret: Any = None, **rest: Any) -> OAuth2Session:
        made.append(OAuth2Session(client_id, secret, **rest))
        made[-1].headers.update(THROUGH_PROXY)
        return made[-1]

    yield session
    for each in made:
        each.close()


def test_what_is_published_is_sound_and_says_what_there_is(published: dict[str, Any], at: str) -> None:
    """RFC 8414, as authlib validates it."""
    AuthorizationServerMetadata(published).validate()
    assert published["issuer"] == secured(at)
    assert published["token_endpoint"] == secured(f"{at}/oauth/token/")
    assert published["grant_types_supported"] == ["client_credentials", "authorization_code", "refresh_token"]
    assert "private_key_jwt" in published["token_endpoint_auth_methods_supported"]
    assert published["code_challenge_methods_supported"] == ["S256"]
    assert "reports:start" in published["scopes_supported"]
    served = requests.get(reached(published["jwks_uri"]), headers=THROUGH_PROXY, timeout=30).json()
    assert all(key["use"] == "sig" and "d" not in key for key in served["keys"])


def test_a_secret_gets_a_token_that_works(published: dict[str, Any], at: str, sessions: Any) -> None:
    client_id, secret = clients.register("Records", organisation="northmoor", scopes=SCOPES)
    session = sessions(client_id, secret)
    session.fetch_token(reached(published["token_endpoint"]), grant_type="client_credentials")
    assert session.get(f"{at}/api/v1/reports").status_code == 200
    session.revoke_token(reached(published["revocation_endpoint"]), token=session.token["access_token"])
    assert session.get(f"{at}/api/v1/reports").status_code == 401


def test_a_private_key_gets_a_token_that_works(published: dict[str, Any], at: str, sessions: Any) -> None:
    pair = keys.made()
    client_id, _ = clients.register(
        "Signing", organisation="northmoor", scopes=SCOPES, proofs=Proofs(jwks=keys.public(pair))
    )
    session = sessions(client_id, pair, token_endpoint_auth_method="private_key_jwt")
    session.register_client_auth_method(PrivateKeyJWT(published["token_endpoint"], alg="ES256"))
    session.fetch_token(reached(published["token_endpoint"]), grant_type="client_credentials")
    assert session.get(f"{at}/api/v1/reports").status_code == 200


# Staff, through their organisation's own system


def desk(organisation: str = "northmoor") -> tuple[str, str]:
    return clients.register("Desk", organisation=organisation, scopes=SCOPES, proofs=Proofs(redirect_uris=(BACK,)))


def followed(browser: Browser, address: str) -> Any:
    """Let a browser follow an address of ours."""
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def departed(session: OAuth2Session, published: dict[str, Any], verifier: str = "v" * 50) -> tuple[str, str]:
    address, state = session.create_authorization_url(published["authorization_endpoint"], code_verifier=verifier)
    return address, state


def staff_session(sessions: Any, organisation: str = "northmoor", **rest: Any) -> OAuth2Session:
    client_id, secret = desk(organisation)
    session: OAuth2Session = sessions(
        client_id, secret, redirect_uri=BACK, code_challenge_method="S256", scope=" ".join(SCOPES), **rest
    )
    return session


def test_staff_sign_in_through_their_own_system_and_act_as_themselves(
    published: dict[str, Any], at: str, sessions: Any
) -> None:
    session = staff_session(sessions)
    address, state = departed(session, published)
    back = followed(visitors.signed_in(), address)
    assert back.status_code == 302
    answer = parse_qs(urlsplit(back["Location"]).query)
    assert back["Location"].startswith(BACK)
    assert answer["iss"] == [published["issuer"].replace("localhost", "testserver").rsplit(":", 1)[0]]
    session.fetch_token(
        reached(published["token_endpoint"]),
        authorization_response=back["Location"],
        state=state,
        code_verifier="v" * 50,
    )
    made = session.post(f"{at}/api/v1/reports", json={"kind": "move"}, headers={"Idempotency-Key": "1"})
    assert made.status_code == 201
    account = Account.objects.get()
    assert AccessToken.objects.latest("id").user == account
    # A registrar's role has no inbox, whatever the client's scopes are.
    assert session.get(f"{at}/api/v1/inbox").status_code == 403
    confirmed = session.post(f"{at}/soap/confirmations", data=b"<x/>", headers={"Content-Type": "text/xml"})
    assert (confirmed.status_code, "Systems confirm here" in confirmed.text) == (403, True)
    session.refresh_token(reached(published["token_endpoint"]))
    assert session.get(f"{at}/api/v1/reports").json()["items"][0]["id"] == made.json()["id"]
    accounts.take_role(account, Post("registrar", "northmoor"))
    assert session.get(f"{at}/api/v1/reports").status_code == 401


def test_without_the_right_verifier_a_code_is_worth_nothing(published: dict[str, Any], sessions: Any) -> None:
    """RFC 7636: whoever steals the code on its way has not the verifier."""
    session = staff_session(sessions)
    address, state = departed(session, published)
    back = followed(visitors.signed_in(), address)
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.fetch_token(
            reached(published["token_endpoint"]),
            authorization_response=back["Location"],
            state=state,
            code_verifier="w" * 50,
        )


@pytest.mark.parametrize("drop", ["code_challenge", "code_challenge_method"])
def test_without_pkce_by_s256_nobody_is_sent_back_with_a_code(
    published: dict[str, Any], sessions: Any, drop: str
) -> None:
    address, _ = departed(staff_session(sessions), published)
    kept = "&".join(each for each in urlsplit(address).query.split("&") if not each.startswith(f"{drop}="))
    back = visitors.signed_in().get(f"/oauth/authorise/?{kept}")
    assert "code=" not in back.get("Location", "")
    assert "error=invalid_request" in back.get("Location", "")


def test_staff_of_another_organisation_are_refused(published: dict[str, Any], sessions: Any) -> None:
    address, _ = departed(staff_session(sessions, "westmoor"), published)
    back = followed(visitors.signed_in(), address)
    assert back["Location"].startswith(BACK)
    assert "error=access_denied" in back["Location"]


def test_nobody_is_sent_to_an_address_that_was_not_registered(published: dict[str, Any], sessions: Any) -> None:
    address, _ = departed(staff_session(sessions), published)
    elsewhere = address.replace("desk.northmoor.example", "elsewhere.example")
    answer = followed(visitors.signed_in(), elsewhere)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_whoever_is_not_signed_in_is_asked_to(published: dict[str, Any], sessions: Any) -> None:
    address, _ = departed(staff_session(sessions), published)
    answer = followed(Browser(), address)
    assert (answer.status_code, answer.json()["error"]) == (401, "login_required")
    silent = followed(Browser(), f"{address}&prompt=none")
    assert "error=login_required" in silent["Location"]


def test_a_client_of_systems_cannot_be_used_by_staff_nor_the_other_way_round(
    published: dict[str, Any], sessions: Any
) -> None:
    client_id, secret = desk()
    with pytest.raises(OAuthError, match="unauthorized_client"):
        sessions(client_id, secret).fetch_token(reached(published["token_endpoint"]), grant_type="client_credentials")
