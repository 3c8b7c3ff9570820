"""A server on a real socket, and systems that prove who they are in the message itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test.testcases import LiveServerThread

from deploy import ports
from identity import clients, signers
from tests.adapters.signing import Party, party

SCOPES = ["reports:start", "reports:answer", "reports:read", "evidence:record", "confirmations:write"]


@dataclass(frozen=True)
class System:
    """A client with its secret and, once it has been registered, its certificate."""

    client_id: str
    secret: str
    party: Party

    def is_registered(self) -> None:
        """Have its certificate counted."""
        signers.set_certificates(self.client_id, self.party.certificate)


def system(organisation: str, *, scopes: list[str] = SCOPES) -> System:
    """Register a client of an organisation."""
    client_id, secret = clients.register(f"System of {organisation}", organisation=organisation, scopes=scopes)
    return System(client_id, secret, party(organisation, days=36500))


@pytest.fixture
def address(transactional_db: None, settings: Any) -> Iterator[str]:
    """Serve on a real socket, over HTTP for the test's sake; what the test writes is there."""
    settings.SECURE_SSL_REDIRECT = False
    server = LiveServerThread(ports.HOST, lambda _: WSGIHandler())  # type: ignore[arg-type]  # any maker will do
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://{ports.HOST}:{server.port}"
    server.terminate()
