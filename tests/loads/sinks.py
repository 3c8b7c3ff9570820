"""Recipients that are quick enough to count thousands a second: one process that takes whatever it is sent.

`python -m tests.loads.sinks --port N --books FILE` answers ``POST /rest/NAME`` and ``POST /soap/NAME`` (as
Tallystone does) and notes each request down before it replies: recipient, message id, reference, whether it had an
effect, and when. What came before under the same id has none. ``GET /`` counts requests and effects.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy import leashes, ports, services
from deploy.demo import calls, stages
from tests.loads.recipients import Played

JSON = Any
HEAD = re.compile(rb"(?i)^(GET|POST) /(?:(?:rest|soap)/([^ ]*))? .*?\r\n\r\n", re.DOTALL)
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
ID = re.compile(rb"(?i)\r\nwebhook-id: *([^\r]+)|MessageId[^>]*>([^<]+)<")
REFERENCE = re.compile(rb'"reference":"([^"]+)"|CaseReference[^>]*>([^<]+)<')
ANSWERS = "answers-"  # names that begin like this say at once what they did
TAKEN = b'{"status":"received"}'
ACTED = b'{"outcome":"acted"}'
SOAP = (
    b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<t:NotifyDeathResponse xmlns:t="urn:tallystone:revenues:v3"><t:Result>Accepted</t:Result>'
    b"<t:Receipt>T-1</t:Receipt></t:NotifyDeathResponse></e:Body></e:Envelope>"
)


class Counts:
    """What came so far, and the books."""

    def __init__(self, books: Path, *, slow: float = 0) -> None:
        """Go on where the books end."""
        self.requests = self.effects = 0
        self.slow = slow
        self._seen: set[tuple[bytes, bytes]] = set()
        self._file = os.open(books, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, name: bytes, message_id: bytes, reference: bytes) -> bytes:
        """Count one request, and give its line."""
        is_new = (name, message_id) not in self._seen
        self._seen.add((name, message_id))
        self.requests += 1
        self.effects += is_new
        return b"%s\t%s\t%s\t%d\t%.4f\n" % (name, message_id, reference, is_new, time.time())

    def write(self, lines: list[bytes]) -> None:
        """Write lines whole."""
        os.write(self._file, b"".join(lines))


class Line(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, counts: Counts) -> None:
        """Note down what comes in these."""
        self._counts = counts
        self._came = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to answer on."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take all whole requests, note them down, then answer them."""
        self._came += data
        lines: list[bytes] = []
        answers: list[bytes] = []
        while (head := HEAD.match(self._came)) and (whole := self._whole(head)):
            request, self._came = self._came[:whole], self._came[whole:]
            if head[1] == b"GET":
                counted = {"requests": self._counts.requests, "effects": self._counts.effects}
                answers.append(_reply(json.dumps(counted).encode()))
                continue
            lines.append(self._counts.note(head[2], first(ID, request), first(REFERENCE, request)))
            answers.append(_answer(head))
        if lines:
            self._counts.write(lines)
        self._say(b"".join(answers))

    def _say(self, answers: bytes) -> None:
        if self._counts.slow:
            asyncio.get_running_loop().call_later(self._counts.slow, self._transport.write, answers)
        else:
            self._transport.write(answers)

    def _whole(self, head: re.Match[bytes]) -> int:
        """Say how long the request is, nothing while it is not all there."""
        length = LENGTH.search(head[0])
        end = head.end() + (int(length[1]) if length else 0)
        return end if len(self._came) >= end else 0


def first(pattern: re.Pattern[bytes], request: bytes) -> bytes:
    """Find what an id or a reference is, in whichever way it is said."""
    found = pattern.search(request)
    return (found[1] or found[2]).strip() if found else b""


def _answer(head: re.Match[bytes]) -> bytes:
    if b" /soap/" in head[0][:12]:
        return _reply(SOAP, b"text/xml; charset=utf-8")
    return _reply(ACTED if head[2].startswith(ANSWERS.encode()) else TAKEN)


def _reply(body: bytes, kind: bytes = b"application/json") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)


def read(books: Path) -> Iterator[JSON]:
    """Read the books in the shape that reckonings read the simulator's in; `at` is in seconds."""
    with books.open(encoding="ascii") as file:
        for line in file:
            recipient, message_id, reference, applied, at = line.rstrip("\n").split("\t")
            yield {
                "recipient": recipient,
                "message_id": message_id,
                "reference": reference,
                "sequence": 1,
                "applied": applied == "1",
                "ended": "taken",
                "at": float(at),
            }


def counted(url: str) -> dict[str, int]:
    """Ask a sink what it has counted."""
    found: dict[str, int] = calls.insist("GET", f"{url}/", headers={}).json()
    return found


@contextmanager
def running(books: Path, *, slow: float = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run one for as long as the block does, and give its address and process; `slow` waits before each reply."""
    port = ports.free()
    command = [sys.executable, "-m", "tests.loads.sinks", "--port", str(port), "--books", str(books)]
    environment = {**os.environ, "PYTHONPATH": str(services.ROOT)}
    process = leashes.start([*command, "--slow", str(slow)], log=books.with_suffix(".log"), environment=environment)
    try:
        stages.wait(f"http://{ports.HOST}:{port}/")
        yield f"http://{ports.HOST}:{port}", process
    finally:
        leashes.stop(process)


def told(url: str, name: str, *, style: str = "rest", **fields: Any) -> Played:
    """Give a recipient that is told at a sink."""
    route = {"settings": {"reply": "{outcome: body.outcome}"}} if name.startswith(ANSWERS) else {}
    return Played(name, style, address=f"{url}/{style}/{name}", route=route, **fields)


async def serve(port: int, counts: Counts) -> None:
    """Take requests until the process ends."""
    server = await asyncio.get_running_loop().create_server(lambda: Line(counts), ports.HOST, port)
    await server.serve_forever()


def main() -> int:
    """Run as a process."""
    parser = argparse.ArgumentParser(prog="python -m tests.loads.sinks")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--books", type=Path, required=True)
    parser.add_argument("--slow", type=float, default=0)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, Counts(arguments.books, slow=arguments.slow)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
