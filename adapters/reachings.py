"""Look whether an origin can be reached: its name resolves to where we may go, it answers, its certificate holds.

Nothing is said to it. The checks are those of the egress, and so are the codes.
"""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters import addresses, certificates
from adapters.contract import Misconfigured, Tls, Transient

CERTIFICATE_HAS_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom we reached; without TLS there is neither a version of it nor a certificate."""

    host: str
    port: int
    tls: str = ""
    until: datetime | None = None

    @property
    def words(self) -> str:
        """Say it in a few words."""
        if self.until is None:
            return f"{self.host}:{self.port}, without TLS"
        return f"{self.host}:{self.port}, {self.tls}, its certificate expires on {self.until.date()}"


def reach(url: str, allowed: addresses.Allowed, *, tls: Tls | None, seconds: float) -> Reached:
    """Connect, and shake hands where it is https.

    Raises a Failure: as the egress does, and ``tls-certificate-expired`` apart from ``tls-certificate``.
    """
    target = addresses.target(url, allowed)
    with _connected(target, seconds) as plain:
        if target.scheme != "https":
            return Reached(target.host, target.port)
        context = certificates.context(tls)
        try:
            with context.wrap_socket(plain, server_hostname=target.host) as secured:
                return _described(target, secured)
        except ssl.SSLCertVerificationError as error:
            is_expired = error.verify_code == CERTIFICATE_HAS_EXPIRED
            raise Misconfigured("tls-certificate-expired" if is_expired else "tls-certificate") from None
        except (OSError, ValueError):
            raise Misconfigured("tls-handshake") from None


def _connected(target: addresses.Target, seconds: float) -> socket.socket:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Transient("dns-failed") from None
    for *_, address in found:
        addresses.check(str(address[0]), target)
    code = "connect-failed"
    for *_, address in found:
        try:
            return socket.create_connection((str(address[0]), target.port), timeout=seconds)
        except OSError as error:
            code = "connect-refused" if isinstance(error, ConnectionRefusedError) else "connect-failed"
    raise Transient(code)


def _described(target: addresses.Target, secured: ssl.SSLSocket) -> Reached:
    certificate = secured.getpeercert() or {}
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    return Reached(target.host, target.port, secured.version() or "", until)
