"""A fault between any two processes: a TCP proxy that delays, cuts, refuses and falls silent when it is told to."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from deploy import ports

CHUNK = 65_536
LAST_STEPS = 0.05  # seconds in which the loop closes the sockets that have been aborted
LINGER_NOT = struct.pack("ii", 1, 0)  # close with a reset


class Proxy:
    """Passes on what comes to `port` to another port of this machine, both ways; each method may be called any time.

    It has a thread and an event loop of its own, so that it goes on whatever the test does.
    """

    def __init__(self, to_port: int) -> None:
        """Listen; `running` stops it again."""
        self.to_port = to_port
        self.accepted = 0
        self._delay = 0.0
        self._is_refusing = False
        self._lines: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._passing = asyncio.Event()
        self._passing.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server: asyncio.Server = self._do(lambda: asyncio.start_server(self._accept, ports.HOST, 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def delay(self, seconds: float) -> None:
        """Hold each piece back for so long, in both directions; 0 is as quick as can be."""
        self._delay = seconds

    def cut(self) -> None:
        """Reset all connections that there are; new ones are taken."""
        self._do(self._reset_all)

    def refuse(self) -> None:
        """Reset all connections, and each new one at once, until `restore`."""
        self._is_refusing = True
        self.cut()

    def freeze(self) -> None:
        """Let nothing through and say nothing, as a network that has gone: connections stay, and new ones are taken."""
        self._do(self._stop_passing)

    def restore(self) -> None:
        """Be as at the start; what was held back goes on its way."""
        self._is_refusing, self._delay = False, 0.0
        self._do(self._go_on_passing)

    def close(self) -> None:
        """Stop."""
        self.refuse()
        self._do(self._wind_up)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, begin: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(begin(), self._loop).result(10)

    async def _reset_all(self) -> None:
        for line in tuple(self._lines):
            _reset(line)

    async def _stop_passing(self) -> None:
        self._passing.clear()

    async def _go_on_passing(self) -> None:
        self._passing.set()

    async def _wind_up(self) -> None:
        self._server.close()
        await asyncio.sleep(LAST_STEPS)  # whoever is being taken this moment is a line first, and then cut
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(LAST_STEPS)

    async def _accept(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._lines.add(back)
        try:
            if self._is_refusing:
                _reset(back)
            else:
                await self._connect(near, back)
        except asyncio.CancelledError:
            return  # the loop ends; streams would complain of a task that was cancelled
        finally:
            self._lines.discard(back)
            back.close()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            far, onward = await asyncio.open_connection(ports.HOST, self.to_port)
        except OSError:
            _reset(back)
            return
        self._lines.add(onward)
        try:
            await asyncio.gather(self._pass(near, onward), self._pass(far, back))
        finally:
            self._lines.discard(onward)
            onward.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await source.read(CHUNK):
                await self._passing.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                sink.write(piece)
                await sink.drain()
        with suppress(OSError):
            sink.write_eof()


def _reset(line: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    line.transport.abort()


@contextmanager
def running(to_port: int) -> Iterator[Proxy]:
    """Run a proxy for as long as the block does."""
    proxy = Proxy(to_port)
    try:
        yield proxy
    finally:
        proxy.close()
