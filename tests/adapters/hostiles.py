"""The simulator's hostile server, on a thread of the tests' own process."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator

from adapters.simulator import hostile
from adapters.simulator.hostile import Hostile


@contextlib.contextmanager
def playing(*, tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    """Run one for the length of a test; whoever still waits for it is cut off at the end."""
    loop, started, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    seen: list[Hostile] = []

    async def play() -> None:
        async with hostile.running(tls=tls) as server:
            seen.append(server)
            started.set()
            await stop.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await seen[0].cut_off()

    thread = threading.Thread(target=loop.run_until_complete, args=(play(),))
    thread.start()
    started.wait(30)
    try:
        yield seen[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
