"""``python -m adapters.simulator.hostile``: a server that breaks HTTP, to see what a client makes of it.

It talks to sockets itself, since no HTTP server lets anybody misuse HTTP as the ways in `ways` do.
"""

import argparse
import asyncio
import contextlib
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from adapters.simulator.ways import WAYS, Hung, Line, whole

# After an abort a transport is gone at the loop's next turn, one under TLS a turn later.
TURNS = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came; `head` begins with the request line."""

    way: str
    head: str
    body: bytes


@dataclass(slots=True)
class Hostile:
    """The server and its books: what it heard, and how often anybody connected, with TLS or without success."""

    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    scheme: str = "http"
    _tasks: set[object] = field(default_factory=set)
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """Say where a way is found."""
        return f"{self.scheme}://{host}:{self.port}/{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on one connection, until either side has had enough."""
        self.connections += 1
        task = asyncio.current_task()
        self._tasks.add(task)  # the loop itself does not hold on to who waits for ever
        self._lines.add(writer)
        try:
            while not writer.is_closing():
                await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, Hung):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def cut_off(self) -> None:
        """Cut every line that is still open, and let the loop take note of it: a closing word may never be heard."""
        for writer in self._lines:
            writer.transport.abort()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self._lines.clear()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lengths = [line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0])) if lengths else b""
        parts = urlsplit(head.split()[1])
        chosen = parts.path.strip("/")
        self.heard.append(Heard(chosen, head, body))
        line = Line(writer, dict(parse_qsl(parts.query)))
        if chosen not in WAYS:
            await line.say(whole("\n".join(sorted(WAYS)).encode(), status=404))
            return
        await WAYS[chosen](line)


@contextlib.asynccontextmanager
async def running(*, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hostile]:
    """Serve on the loopback. Raises OSError when the port is taken."""
    hostile = Hostile(scheme="https" if tls else "http")
    server = await asyncio.start_server(hostile.serve, "127.0.0.1", port, ssl=tls, backlog=128)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()
        await hostile.cut_off()


async def _play(port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(port=port) as hostile:
        sys.stdout.write("\n".join(hostile.url(name) for name in sorted(WAYS)) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> int:
    """Run until told to stop; 2 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m adapters.simulator.hostile", description="Misuse HTTP.")
    parser.add_argument("--port", type=int, default=0, help="where to listen; any free one by default")
    try:
        asyncio.run(_play(parser.parse_args().port))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
