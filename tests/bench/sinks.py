"""A recipient that takes whatever comes and notes when its first byte came: ``python -m tests.bench.sinks --port N``.

It reads no more of HTTP than it needs, so that it costs the measured machine little. ``GET /arrivals`` gives what came
since the last time, as ``[[name, message id, time], ...]``; ``POST /slow/NAME/SECONDS`` lets one recipient take its
time.
"""

import argparse
import asyncio
import http.client
import json
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy import processes, services
from tests.loads.stacks import Stack

MESSAGE_ID = re.compile(rb"\r\nwebhook-id: *([0-9a-f-]+)", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Books:
    """What came, and who is slow."""

    arrivals: list[tuple[str, str, float]] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.heard, self.begun = b"", 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        """Keep it."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take requests one after another."""
        if not self.heard:
            self.begun = time.time()
        self.heard += data
        while (end := self.heard.find(b"\r\n\r\n")) >= 0:
            head = self.heard[: end + 2]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.heard) < whole:
                return
            self.heard = self.heard[whole:]
            self._take(head)

    def _take(self, head: bytes) -> None:
        path, message = head.split(b" ", 2)[1].decode(), MESSAGE_ID.search(head)
        if message:
            name = path.rpartition("/")[2]
            self.books.arrivals.append((name, message[1].decode(), self.begun))
            wait = self.books.slow.get(name, 0.0)
            asyncio.get_running_loop().call_later(wait, self._answer, b"{}") if wait else self._answer(b"{}")
        elif path == "/arrivals":
            given, self.books.arrivals = self.books.arrivals, []
            self._answer(json.dumps(given).encode())
        else:
            _, _, name, seconds = path.split("/")
            self.books.slow[name] = float(seconds)
            self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        if self.transport and not self.transport.is_closing():
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)


def start(stack: Stack, *, port: int) -> None:
    """Run it beside the service, which kills it at the end."""
    command: list[str | Path] = [sys.executable, "-m", "tests.bench.sinks", "--port", str(port)]
    here = {**stack.environment, "PYTHONPATH": str(services.ROOT)}
    stack.supervisor.start(processes.Program("sink", command, here))
    services.wait(stack.supervisor, "sink", port=port)


def ask(port: int, method: str, path: str) -> Any:
    """Ask the sink, or tell it something."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


async def serve(port: int) -> None:
    """Serve until killed."""
    books = Books()
    server = await asyncio.get_running_loop().create_server(lambda: Sink(books), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sinks")
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
