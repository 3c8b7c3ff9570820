"""Peers on loopback that answer with exactly the bytes a test gives them, and remember what they were sent."""

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adapters import egress
from adapters.contract import Request

LOOPBACK = egress.Allowed(frozenset({"127.0.0.1", "localhost"}), (ipaddress.ip_network("127.0.0.0/8"),))
PATIENT = egress.Limits(connect_for=30, first_byte_for=30, total_for=60, in_flight=8, start_for=30)
Say = Callable[[socket.socket], None]


class Peer:
    """A server of one thread per connection; `say` gets the socket when a whole request has been read."""

    def __init__(self, say: Say, *, tls: ssl.SSLContext | None = None) -> None:
        self.say, self.tls = say, tls
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections = self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/in"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
        with contextlib.suppress(OSError):
            if self.tls:
                connection = _secured(connection, self.tls)
            while self._read(connection):
                with self._lock:
                    self.at_once += 1
                    self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    self.say(connection)
                finally:
                    with self._lock:
                        self.at_once -= 1
        connection.close()

    def _read(self, connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return False
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        while lengths and len(body) < lengths[0]:
            body += connection.recv(65536)
        self.heads.append(head)
        self.bodies.append(body)
        return True

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


def _secured(connection: socket.socket, tls: ssl.SSLContext) -> socket.socket:
    """Shake hands; where that fails, wait until they have heard why, or their own writing would cut the line first."""
    secured = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    try:
        secured.do_handshake()
    except ssl.SSLError:
        with socket.socket(fileno=secured.detach()) as raw:
            while raw.recv(65536):
                pass
        raise
    return secured


@contextlib.contextmanager
def peer(say: Say, *, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Run a peer for the length of a test."""
    running = Peer(say, tls=tls)
    try:
        yield running
    finally:
        running.close()


def says(*parts: bytes | float) -> Say:
    """Send these bytes, pausing where a number stands."""

    def say(connection: socket.socket) -> None:
        for part in parts:
            if isinstance(part, bytes):
                connection.sendall(part)
            else:
                time.sleep(part)

    return say


def then_closes(say: Say) -> Say:
    """Close the connection in good order after saying it."""

    def closing(connection: socket.socket) -> None:
        say(connection)
        connection.shutdown(socket.SHUT_RDWR)

    return closing


def reply(status: int = 202, body: bytes = b"", **headers: str) -> bytes:
    """Write a whole reply."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ask(
    way_out: egress.Egress,
    url: str,
    *,
    times: int = 1,
    allowed: egress.Allowed = LOOPBACK,
    limits: egress.Limits = PATIENT,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> list[egress.Reply]:
    """Send the same small request a number of times, and wait for all the replies."""
    replies: queue.SimpleQueue[egress.Reply] = queue.SimpleQueue()
    request = Request(url, headers or {"Content-Type": "application/json"}, b'{"name":"secret"}', **more)
    way_out.send([egress.Exchange(n, request, allowed) for n in range(times)], replies=replies, limits=limits)
    return [replies.get(timeout=90) for _ in range(times)]


def here(name: str) -> bytes:
    """Read a file that lies beside the tests."""
    return (Path(__file__).parent / name).read_bytes()
