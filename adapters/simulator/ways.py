"""The ways in which a server can misuse HTTP: each writes what it likes to a connection that has asked something.

A way is chosen by the path that is asked for, and told more by the query: ``/status?code=503&retry-after=7``.
"""

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache

PAUSE_S = 0.05
BLOCK = bytes(65_536)
GIGABYTE = 1024**3
BOMB = 512 * 1024**2
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIPPED = OK + b"Content-Encoding: gzip\r\n"
JSON = b'{"status": "received"}'


class Hung(Exception):
    """The connection is at its end."""


@dataclass(frozen=True, slots=True)
class Line:
    """A connection that has asked something, and what more the query says."""

    writer: asyncio.StreamWriter
    told: Mapping[str, str]

    async def say(self, *parts: bytes) -> None:
        """Send these bytes. Raises ConnectionError when they have had enough."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def drip(self, text: bytes) -> None:
        """Send a byte at a time."""
        for byte in text:
            await self.say(bytes([byte]))
            await asyncio.sleep(PAUSE_S)

    async def wait(self) -> None:
        """Say nothing more until they have gone."""
        await self.writer.wait_closed()

    async def end(self) -> None:
        """Close in good order."""
        self.writer.close()
        raise Hung

    def reset(self) -> None:
        """Cut the line so that the other side is told of it."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()
        raise Hung


Way = Callable[[Line], Awaitable[None]]
WAYS: dict[str, Way] = {}


def way(written: Way) -> Way:
    """Offer it under its name, with hyphens."""
    WAYS[written.__name__.strip("_").replace("_", "-")] = written
    return written


def whole(body: bytes = JSON, *, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """Write a reply as it should be."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# What a server may say


@way
async def ok(line: Line) -> None:
    """Say yes."""
    await line.say(whole())


@way
async def status(line: Line) -> None:
    """Say `code`, with the headers `retry-after`, `date` and `location` and the `body` that are given."""
    names = ("retry-after", "date", "location")
    headers = {name: line.told[name] for name in names if name in line.told}
    await line.say(whole(line.told.get("body", "").encode(), status=int(line.told["code"]), headers=headers))


@way
async def cookie(line: Line) -> None:
    """Ask to be known again."""
    await line.say(whole(headers={"Set-Cookie": "visit=1; Path=/"}))


# Silence, and lines that are cut


@way
async def silent(line: Line) -> None:
    """Never answer."""
    await line.wait()


@way
async def closes(line: Line) -> None:
    """Hang up without a word."""
    await line.end()


@way
async def resets(line: Line) -> None:
    """Cut the line without a word."""
    line.reset()


@way
async def resets_after_head(line: Line) -> None:
    """Promise a body and cut the line."""
    await line.say(OK + b"Content-Length: 99\r\n\r\n")
    await asyncio.sleep(PAUSE_S)
    line.reset()


@way
async def half_a_head(line: Line) -> None:
    """Hang up in the middle of the head."""
    await line.say(OK)
    await line.end()


@way
async def stops_in_body(line: Line) -> None:
    """Send a part of the body, and then nothing."""
    await line.say(OK + b"Content-Length: 9\r\n\r\nabc")
    await line.wait()


# Slowness


@way
async def slow_head(line: Line) -> None:
    """Send the head a byte at a time."""
    await line.drip(whole())


@way
async def slow_body(line: Line) -> None:
    """Send the body a byte at a time."""
    await line.say(OK + b"Content-Length: 9999\r\n\r\n")
    await line.drip(b"x" * 9999)


@way
async def continues(line: Line) -> None:
    """Say for ever that it goes on."""
    while True:
        await line.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.001)


# Size


@way
async def announces_gigabyte(line: Line) -> None:
    """Announce a gigabyte, and send it."""
    await line.say(OK + b"Content-Length: %d\r\n\r\n" % GIGABYTE)
    await line.say(*[BLOCK] * (GIGABYTE // len(BLOCK)))


@way
async def gigabyte(line: Line) -> None:
    """Send a gigabyte without announcing it, and close."""
    await line.say(OK + b"Connection: close\r\n\r\n")
    await line.say(*[BLOCK] * (GIGABYTE // len(BLOCK)))
    await line.end()


@way
async def endless_chunks(line: Line) -> None:
    """Send chunks for ever."""
    await line.say(CHUNKED)
    while True:
        await line.say(b"10000\r\n", BLOCK, b"\r\n")


@way
async def tiny_chunks(line: Line) -> None:
    """Send chunks of a byte for ever."""
    await line.say(CHUNKED)
    while True:
        await line.say(b"1\r\nx\r\n" * 4096)


@way
async def gzip_bomb(line: Line) -> None:
    """Send half a megabyte that swells to half a gigabyte."""
    await line.say(GZIPPED + b"Content-Length: %d\r\n\r\n" % len(bomb()), bomb())


@way
async def deflate_bomb(line: Line) -> None:
    """Send the same under its other name, in chunks."""
    head = CHUNKED.replace(b"OK\r\n", b"OK\r\nContent-Encoding: deflate\r\n")
    await line.say(head + b"%x\r\n" % len(bomb()), bomb(), b"\r\n0\r\n\r\n")


@way
async def header_flood(line: Line) -> None:
    """Send a thousand headers."""
    await line.say(OK + b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + b"\r\n")


@way
async def giant_header(line: Line) -> None:
    """Send a header of a hundred kilobytes."""
    await line.say(OK + b"X: " + b"y" * 99_999 + b"\r\n\r\n")


@cache
def bomb() -> bytes:
    """Pack nothing, very often."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    block = bytes(1024**2)
    return b"".join(packer.compress(block) for _ in range(BOMB // len(block))) + packer.flush()


# Lies about where a reply ends


@way
async def length_too_long(line: Line) -> None:
    """Promise more than comes, and hang up."""
    await line.say(OK + b"Content-Length: 99\r\n\r\n" + JSON)
    await line.end()


@way
async def length_too_short(line: Line) -> None:
    """Promise less than comes."""
    await line.say(OK + b"Content-Length: 3\r\n\r\n" + JSON)


@way
async def length_twice(line: Line) -> None:
    """Promise two lengths."""
    await line.say(OK + b"Content-Length: 3\r\nContent-Length: 22\r\n\r\n" + JSON)


@way
async def length_negative(line: Line) -> None:
    """Promise less than nothing."""
    await line.say(OK + b"Content-Length: -1\r\n\r\n" + JSON)


@way
async def length_and_chunks(line: Line) -> None:
    """Promise a length and send chunks, as whoever smuggles does."""
    await line.say(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n16\r\n" + JSON + b"\r\n0\r\n\r\n")


@way
async def bad_chunks(line: Line) -> None:
    """Send chunks of a size that is no number."""
    await line.say(CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n")


@way
async def negative_chunk(line: Line) -> None:
    """Send a chunk of less than nothing."""
    await line.say(CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n")


@way
async def half_a_chunk(line: Line) -> None:
    """Hang up in the middle of a chunk."""
    await line.say(CHUNKED + b"9\r\nabc")
    await line.end()


@way
async def second_reply(line: Line) -> None:
    """Answer, and a moment later answer again what nobody asked."""
    await line.say(whole(b"first"))
    await asyncio.sleep(PAUSE_S)
    await line.say(whole(b"second", status=201))


@way
async def half_a_gzip(line: Line) -> None:
    """Send the first half of something compressed as if it were the whole."""
    packed = gzip.compress(JSON)
    await line.say(whole(packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"}))


@way
async def no_gzip(line: Line) -> None:
    """Call compressed what is not."""
    await line.say(whole(headers={"Content-Encoding": "gzip"}))


@way
async def not_http(line: Line) -> None:
    """Speak another protocol."""
    await line.say(b"SSH-2.0-OpenSSH_9\r\n")
    await line.end()
