"""Signing in with an OpenID provider over real HTTP: each thing that it may get wrong is refused for that thing."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from joserfc.jwk import ECKey

from identity import accounts, oidc, providers, tokens
from identity.accounts import Post
from identity.models import Account
from tests.accounts import peers, visitors
from tests.accounts.peers import CLIENT, SUBJECT
from tests.accounts.visitors import Browser

pytestmark = pytest.mark.django_db
JSON = Any


@pytest.fixture
def peer() -> Iterator[peers.Provider]:
    with peers.running() as provider:
        yield provider


@pytest.fixture
def use(peer: peers.Provider, tmp_path: Path, settings: Any) -> Any:
    def write(**changes: JSON) -> None:
        usual = {
            "name": "one-login", "title": "One Login", "lets_in": "citizens", "issuer": peer.issuer,
            "client_id": CLIENT, "vtr": ["Cl.Cm.P2"],
            "core_identity": {"issuer": f"{peer.issuer}/", "keys": f"{peer.issuer}/did.json"},
        }  # fmt: skip
        file = tmp_path / f"providers-{len(list(tmp_path.iterdir()))}.json"
        file.write_text(json.dumps([peers.present({**usual, **changes})]))
        settings.SIGN_IN_PROVIDERS_FILE = str(file)

    write()
    return write


def come_back(browser: Browser, peer: peers.Provider, **changes: str | None) -> Any:
    """Go to the provider and come back, with some of what it sends back changed."""
    left = browser.get("/accounts/providers/one-login")
    said = {**peer.authorize(left["Location"]), **changes}
    return browser.get(f"/accounts/providers/one-login/return?{urlencode(peers.present(said))}")


def refused(answer: Any) -> str:
    assert answer.status_code == 403, answer.content
    return str(answer.json()["detail"].split("(")[1].split(")")[0])


def test_a_citizen_comes_back_with_an_identity_proved(peer: peers.Provider, use: Any) -> None:
    browser = Browser()
    assert come_back(browser, peer)["Location"] == "/home"
    assert (browser.visitor["roles"], browser.visitor["confidence"]) == (["citizen"], "P2")
    assert peer.asked["vtr"] == '["Cl.Cm.P2"]'
    assert peer.asked["code_challenge_method"] == "S256"
    assert peers.CORE in peer.asked["claims"]


def test_the_same_citizen_has_the_same_account_again(peer: peers.Provider, use: Any) -> None:
    first, second = Browser(), Browser()
    come_back(first, peer)
    come_back(second, peer)
    assert first.visitor["name"] == second.visitor["name"]
    assert Account.objects.count() == 1


def test_nothing_that_the_provider_said_of_somebody_is_kept(peer: peers.Provider, use: Any) -> None:
    browser = Browser()
    come_back(browser, peer)
    with connection.cursor() as cursor:
        for table in ("account", "appointment", "providerlink", "session", "access", "tries"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM identity_{table} t")  # noqa: S608  our own names
            kept = cursor.fetchone()[0] or ""
            assert not any(each in kept for each in (SUBJECT, SUBJECT.encode().hex(), "Tamblyn", "1967-06-21"))


NOW = int(time.time())


def called(value: Any) -> str:
    """Name a case, times by how far they are from now: it is called the same in every run."""
    if isinstance(value, str):
        return value
    return str({name: each - NOW if isinstance(each, int) else each for name, each in value.items()})


WRONG_IN_ID_TOKEN = [
    ("iss", {"iss": "https://somebody.example"}),
    ("aud", {"aud": "another-client"}),
    ("aud", {"aud": [CLIENT, "another-client"]}),
    ("aud", {"aud": None}),
    ("exp", {"exp": NOW - 3600}),
    ("exp", {"exp": None}),
    ("exp", {"exp": "tomorrow"}),
    ("iat", {"iat": NOW - 7200}),
    ("iat", {"iat": NOW + 7200}),
    ("iat", {"iat": None}),
    ("nbf", {"nbf": NOW + 7200}),
    ("nonce", {"nonce": "another"}),
    ("nonce", {"nonce": None}),
    ("at_hash", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    ("vot", {"vot": "Cl"}),
    ("vot", {"vot": None}),
    ("vot", {"vot": "Cl.Cm.P0"}),
    ("sub", {"sub": ""}),
    ("sub", {"sub": None}),
    ("userinfo-sub", {"sub": "another-subject"}),
]


@pytest.mark.parametrize(("code", "claims"), WRONG_IN_ID_TOKEN, ids=called)
def test_an_id_token_that_is_wrong_in_one_thing_is_refused(
    peer: peers.Provider, use: Any, code: str, claims: JSON
) -> None:
    peer.wrong.id_token = claims
    browser = Browser()
    assert refused(come_back(browser, peer)) == code
    assert browser.visitor is None
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("code", "header"),
    [("alg", {"alg": "none"}), ("alg", {"alg": "HS256"}), ("kid", {"kid": "unknown"}), ("kid", {"kid": None})],
    ids=str,
)
def test_an_id_token_with_a_wrong_header_is_refused(peer: peers.Provider, use: Any, code: str, header: JSON) -> None:
    peer.wrong.id_header = header
    assert refused(come_back(Browser(), peer)) == code


def test_an_id_token_signed_by_another_key_is_refused(peer: peers.Provider, use: Any) -> None:
    peer.wrong.signed_by = ECKey.generate_key("P-256")
    assert refused(come_back(Browser(), peer)) == "signature"


def test_a_key_that_the_provider_has_changed_is_fetched_again(peer: peers.Provider, use: Any) -> None:
    come_back(Browser(), peer)
    peer.key = ECKey.generate_key("P-256")
    assert come_back(Browser(), peer).status_code == 302
    assert peer.heard.count("/jwks") == 2


WRONG_IN_CORE_IDENTITY = [
    ("core-sub", {"sub": "another-subject"}),
    ("core-sub", {"sub": None}),
    ("core-aud", {"aud": "another-client"}),
    ("core-iss", {"iss": "https://identity.example/"}),
    ("core-exp", {"exp": NOW - 3600}),
    ("core-vot", {"vot": "P0"}),
    ("core-vot", {"vot": None}),
    ("core-vc", {"vc": {}}),
    ("core-vc", {"vc": {"credentialSubject": {"name": [], "birthDate": []}}}),
]


@pytest.mark.parametrize(("code", "claims"), WRONG_IN_CORE_IDENTITY, ids=called)
def test_a_core_identity_that_is_wrong_in_one_thing_is_refused(
    peer: peers.Provider, use: Any, code: str, claims: JSON
) -> None:
    peer.wrong.core = claims
    assert refused(come_back(Browser(), peer)) == code
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("code", "header"),
    [("core-alg", {"alg": "none"}), ("core-kid", {"kid": None}), ("core-kid", {"kid": "did:web:other.example#k1"})],
    ids=str,
)
def test_a_core_identity_with_a_wrong_header_is_refused(
    peer: peers.Provider, use: Any, code: str, header: JSON
) -> None:
    peer.wrong.core_header = header
    assert refused(come_back(Browser(), peer)) == code


def test_a_core_identity_signed_by_another_key_is_refused(peer: peers.Provider, use: Any) -> None:
    peer.wrong.core_signed_by = ECKey.generate_key("P-256")
    assert refused(come_back(Browser(), peer)) == "core-signature"


def test_the_key_of_the_id_token_does_not_prove_an_identity(peer: peers.Provider, use: Any) -> None:
    peer.wrong.core_signed_by = peer.key
    assert refused(come_back(Browser(), peer)) == "core-signature"


def test_a_key_that_another_controls_proves_no_identity(peer: peers.Provider, use: Any) -> None:
    peer.wrong.did = {"controller": "did:web:other.example"}
    assert refused(come_back(Browser(), peer)) == "core-kid"


def test_somebody_whose_identity_was_not_proved_is_refused(peer: peers.Provider, use: Any) -> None:
    peer.wrong.userinfo = {peers.CORE: None}
    assert refused(come_back(Browser(), peer)) == "not-proved"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("state", {"state": "another"}),
        ("state", {"state": None}),
        ("mix-up", {"iss": "https://other.example"}),
        ("denied", {"code": None, "error": "access_denied"}),
    ],
    ids=str,
)
def test_who_comes_back_with_something_wrong_is_refused(
    peer: peers.Provider, use: Any, code: str, changes: JSON
) -> None:
    assert refused(come_back(Browser(), peer, **changes)) == code


def test_nobody_comes_back_who_did_not_leave(peer: peers.Provider, use: Any) -> None:
    left = Browser().get("/accounts/providers/one-login")
    said = urlencode(peer.authorize(left["Location"]))
    assert refused(Browser().get(f"/accounts/providers/one-login/return?{said}")) == "state"


def test_nobody_comes_back_twice_on_one_leaving(peer: peers.Provider, use: Any) -> None:
    browser = Browser()
    left = browser.get("/accounts/providers/one-login")
    back = f"/accounts/providers/one-login/return?{urlencode(peer.authorize(left['Location']))}"
    assert browser.get(back).status_code == 302
    assert refused(browser.get(back)) == "state"


def test_a_description_that_names_another_issuer_is_refused(peer: peers.Provider, use: Any) -> None:
    peer.wrong.discovery = {"issuer": "https://other.example"}
    assert refused(Browser().get("/accounts/providers/one-login")) == "discovery"


def test_a_provider_that_sends_us_elsewhere_is_not_followed(peer: peers.Provider, use: Any) -> None:
    peer.wrong.redirects = True
    assert Browser().get("/accounts/providers/one-login").status_code == 502
    assert not any(path.startswith("/elsewhere") for path in peer.heard)


def test_we_prove_who_we_are_by_a_private_key(peer: peers.Provider, use: Any, tmp_path: Path) -> None:
    peer.our_key = ECKey.generate_key("P-256")
    file = tmp_path / "ours.pem"
    file.write_bytes(peer.our_key.as_pem(private=True))
    use(private_key_file=str(file))
    assert come_back(Browser(), peer).status_code == 302
    assert peer.granted["client_assertion_type"].endswith("jwt-bearer")
    assert "client_secret" not in peer.granted


def test_a_key_that_is_not_ours_gets_no_token(peer: peers.Provider, use: Any, tmp_path: Path) -> None:
    peer.our_key = ECKey.generate_key("P-256")
    file = tmp_path / "another.pem"
    file.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    use(private_key_file=str(file))
    assert come_back(Browser(), peer).status_code in {403, 502}


def test_staff_come_in_only_if_an_operator_linked_them(peer: peers.Provider, use: Any) -> None:
    use(lets_in="staff", vtr=None, core_identity=None)
    assert refused(come_back(Browser(), peer)) == "no-account"
    account, _ = accounts.add("ada", posts=[Post("registrar", "northmoor")], password=visitors.PASSWORD)
    accounts.link(account, provider="one-login", issuer=peer.issuer, subject=SUBJECT)
    browser = Browser()
    assert come_back(browser, peer).status_code == 302
    assert (browser.visitor["roles"], browser.visitor["organisation"]) == (["registrar"], "northmoor")


def test_a_disabled_account_is_not_let_in_by_its_provider(peer: peers.Provider, use: Any) -> None:
    come_back(Browser(), peer)
    accounts.disable(Account.objects.get())
    assert refused(come_back(Browser(), peer)) == "no-account"


def test_a_provider_that_is_not_there_says_so(use: Any) -> None:
    use(issuer="http://127.0.0.1:9")
    answer = Browser().get("/accounts/providers/one-login")
    assert (answer.status_code, answer.json()["type"]) == (502, "urn:tell-us-once:problem:provider-unreachable")
    assert Browser().get("/accounts/providers/unknown").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": "http://one.example"}, "issuer: Value error, it has to begin with https://"),
        ({"algorithms": ["none"]}, "signatures may be"),
        ({"core_identity": None}, "P2 needs core_identity"),
        ({"lets_in": "everybody"}, "lets_in"),
        ({"password": "x"}, "password"),
    ],
    ids=str,
)
def test_a_file_that_cannot_be_used_is_said_to_be_so(use: Any, changes: JSON, words: str) -> None:
    use(**changes)
    with pytest.raises(providers.BadProviders, match=words):
        providers.known()
    assert Browser().get("/accounts/providers/one-login").status_code == 503


def test_nothing_of_a_person_shows_when_an_arrival_is_printed() -> None:
    person = tokens.Person(({"value": "Tamblyn"},), "1967-06-21", "P2")
    assert "Tamblyn" not in repr(oidc.Arrival("a-subject", person))
    assert "a-subject" not in repr(oidc.Arrival("a-subject", person))
