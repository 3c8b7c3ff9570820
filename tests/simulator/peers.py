"""Those whom the tests of the simulator talk to: its process, and a pretended service."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import SplitResult, parse_qs, urlsplit

import requests

from adapters.simulator import config, server
from adapters.simulator.config import Simulator

ROOT = Path(__file__).parents[2]
WSDLS = ROOT / "deploy" / "demo" / "wsdl"
CLIENTS = {"northmoor": {"id": "northmoor-id", "secret": "northmoor-secret-northmoor-secret"}}
SENT: dict[str, Any] = {
    "message": {"id": "m-1", "reference": "K7QF-2M9X", "sequence": 1, "kind": "death", "purpose": "notify"},
    "subject": {"name": {"family": "Hughes", "given": ["Ann", "Mair"]}, "died_on": "2026-11-03"},
}


def _nothing() -> None:
    """There is nothing to stop."""


class Running:
    """A simulator: on a thread of the test's own process, or as a process that can be killed."""

    def __init__(self, folder: Path, *, is_process: bool = False) -> None:
        self.folder = folder
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        self._is_process = is_process
        self._stop: Callable[[], None] = _nothing

    def start(
        self, *recipients: dict[str, Any], service: "FakeService | dict[str, Any] | None" = None, **more: Any
    ) -> None:
        """Start and wait until it listens; `service` is a pretended one, or settings."""
        settings = {"books": self.folder / "books.jsonl", "port_file": self.folder / "port", "recipients": recipients}
        if service is not None:
            known = service.settings if isinstance(service, FakeService) else service
            settings |= {"service": known, "clients": CLIENTS}
        config.write(Simulator.model_validate({**settings, **more}), self.folder / "simulator.yaml")
        self.again()

    def again(self) -> None:
        """Start with the configuration that is there."""
        (self.folder / "port").unlink(missing_ok=True)
        (self._run_process if self._is_process else self._run_thread)()
        eventually((self.folder / "port").exists)
        self.url = f"http://127.0.0.1:{(self.folder / 'port').read_text().strip()}"

    def _run_process(self) -> None:
        command = [sys.executable, "-m", "adapters.simulator", "--config", str(self.folder / "simulator.yaml")]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        self._stop = self.kill

    def _run_thread(self) -> None:
        loop, stop = asyncio.new_event_loop(), asyncio.Event()

        async def play() -> None:
            async with server.running(config.load(self.folder / "simulator.yaml")):
                await stop.wait()

        thread = threading.Thread(target=lambda: loop.run_until_complete(play()))
        thread.start()

        def end() -> None:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()

        self._stop = end

    def end(self) -> None:
        """Stop it, if it runs."""
        self._stop()
        self._stop = _nothing

    def kill(self) -> None:
        """Kill the process as the kernel does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def send(self, name: str, body: Any = None, *, id: str = "m-1", **options: Any) -> requests.Response:  # noqa: A002
        """Send JSON as our sender does."""
        headers = {"webhook-id": id, **options.pop("headers", {})}
        sent = {**SENT, "message": {**SENT["message"], "id": id}} if body is None else body
        options.setdefault("timeout", 30)
        return requests.post(f"{self.url}/rest/{name}", json=sent, headers=headers, **options)  # noqa: S113 - it has

    def books(self, name: str = "") -> dict[str, Any]:
        """Read the books over HTTP."""
        read: dict[str, Any] = requests.get(f"{self.url}/books/{name}".rstrip("/"), timeout=30).json()
        return read

    def lines(self) -> list[dict[str, Any]]:
        """Read the books in their file."""
        return [json.loads(line) for line in (self.folder / "books.jsonl").read_bytes().split(b"\n")[:-1]]


class FakeService:
    """Answers as the service should; `statuses` are given to confirmations first, one each, and `failing` to polls.

    `sets` are given until they are acknowledged, which is forgotten the first `forgets` times.
    """

    def __init__(self) -> None:
        self.confirmations: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.pages: list[dict[str, Any]] = []
        self.wsdl = b""
        self.tokens = 0
        self.keys: list[dict[str, Any]] = []
        self.sets: dict[str, str] = {}
        self.polls: list[dict[str, Any]] = []
        self.failing: list[int] = []
        self.forgets = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, Any]:
        """What the simulator is told about it."""
        url = f"http://127.0.0.1:{self._server.server_port}"
        return {"url": url, "token_url": f"{url}/oauth/token/", "longest_pause_s": 0.2, "patience_tries": 4}

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer one request."""
        url = urlsplit(target)
        if url.path == "/oauth/token/":
            return self._token(headers)
        if url.path == "/.well-known/jwks.json":
            return 200, json.dumps({"keys": self.keys}).encode()
        if headers.get("authorization") != f"Bearer token-{self.tokens}":
            return 401, b"{}"
        if method == "GET":
            return 200, self._read(url)
        if url.path.startswith("/api/v1/security-events/"):
            return self._poll(json.loads(body))
        self.confirmations.append({"path": url.path, "key": headers["idempotency-key"], "body": body})
        return (self.statuses.pop(0) if self.statuses else 201), b"{}"

    def _read(self, url: SplitResult) -> bytes:
        if url.path != "/api/v1/inbox":
            return self.wsdl
        return json.dumps(self._page(parse_qs(url.query).get("cursor", ["0"])[0])).encode()

    def _token(self, headers: dict[str, str]) -> tuple[int, bytes]:
        if headers.get("authorization") != requests.auth._basic_auth_str(*CLIENTS["northmoor"].values()):
            return 401, b"{}"
        self.tokens += 1
        return 200, json.dumps({"access_token": f"token-{self.tokens}", "expires_in": 3600}).encode()

    def _poll(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        self.polls.append(asked)
        if self.failing and (status := self.failing.pop(0)) != 200:
            return status, b"{}"
        settled = [*asked["ack"], *asked["setErrs"]]
        if settled and self.forgets:
            self.forgets -= 1
        else:
            self.sets = {jti: token for jti, token in self.sets.items() if jti not in settled}
        return 200, json.dumps({"sets": self.sets, "moreAvailable": False}).encode()

    def _page(self, cursor: str) -> dict[str, Any]:
        return self.pages[int(cursor)] if self.pages else {"items": [], "next": None}

    def _handler(fake) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, said = fake.answer(self.command, self.path, headers, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST  # noqa: N815 - the library's name

            def log_message(self, *_arguments: object) -> None:
                """Keep quiet."""

        return Handler


def eventually(holds: Callable[[], Any], *, within_s: float = 60) -> Any:
    """Wait until something holds, and return it."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came to hold")
