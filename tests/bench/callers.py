"""A client that costs little: requests written whole, over connections that are kept, in one process."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Asked:
    """What one request took, from when it was due, in seconds; its status and what was answered."""

    took: float
    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to be made."""

    path: str
    body: bytes = field(repr=False)
    method: str = "POST"


class Client:
    """Asks one service under one token."""

    def __init__(self, url: str, token: str) -> None:
        at = urlsplit(url)
        self.host, self.port = str(at.hostname), int(at.port or 80)
        self.head = f"Host: {self.host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: Request, *, due: float) -> Asked:
        """Ask over a connection that is idle, or a new one; once more where an idle one had been closed meanwhile."""
        while self.idle:
            try:
                return await self._ask(*self.idle.pop(), request, due)
            except (ConnectionError, asyncio.IncompleteReadError):
                continue
        return await self._ask(*await asyncio.open_connection(self.host, self.port), request, due)

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request, due: float
    ) -> Asked:
        key = f"Idempotency-Key: {uuid.uuid4()}\r\n"
        length = f"Content-Length: {len(request.body)}\r\n\r\n"
        writer.write(f"{request.method} {request.path} HTTP/1.1\r\n{self.head}{key}{length}".encode() + request.body)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _body(reader, head.lower())
        self.idle.append((reader, writer))
        return Asked(time.perf_counter() - due, int(head.split(b" ", 2)[1]), body)

    def close(self) -> None:
        """Close what is idle."""
        for _, writer in self.idle:
            writer.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """Read a body by its length or, as gunicorn sends what has none, in chunks."""
    if length := head.partition(b"content-length:")[2].partition(b"\r\n")[0]:
        return await reader.readexactly(int(length))
    chunks = []
    while size := int(await reader.readline(), 16):
        chunks.append((await reader.readexactly(size + 2))[:-2])
    await reader.readexactly(2)
    return b"".join(chunks)


async def closed_loop(client: Client, requests: Sequence[Request], *, at_once: int) -> list[Asked]:
    """Ask so many at once, each next one as soon as one has been answered."""
    waiting = iter(requests)

    async def one_after_another() -> list[Asked]:
        return [await client.ask(request, due=time.perf_counter()) for request in waiting]

    done = await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    return [asked for each in done for asked in each]


async def open_loop(client: Client, requests: Sequence[Request], *, per_second: float) -> list[Asked]:
    """Ask at a steady rate, whether or not those before were answered: waiting counts from when each was due."""
    begun, tasks = time.perf_counter(), []
    for place, request in enumerate(requests):
        due = begun + place / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(client.ask(request, due=due)))
    return list(await asyncio.gather(*tasks))
