"""Mutual TLS: a route's certificate is presented, or nothing is sent; F16 where a server does not want it."""

import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from adapters import certificates, egress, options, pools
from adapters.contract import Endpoint, Misconfigured, Request, Tls, TokenDemand
from tests.adapters.authorities import Authority
from tests.adapters.peers import Peer, ask, peer, reply, says

NOW = datetime.now(UTC)
NAMES = {"certificate": "ours", "key": "our-key"}
ADDRESS = "https://northmoor.example/in"
authority, another = Authority(), Authority()
CERTIFICATE, KEY = authority.pair()


def place(tls: Any, *, adapter: str = "rest") -> Endpoint:
    return Endpoint("northmoor", adapter, ADDRESS, {} if tls is None else {"tls": tls})


def secured(tls: Any, keys: Mapping[str, str], *, url: str = ADDRESS, at: datetime = NOW) -> Request:
    return certificates.secured(Request(url, {}, b""), place(tls), at=at, keys=keys)


def test_without_tls_settings_a_request_stays_as_it_is() -> None:
    assert secured(None, {}).tls is None


def test_a_certificate_its_key_and_an_authority_come_from_the_secrets_that_are_named() -> None:
    keys = {"ours": CERTIFICATE, "our-key": KEY, "theirs": another.pem}
    assert secured(NAMES | {"authority": "theirs"}, keys).tls == Tls(CERTIFICATE, KEY, another.pem)
    assert secured({"authority": "theirs"}, keys).tls == Tls(authority=another.pem)


def locked(secret: str) -> str:
    key = certificates._key(Tls(key=secret))
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")).decode())


UNUSABLE: dict[str, tuple[dict[str, str], str]] = {
    "no certificate": ({"our-key": KEY}, "key-missing"),
    "no key": ({"ours": CERTIFICATE}, "key-missing"),
    "an empty key": ({"ours": CERTIFICATE, "our-key": ""}, "key-missing"),
    "another name": ({"mine": CERTIFICATE, "our-key": KEY}, "key-missing"),
    "half a certificate": ({"ours": CERTIFICATE[:300], "our-key": KEY}, "certificate-unreadable"),
    "the key in its place": ({"ours": KEY, "our-key": KEY}, "certificate-unreadable"),
    "the certificate as key": ({"ours": CERTIFICATE, "our-key": CERTIFICATE}, "certificate-key-unreadable"),
    "a locked key": ({"ours": CERTIFICATE, "our-key": locked(KEY)}, "certificate-key-unreadable"),
    "another's key": ({"ours": CERTIFICATE, "our-key": authority.pair()[1]}, "certificate-key-misfit"),
    "expired": (dict(zip(("ours", "our-key"), authority.pair("expired"), strict=True)), "certificate-expired"),
    "not yet": (dict(zip(("ours", "our-key"), authority.pair("not yet"), strict=True)), "certificate-not-yet-valid"),
}


@pytest.mark.parametrize("how", UNUSABLE)
def test_a_certificate_that_cannot_be_used_sends_nothing(how: str) -> None:
    """F28: a key that is missing; issue 5: fail closed."""
    keys, code = UNUSABLE[how]
    with pytest.raises(Misconfigured) as failed:
        secured(NAMES, keys)
    assert failed.value.code == code
    assert failed.value.__cause__ is None


def test_an_authority_that_cannot_be_read_sends_nothing() -> None:
    with pytest.raises(Misconfigured, match="authority-unreadable"):
        secured({"authority": "theirs"}, {"theirs": "no PEM"})


def test_a_certificate_is_judged_by_the_moment_that_is_passed() -> None:
    keys = {"ours": CERTIFICATE, "our-key": KEY}
    assert secured(NAMES, keys, at=NOW + timedelta(days=29)).tls
    with pytest.raises(Misconfigured, match="certificate-expired"):
        secured(NAMES, keys, at=NOW + timedelta(days=31))


def test_a_certificate_and_a_token_over_plain_http_do_not_go_together() -> None:
    demand = TokenDemand("http://login.example/token", "us", "s3cret", "client_secret_basic")
    request, keys = Request(ADDRESS, {}, b"", token=demand), {"ours": CERTIFICATE, "our-key": KEY}
    with pytest.raises(Misconfigured, match="tls-without-https"):
        certificates.secured(request, place(NAMES), at=NOW, keys=keys)


def test_a_certificate_and_plain_http_do_not_go_together() -> None:
    with pytest.raises(Misconfigured, match="tls-without-https"):
        secured(NAMES, {"ours": CERTIFICATE, "our-key": KEY}, url="http://northmoor.example/in")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"certificate": "ours"}, "a certificate is nothing without its key"),
        ({"key": "ours"}, "a certificate is nothing without its key"),
        ({}, "says nothing; give"),
        ({"certificate": "ours", "key": "k", "verify": False}, "Extra inputs"),
        ("ours", "valid dictionary"),
    ],
)
def test_settings_that_do_not_fit_are_said_and_send_nothing(told: Any, words: str) -> None:
    (sentence,) = options.faults(options.Common, place(told))
    assert sentence.startswith("`tls")
    assert words in sentence
    with pytest.raises(Misconfigured, match="settings-invalid"):
        secured(told, {"ours": CERTIFICATE, "k": KEY})


def test_neither_key_nor_headers_are_in_what_is_printed() -> None:
    request = Request(ADDRESS, {"Authorization": "Bearer s3cret"}, b"Mrs Lee", tls=Tls(CERTIFICATE, KEY))
    printed = repr(request)
    assert not any(secret in printed for secret in ("s3cret", "Mrs Lee", KEY.splitlines()[1]))


def test_the_key_never_lies_in_a_file_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Watched(ssl.SSLContext):
        def load_cert_chain(self, certfile: Any, keyfile: Any = None, password: Any = None) -> None:
            seen.append(Path(certfile).read_text())
            super().load_cert_chain(certfile, keyfile, password)

    certificates.context(Tls(CERTIFICATE, KEY), trust=lambda: Watched(ssl.PROTOCOL_TLS_CLIENT))
    assert "BEGIN ENCRYPTED PRIVATE KEY" in seen[0]
    assert "BEGIN PRIVATE KEY" not in seen[0]


def test_a_key_that_the_tls_library_does_not_take_sends_nothing() -> None:
    """A short RSA key can be read, and is below what OpenSSL lets through."""
    with pytest.raises(Misconfigured, match="certificate-unusable"):
        certificates.context(Tls(*authority.pair("short")))


@pytest.fixture(scope="module")
def way_out() -> Iterator[egress.Egress]:
    out = egress.Egress(trust=authority.trusted)
    yield out
    out.close()


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def there(request: pytest.FixtureRequest) -> Iterator[Peer]:
    """Run a server that wants to know whom it talks to."""
    context = authority.server(clients=authority.pem)
    context.minimum_version = context.maximum_version = request.param
    with peer(says(reply(200)), tls=context) as running:
        running.url = running.url.replace("127.0.0.1", "localhost")
        yield running


def test_a_server_that_wants_a_certificate_is_shown_it(way_out: egress.Egress, there: Peer) -> None:
    (answer,) = ask(way_out, there.url, tls=Tls(CERTIFICATE, KEY))
    assert answer.failure is None
    assert len(there.bodies) == 1


REFUSED = {
    "none": None,
    "another authority's": Tls(*another.pair(name="other")),
    "expired": Tls(*authority.pair("expired")),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_server_that_refuses_our_certificate_has_taken_nothing(way_out: egress.Egress, there: Peer, how: str) -> None:
    """F16: client certificate refused."""
    (answer,) = ask(way_out, there.url, tls=REFUSED[how])
    assert isinstance(answer.failure, Misconfigured)
    assert answer.failure.code in {"tls-client-refused", "tls-handshake"}
    assert there.bodies == []


def test_an_authority_that_is_named_is_the_only_one_that_is_believed() -> None:
    own, other = another.server(), authority.server()
    out = egress.Egress(trust=authority.trusted)
    tls = Tls(authority=another.pem)
    with peer(says(reply(200)), tls=own) as theirs, peer(says(reply(200)), tls=other) as usual:
        answers = [ask(out, each.url.replace("127.0.0.1", "localhost"), tls=tls)[0] for each in (theirs, usual)]
    out.close()
    assert answers[0].failure is None
    assert str(answers[1].failure) == "tls-certificate"
    assert usual.bodies == []


def test_a_certificate_that_is_replaced_is_shown_at_once_and_the_former_pool_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F28: rotated in flight; no connection that was made with the former one is used again."""
    monkeypatch.setattr(pools, "RETIRED_AFTER", 0.0)
    monkeypatch.setattr(pools, "LISTENED_FOR", 0.0)
    shown: list[Any] = []

    def say(connection: Any) -> None:
        shown.append(connection.getpeercert()["serialNumber"])
        connection.sendall(reply(200))

    out = egress.Egress(trust=authority.trusted)
    with peer(say, tls=authority.server(clients=authority.pem)) as running:
        url = running.url.replace("127.0.0.1", "localhost")
        for tls in (Tls(CERTIFICATE, KEY), Tls(CERTIFICATE, KEY), Tls(*authority.pair())):
            assert ask(out, url, tls=tls)[0].failure is None
    assert (len(set(shown[:2])), len(set(shown)), running.connections, len(out._pools)) == (1, 2, 2, 1)
    out.close()
