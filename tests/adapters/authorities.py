"""Certificate authorities of the tests' own, and the certificates that they give: good, or bad in one way."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Authority:
    """An authority; `pem` is what is believed of it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
        self.pem = _pem(self._signed(self._name, self._key, {}))

    def _signed(self, name: x509.Name, key: Key, how: dict[str, str]) -> x509.Certificate:
        now = datetime.now(UTC)
        since = now + timedelta(days=1) if how.get("is") == "not yet" else LONG_AGO
        until = LONG_AGO + timedelta(days=30) if how.get("is") == "expired" else now + timedelta(days=30)
        issuer = name if how.get("is") == "self-signed" else self._name
        made = x509.CertificateBuilder(issuer_name=issuer, subject_name=name, public_key=key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)
        made = made.add_extension(x509.BasicConstraints(ca=not how, path_length=None), critical=True)
        identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = made.add_extension(identity, critical=False)
        if how:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(how["name"])]), critical=False)
        return made.sign(key if how.get("is") == "self-signed" else self._key, hashes.SHA256())

    def pair(self, how: str = "good", *, name: str = "localhost") -> tuple[str, str]:
        """Give a certificate and its key, as PEM."""
        key: Key = ec.generate_private_key(ec.SECP256R1())
        if how == "short":
            key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is what is wrong with it
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return _pem(self._signed(subject, key, {"name": name, "is": how})), secret

    def server(self, how: str = "good", *, name: str = "localhost", clients: str = "") -> ssl.SSLContext:
        """Make a server's side; `clients` is the PEM of whoever has to vouch for a client."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "server.pem")
            path.write_text("".join(self.pair(how, name=name)))
            context.load_cert_chain(path)
        if clients:
            context.load_verify_locations(cadata=clients)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def trusted(self) -> ssl.SSLContext:
        """Make a client's side that believes this authority alone."""
        return ssl.create_default_context(cadata=self.pem)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
