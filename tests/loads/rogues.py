"""Recipients that misuse HTTP and SOAP as the simulator does not: a server on loopback that keeps books in its form.

Each does wrong at the first try of a message, and well from then on; what is done about that can so be judged try by
try. Most have taken the message by then, which is the worst that can be: a second effect would show.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.simulator.books import Books, Received
from adapters.simulator.ways import Hung, Line, Way, whole
from deploy import ports
from tests.loads import proxies, sinks
from tests.loads.recipients import Played

HAD = "had"  # what a way is told of a message whose effect it has had
MESSAGE = "message"


async def well(line: Line) -> None:
    """Take it, or say that it was taken before."""
    await line.say(whole(b"already", status=409) if HAD in line.told else whole(status=202))


async def well_by_soap(line: Line) -> None:
    """Take it as Tallystone does."""
    await line.say(whole(sinks.SOAP, headers={"Content-Type": "text/xml; charset=utf-8"}))


@dataclass(frozen=True, slots=True)
class Rogue:
    """What one recipient does at the `first` try of a message and `then`; `asked` is what more its way is told.

    Where it `takes`, the first try has had its effect already.
    """

    name: str
    first: Way
    then: Way = well
    takes: bool = True
    asked: str = ""
    style: str = "rest"


class Rogues:
    """The server, on a thread and an event loop of its own; `strays` is what was asked for that is no recipient."""

    def __init__(self, rogues: list[Rogue]) -> None:
        """Listen at one port for them all."""
        self._rogues = {each.name: each for each in rogues}
        self.strays: list[str] = []
        self._books: Books | None = None
        self._lock = threading.Lock()
        self._lines: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rogues", daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []
        self.listen(0)
        self.port: int = self._servers[0].sockets[0].getsockname()[1]

    def listen(self, port: int) -> None:
        """Listen at another port too."""
        self._servers.append(self._do(lambda: asyncio.start_server(self._serve, ports.HOST, port)))

    def keep(self, books: Path) -> None:
        """Write down what comes in the books of a stack's simulator, before anything has come to either."""
        self._books = Books(books)

    def told(self, name: str, *, at: str = "", **fields: Any) -> Played:
        """Give a recipient that is told here, or at another origin."""
        rogue = self._rogues[name]
        asked = f"?{rogue.asked}" if rogue.asked else ""
        return Played(name, rogue.style, address=f"{at or f'http://{ports.HOST}:{self.port}'}/{name}{asked}", **fields)

    def note(self, name: str, head: bytes, body: bytes) -> tuple[Way, dict[str, str]]:
        """Write a request down; gives what is to be done with it, and what that is told. Raises KeyError."""
        rogue, books = self._rogues[name], self._books
        assert books is not None
        message = sinks.first(sinks.ID, head + body).decode()
        received = Received(message, sinks.first(sinks.REFERENCE, body).decode(), 1)
        with self._lock:
            before = books.tally(name, message)
            is_first, had = not before.tries, before.effects > 0
            ended = "did-wrong" if is_first else "duplicate" if had else "taken"
            applied = not had and (rogue.takes or not is_first)
            books.request(name, received, body, status=None, ended=ended, applied=applied)
        return rogue.first if is_first else rogue.then, {MESSAGE: message, **({HAD: "yes"} if had else {})}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, Hung):
                while not writer.is_closing():
                    await self._answer(reader, writer)
        except asyncio.CancelledError:
            return  # the loop ends; streams would complain of a task that was cancelled
        finally:
            writer.close()  # which waits until all is said, however long nobody listens

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = sinks.LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        asked = urlsplit(head.split()[1].decode())
        if (name := asked.path.strip("/")) not in self._rogues:
            self.strays.append(name)
            await Line(writer, {}).say(whole(status=404))
            return
        way, told = self.note(name, head, body)
        await way(Line(writer, {**dict(parse_qsl(asked.query)), **told}))

    def _do(self, begin: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(begin(), self._loop).result(10)

    def close(self) -> None:
        """Cut every line and stop."""
        self._do(self._wind_up)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._books is not None:
            self._books.close()

    async def _wind_up(self) -> None:
        for server in self._servers:
            server.close()
        for line in tuple(self._lines):
            line.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(proxies.LAST_STEPS)


@contextmanager
def playing(*rogues: Rogue) -> Iterator[Rogues]:
    """Run them for as long as the block does."""
    with closing(Rogues(list(rogues))) as server:
        yield server
