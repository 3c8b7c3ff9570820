"""Far ends for notices: a mail server that is real, and one that answers as GOV.UK Notify does."""

import json
import threading
from asyncio import WriteTransport
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy import ports
from tellusonce import brokers

ID = "0f3f2a34-6d5e-4e8e-9d3c-1f5b8a9c7e21"


class Mailroom:
    """A mail server that keeps what it took; `refusals` and `endings` are what it says to the next messages."""

    def __init__(self) -> None:
        self.took: list[EmailMessage] = []
        self.asked = 0
        self.refusals: list[str] = []
        self.endings: list[str] = []

    async def handle_RCPT(self, *told: Any) -> str:  # noqa: N802  aiosmtpd names it
        """Take an address, or do as `refusals` says."""
        _, _, envelope, address, _ = told
        self.asked += 1
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd names it
        """Take a message, and then do as `endings` says."""
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.took.append(parsed)
        ending = self.endings.pop(0) if self.endings else "250 taken"
        if ending == "hang up":
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return ending


@pytest.fixture
def mailroom(settings: Any) -> Iterator[Mailroom]:
    """Send by SMTP, to a server that keeps what came."""
    room = Mailroom()
    held = ports.hold()
    port = ports.number(held)
    held.close()
    controller = Controller(room, hostname="127.0.0.1", port=port)
    controller.start()
    settings.NOTICES_CHANNEL = "smtp"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = False
    settings.NOTICES_FROM = "Tell Us Once <no-reply@northmoor.example>"
    yield room
    controller.stop()


class Exchange:
    """What Notify took, by path; `refusals` are statuses that it gives instead, `losses` are taken and not answered."""

    def __init__(self) -> None:
        self.took: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.refusals: list[int] = []
        self.losses = 0
        self.fates: dict[str, str] = {}
        self.credentials: list[str] = []

    def references(self) -> list[str]:
        """Give the references of all that was taken."""
        return [body["reference"] for _, body in self.took]


def _handler(exchange: Exchange) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reference = parse_qs(urlsplit(self.path).query)["reference"][0]
            exchange.asked.append(reference)
            found = [
                {"id": ID, "status": exchange.fates.get(reference, "sending")}
                for known in exchange.references()
                if known == reference
            ]
            self.answer(200, {"notifications": found, "links": {}})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            exchange.credentials.append(self.headers["Authorization"])
            if exchange.refusals:
                self.answer(exchange.refusals.pop(0), {"errors": [{"error": "BadRequestError", "message": "no"}]})
                return
            exchange.took.append((self.path, body))
            if exchange.losses:
                exchange.losses -= 1
                self.connection.close()
                return
            self.answer(201, {"id": ID, "reference": body["reference"]})

        def answer(self, status: int, body: dict[str, Any]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name it has there
            """Be quiet."""

    return Handler


@pytest.fixture
def exchange(settings: Any) -> Iterator[Exchange]:
    """Send by Notify, to a server that keeps what came."""
    kept = Exchange()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(kept))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.NOTICES_CHANNEL = "notify"
    settings.NOTIFY_URL = f"http://127.0.0.1:{server.server_port}"
    settings.NOTIFY_API_KEY = f"tests-{ID}-{ID}"
    settings.NOTIFY_EMAIL_TEMPLATE, settings.NOTIFY_TEXT_TEMPLATE = "email-template", "text-template"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def fresh_breaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget that the broker was down in an earlier test."""
    monkeypatch.setattr(brokers, "_quiet_until", 0.0)
    brokers.valkey.cache_clear()
    yield
    brokers.valkey().close()
    brokers.valkey.cache_clear()
