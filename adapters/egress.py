"""Do all the talking: one event loop in a thread of its own per process, for all recipients and protocols.

A drain hands over a batch and goes on; replies come back through its queue as they arrive. The loop is woken once
per batch, because waking it once per request cost more than the requests.
"""

import asyncio
import logging
import os
import queue
import ssl
import threading
import time
import weakref
from collections.abc import Hashable, Sequence
from concurrent import futures
from dataclasses import dataclass, replace
from typing import ClassVar

from adapters import addresses, certificates, exchanges, pools, tokens
from adapters.contract import Ambiguous, Failure, Request, Response, Transient

Allowed = addresses.Allowed
Limits = exchanges.Limits

logger = logging.getLogger(__name__)

# Names are resolved in threads; so many may hang before they hold up a name that resolves.
RESOLVING_THREADS = 32


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to make; `key` comes back with its reply and means nothing here.

    `endpoint` names whose limit in flight it counts against: a recipient, or by default the request's address.
    """

    key: Hashable
    request: Request
    allowed: Allowed
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """How an exchange ended, with either a response or a failure.

    `seconds` count from its start, not its queueing; `received` counts the bytes of a body, also of one that was cut.
    """

    key: Hashable
    response: Response | None
    failure: Failure | None
    seconds: float
    received: int = 0


class Egress:
    """The process's way out. Use `shared()`; a test or a command may have one of its own, and closes it."""

    _shared: ClassVar["Egress | None"] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        *,
        trust: certificates.Trust = ssl.create_default_context,
        resolve: addresses.Resolve | None = None,
    ) -> None:
        self._pools = pools.Pools(trust=trust, resolve=resolve)
        self._tokens = tokens.Tokens()
        self._turns = weakref.WeakValueDictionary[tuple[str, int], asyncio.Semaphore]()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(futures.ThreadPoolExecutor(RESOLVING_THREADS, "egress-names"))
        self._thread = threading.Thread(target=self._loop.run_forever, name="egress", daemon=True)
        self._thread.start()

    @classmethod
    def shared(cls) -> "Egress":
        """Return this process's egress, started at first use: after a fork the child starts its own."""
        with cls._lock:
            if cls._shared is None:
                cls._shared = cls()
            return cls._shared

    @classmethod
    def _forget(cls) -> None:
        # In a forked child the lock may have been held by a thread that does not exist there.
        cls._lock = threading.Lock()
        cls._shared = None

    def send(self, batch: Sequence[Exchange], *, replies: queue.SimpleQueue[Reply], limits: Limits) -> None:
        """Start a batch and return at once; exactly one Reply per exchange will be put into `replies`."""
        self._loop.call_soon_threadsafe(self._start, tuple(batch), replies, limits)

    def close(self) -> None:
        """Stop. What is under way is answered as Ambiguous (``egress-closed``)."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._wind_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _wind_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tokens.close()
        await self._pools.close()
        await self._loop.shutdown_default_executor()

    def _start(self, batch: tuple[Exchange, ...], replies: queue.SimpleQueue[Reply], limits: Limits) -> None:
        for exchange in batch:
            task = self._loop.create_task(self._answer(exchange, replies, limits))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, exchange: Exchange, replies: queue.SimpleQueue[Reply], limits: Limits) -> None:
        """Put exactly one reply, whatever happens: a drain waits for it."""
        watch = _Watch()
        response: Response | None = None
        failure: Failure | None = None
        try:
            response = await self._in_turn(exchange, limits, watch)
        except Failure as known:
            failure = known
        except asyncio.CancelledError:
            failure = (Ambiguous if watch.is_sending else Transient)("egress-closed")
        except Exception as unknown:  # noqa: BLE001  (the edge: a drain waits for this reply)
            # Its text may quote an address or a header: the name of its class is enough to find it.
            logger.error("egress failed on %s", type(unknown).__name__)  # noqa: TRY400
            failure = Ambiguous("egress-" + type(unknown).__name__)
        replies.put(Reply(exchange.key, response, failure, watch.seconds, watch.received))

    async def _in_turn(self, exchange: Exchange, limits: Limits, watch: "_Watch") -> Response:
        addresses.target(exchange.request.url, exchange.allowed)
        endpoint = exchange.endpoint or exchange.request.url
        turns = self._turns.setdefault((endpoint, limits.in_flight), asyncio.Semaphore(limits.in_flight))
        await _take_turn(turns, limits.start_for)
        try:
            watch.start()
            return await self._talk(exchange, limits, watch)
        finally:
            turns.release()

    async def _talk(self, exchange: Exchange, limits: Limits, watch: "_Watch") -> Response:
        """Perform it, and what it takes to be let in, all within the one deadline."""

        async def perform(request: Request) -> Response:
            left = limits.total_for - watch.seconds
            if left <= 0:
                raise Transient("no-time-left")
            target = addresses.target(request.url, exchange.allowed)
            watch.is_sending = watch.is_sending or request.token == exchange.request.token  # not of a token's own
            within = replace(limits, total_for=left)
            async with self._pools.session(target, request.tls) as session:
                return await exchanges.perform(request, session=session, limits=within, count=watch.count)

        if exchange.request.token is None:
            return await perform(exchange.request)
        return await self._tokens.send(exchange.request, exchange.request.token, perform=perform)


async def _take_turn(turns: asyncio.Semaphore, seconds: float) -> None:
    """Wait for one; a free one needs no deadline. Raises Transient (``not-started``)."""
    if not turns.locked():
        await turns.acquire()
        return
    try:
        async with asyncio.timeout(seconds):
            await turns.acquire()
    except TimeoutError:
        raise Transient("not-started") from None


class _Watch:
    """How long an exchange has been under way, nothing until its turn has come; and how much came."""

    def __init__(self) -> None:
        self._started_at: float | None = None
        self.received = 0
        self.is_sending = False

    def start(self) -> None:
        self._started_at = time.monotonic()

    def count(self, received: int) -> None:
        self.received += received

    @property
    def seconds(self) -> float:
        return 0.0 if self._started_at is None else time.monotonic() - self._started_at


os.register_at_fork(after_in_child=Egress._forget)  # noqa: SLF001
