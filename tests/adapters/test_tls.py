"""TLS against real sockets: nothing is said to a peer who cannot prove who he is (F16)."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters import egress
from adapters.contract import Failure, Misconfigured, Transient
from tests.adapters.authorities import Authority
from tests.adapters.peers import PATIENT, Peer, ask, peer, reply, says

OK = says(reply(200))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def way_out(authority: Authority) -> Iterator[egress.Egress]:
    out = egress.Egress(trust=authority.trusted)
    yield out
    out.close()


@contextlib.contextmanager
def secure(context: ssl.SSLContext) -> Iterator[Peer]:
    with peer(OK, tls=context) as there:
        there.url = there.url.replace("127.0.0.1", "localhost")
        yield there


def failed(way_out: egress.Egress, url: str, *, limits: egress.Limits = PATIENT) -> tuple[type[Failure], str]:
    failure = ask(way_out, url, limits=limits)[0].failure
    return type(failure), str(failure)  # type: ignore[return-value]


def test_a_peer_who_proves_who_he_is_is_told_under_the_name_that_was_asked_for(
    way_out: egress.Egress, authority: Authority
) -> None:
    asked: list[str] = []
    context = authority.server()
    context.sni_callback = lambda *told: asked.append(told[1])
    with secure(context) as there:
        assert ask(way_out, there.url)[0].failure is None
    assert asked == ["localhost"]
    assert f"Host: localhost:{there.port}".encode() in there.heads[0]


@pytest.mark.parametrize("how", ["expired", "self-signed", "wrong host"])
def test_a_peer_who_cannot_is_told_nothing(way_out: egress.Egress, authority: Authority, how: str) -> None:
    """F16: TLS expired, wrong host, self-signed."""
    context = authority.server(how, name="elsewhere.example" if how == "wrong host" else "localhost")
    with secure(context) as there:
        assert failed(way_out, there.url) == (Misconfigured, "tls-certificate")
    assert there.bodies == []


def test_an_authority_that_is_not_ours_proves_nothing(authority: Authority) -> None:
    """F16: a certificate that nobody whom we believe has signed."""
    out = egress.Egress()
    with secure(authority.server()) as there:
        assert failed(out, there.url) == (Misconfigured, "tls-certificate")
    out.close()
    assert there.bodies == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_an_old_protocol_is_not_spoken(way_out: egress.Egress, authority: Authority) -> None:
    """F16: old protocol."""
    context = authority.server()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with secure(context) as there:
        assert failed(way_out, there.url) == (Misconfigured, "tls-handshake")
    assert there.bodies == []


def test_a_lenient_context_is_made_strict(authority: Authority) -> None:
    context = authority.trusted()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    egress.Egress(trust=lambda: context).close()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_plain_http_behind_an_https_address_is_told_nothing(way_out: egress.Egress) -> None:
    with peer(OK) as there:
        url = there.url.replace("http://127.0.0.1", "https://localhost")
        brief = replace(PATIENT, connect_for=0.5)
        assert failed(way_out, url, limits=brief) == (Transient, "connect-timeout")
    assert there.bodies == []


def test_a_peer_who_hangs_up_during_the_handshake_is_tried_again(way_out: egress.Egress) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)

        def hang_up() -> None:
            listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        assert failed(way_out, f"https://localhost:{listener.getsockname()[1]}/")[0] is Transient
