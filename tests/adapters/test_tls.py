"""TLS against real sockets: nothing is said to a peer who cannot prove who he is (F16)."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters import egress
from adapters.contract import Failure, Misconfigured, Transient
from tests.adapters.peers import PATIENT, Peer, ask, peer, reply, says

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OK = says(reply(200))


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
        self._root = self._sign(self._name, self._key, {}, is_authority=True)
        self.path = self._write("root", self._root, self._key)

    def _sign(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, host: dict[str, str], *, is_authority: bool
    ) -> x509.Certificate:
        until = LONG_AGO + timedelta(days=30) if host.get("is") == "expired" else datetime.now(UTC) + timedelta(days=30)
        issuer = name if host.get("is") == "self-signed" else self._name
        made = x509.CertificateBuilder(issuer_name=issuer, subject_name=name, public_key=key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(LONG_AGO).not_valid_after(until)
        made = made.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = made.add_extension(identity, critical=False)
        if not is_authority:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host["name"])]), critical=False)
        return made.sign(key if host.get("is") == "self-signed" else self._key, hashes.SHA256())

    def _write(self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Path:
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self.folder / f"{name}.pem"
        path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def server(self, how: str = "good", *, name: str = "localhost") -> ssl.SSLContext:
        """Make a server's side, good or bad in one way."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key, {"name": name, "is": how}, is_authority=False)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._write(how, certificate, key))
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def way_out(authority: Authority) -> Iterator[egress.Egress]:
    out = egress.Egress(certificates=ssl.create_default_context(cafile=authority.path))
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
    context = authority.server(how, name="elsewhere.example" if how == "wrong host" else "localhost")
    with secure(context) as there:
        assert failed(way_out, there.url) == (Misconfigured, "tls-certificate")
    assert there.bodies == []


def test_an_authority_that_is_not_ours_proves_nothing(authority: Authority) -> None:
    out = egress.Egress()
    with secure(authority.server()) as there:
        assert failed(out, there.url) == (Misconfigured, "tls-certificate")
    out.close()
    assert there.bodies == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_an_old_protocol_is_not_spoken(way_out: egress.Egress, authority: Authority) -> None:
    context = authority.server()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with secure(context) as there:
        assert failed(way_out, there.url) == (Misconfigured, "tls-handshake")
    assert there.bodies == []


def test_a_lenient_context_is_made_strict(authority: Authority) -> None:
    context = ssl.create_default_context(cafile=authority.path)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    egress.Egress(certificates=context).close()
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
