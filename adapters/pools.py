"""Keep connections: a pool for each origin under one policy and one certificate, so that none outlives either."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp

from adapters import addresses, certificates, exchanges
from adapters.contract import Tls

# Shorter than the five seconds after which Apache drops an idle connection: a request that meets the drop is lost
# on the way and nobody can say whether it was taken.
KEEP_ALIVE_FOR = 4.0
# So long a connection is listened to before it is taken again: who answers twice does so at once. Meanwhile others are
# opened, but no more than so many are listened to: a large batch to a quick recipient takes a tenth of a second longer
# instead of a descriptor for each request.
LISTENED_FOR, LISTENED_TO = 0.1, 64
# So long a name leads to the addresses that were found and checked; then it is resolved and checked anew.
NAMES_KEPT_FOR = 10
# A pool that nobody has used for so long, as after its certificate was replaced, is let go of.
RETIRED_AFTER = 60.0


@dataclass(slots=True)
class _Pool:
    session: aiohttp.ClientSession
    users: int = 0
    left_at: float = field(default_factory=time.monotonic)

    @property
    def is_idle(self) -> bool:
        return self.users == 0 and time.monotonic() - self.left_at > RETIRED_AFTER


class Pools:
    """All kept connections of one event loop."""

    def __init__(self, *, trust: certificates.Trust, resolve: addresses.Resolve | None) -> None:
        self._trust = trust
        self._resolve = resolve
        self._plain = certificates.context(None, trust=trust)
        self._pools: dict[tuple[addresses.Target, Tls | None], _Pool] = {}

    def __len__(self) -> int:
        return len(self._pools)

    @contextlib.asynccontextmanager
    async def session(self, target: addresses.Target, tls: Tls | None) -> AsyncIterator[aiohttp.ClientSession]:
        """Give the session to talk to this origin with. Raises Misconfigured where the certificate cannot be used."""
        if (target, tls) not in self._pools:
            await self._retire()
        pool = self._pool(target, tls)
        pool.users += 1
        try:
            yield pool.session
        finally:
            pool.users -= 1
            pool.left_at = time.monotonic()

    def _pool(self, target: addresses.Target, tls: Tls | None) -> _Pool:
        """Find it, or open it without giving way to anybody who would open it too."""
        pool = self._pools.get((target, tls))
        if pool is None:
            pool = self._pools[target, tls] = _Pool(self._opened(target, tls))
        return pool

    async def _retire(self) -> None:
        for key in [key for key, pool in self._pools.items() if pool.is_idle]:
            await self._pools.pop(key).session.close()

    def _opened(self, target: addresses.Target, tls: Tls | None) -> aiohttp.ClientSession:
        connector = _Connector(
            resolver=addresses.CheckedResolver(target, resolve=self._resolve),
            ssl=self._context(tls),
            limit=0,
            ttl_dns_cache=NAMES_KEPT_FOR,
            keepalive_timeout=KEEP_ALIVE_FOR,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"Accept-Encoding": "identity", "User-Agent": exchanges.USER_AGENT},
        )
        # aiohttp sends a PUT again by itself when a kept connection turns out to be dead: a try is one try.
        session._retry_connection = False  # noqa: SLF001
        return session

    def _context(self, tls: Tls | None) -> ssl.SSLContext:
        return self._plain if tls is None else certificates.context(tls, trust=self._trust)

    async def close(self) -> None:
        """Close them all."""
        for pool in self._pools.values():
            await pool.session.close()


class _Connector(aiohttp.TCPConnector):
    """Takes no connection again on which something has come that nobody asked for, or might be about to.

    aiohttp would take it for the reply to the next request, and what was said of one person would count for another.
    """

    async def _get(self, key, traces):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the library has it
        while (left := self._seconds_to_listen(key)) > 0:
            if len(self._conns[key]) < LISTENED_TO:
                return None
            await asyncio.sleep(left)
        return await super()._get(key, traces)

    def _seconds_to_listen(self, key) -> float:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Say how long the one that would be taken, the longest idle, is still to be listened to."""
        now = time.monotonic()
        for kept, since in self._conns.get(key, ()):
            if kept.should_close:
                kept.abort()  # the library passes over what is not connected
            elif kept.is_connected() and now - since < KEEP_ALIVE_FOR:
                return LISTENED_FOR - (now - since)
        return 0.0
