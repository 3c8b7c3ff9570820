"""How the demonstration's systems call the service."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.demo import calls
from deploy.demo.calls import Login, System, Unexpected

TOKEN = (200, {"access_token": "t-1", "expires_in": 600})


class Pretended(http.server.ThreadingHTTPServer):
    """A service that gives what it was told to, in turn, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers: list[tuple[int, Any]] = []
        self.heard: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers for it."""

    server: Pretended

    def do_GET(self) -> None:
        """Keep what was sent, and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append((f"{self.command} {self.path}", dict(self.headers), body))
        status, said = self.server.answers.pop(0)
        text = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET  # noqa: N815  so http.server wants it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pretended]:
    monkeypatch.setattr(calls, "PAUSE_SECONDS", 0.01)
    with Pretended() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_token_is_asked_for_once_and_shown_each_time(service: Pretended) -> None:
    service.answers = [TOKEN, (201, {"id": "r-1"}), (200, {})]
    system = System(service.url, Login("office", "secret"))
    assert system.call("POST", "/reports", {"kind": "death"}, key="k-1") == {"id": "r-1"}
    system.call("GET", "/reports?limit=1")
    asked, told, read = service.heard
    assert asked[0] == "POST /oauth/token/"
    assert asked[2] == b"grant_type=client_credentials"
    assert told[1]["Authorization"] == read[1]["Authorization"] == "Bearer t-1"
    assert (told[1]["Idempotency-Key"], told[2]) == ("k-1", b'{"kind": "death"}')
    assert read[0] == "GET /reports?limit=1"
    assert "Idempotency-Key" not in read[1]


def test_a_busy_service_is_asked_again(service: Pretended) -> None:
    service.answers = [TOKEN, (503, {}), (429, {}), (200, {"id": "r-1"})]
    assert System(service.url, Login("office", "secret")).call("GET", "/reports") == {"id": "r-1"}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([TOKEN, (422, {"title": "Faults"})], 'GET /reports was answered 422: {"title": "Faults"}'),
        ([TOKEN, (200, b"<html>")], "The service answered 200 and no JSON."),
        ([(401, {"error": "invalid_client"})], "No token was given: invalid_client."),
    ],
)
def test_anything_else_is_said_in_a_sentence(service: Pretended, answers: list[tuple[int, Any]], words: str) -> None:
    service.answers = answers
    with pytest.raises(Unexpected) as unexpected:
        System(service.url, Login("office", "secret")).call("GET", "/reports")
    assert str(unexpected.value) == words


def test_a_service_that_cannot_be_reached_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(calls, "PAUSE_SECONDS", 0.01)
    with pytest.raises(Unexpected, match=r"http://127\.0\.0\.1:9/x could not be reached \(ConnectionRefusedError\)\."):
        calls.insist("GET", "http://127.0.0.1:9/x", headers={})
