"""A recipient behind an authorisation server of its own, on loopback: it takes only who shows a token that counts."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from adapters.contract import Request, TokenDemand

Said = tuple[int, dict[str, str], bytes]


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_about: object) -> None:
        """Say nothing when they hang up: tests make them do so."""


class Issuer:
    """Tokens are ``token-1``, ``token-2`` and so on; `says` is what is said instead of the next one, if anything."""

    def __init__(self) -> None:
        self.seconds: object = 3600
        self.says: Said | None = None
        self.gives = threading.Event()
        self.gives.set()
        self.counting: set[str] = set()
        self.asked: list[tuple[dict[str, str], dict[str, str]]] = []
        self.taken: list[str] = []
        self.turned_away: list[str] = []
        self.server = _Quiet(("127.0.0.1", 0), self._door())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def demand(self, **changed: str) -> TokenDemand:
        """Demand a token of this issuer."""
        told = {"url": f"{self.url}/token", "client_id": "tuo", "secret": "s3cret", "method": "client_secret_basic"}
        return TokenDemand(**{**told, **changed})

    def request(self, **changed: str) -> Request:
        """Make a request that needs one."""
        return Request(f"{self.url}/in", {"Content-Type": "text/plain"}, b"x", token=self.demand(**changed))

    def revoke(self) -> None:
        """Let no token count that was given before."""
        self.counting.clear()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Said:
        """Give a token, or take a message."""
        if path == "/token":
            self.asked.append((headers, {name: value[0] for name, value in parse_qs(body.decode()).items()}))
            self.gives.wait(30)
            if self.says is not None:
                return self.says
            token = f"token-{len(self.asked)}"
            self.counting.add(token)
            said = {"access_token": token, "token_type": "Bearer", "expires_in": self.seconds}
            return 200, {}, json.dumps(said).encode()
        shown = headers.get("authorization", "")
        is_let_in = shown.removeprefix("Bearer ") in self.counting
        (self.taken if is_let_in else self.turned_away).append(shown)
        return (202 if is_let_in else 401), {}, b""

    def _door(issuer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, said = issuer.answer(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(said))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_arguments: object) -> None:
                """Keep quiet."""

        return Door


@contextlib.contextmanager
def issuing() -> Iterator[Issuer]:
    """Run one for the length of a test."""
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield issuer
    finally:
        issuer.gives.set()
        issuer.server.shutdown()
        thread.join()
        issuer.server.server_close()
