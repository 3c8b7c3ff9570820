"""Keep access tokens: one for each demand, fetched once for however many ask, renewed before it runs out.

They live in this process's memory alone, and are never written anywhere.
"""

import asyncio
import copy
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic, time

from adapters import grants
from adapters.contract import Failure, Misconfigured, Request, Response, Throttled, Tls, TokenDemand, Transient

Perform = Callable[[Request], Awaitable[Response]]
Key = tuple[TokenDemand, Tls | None]

UNAUTHORISED = 401
# A token is renewed when a fifth of its life is left, or a minute of a long one.
LEFT_AT_RENEWAL, MOST_LEFT = 0.2, 60.0
# Whoever asks within this time after a failure is told the same, so that a queue does not wait for each anew.
FAILED_FOR = 5.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What came of a fetch, when it came, and until when it counts."""

    found: str | Failure
    since: float
    until: float


class Tokens:
    """The tokens of one event loop."""

    def __init__(self) -> None:
        self._kept: dict[Key, _Kept] = {}
        self._fetching: dict[Key, asyncio.Task[_Kept]] = {}

    async def send(self, request: Request, demand: TokenDemand, *, perform: Perform) -> Response:
        """Send it with a token; once more with a new one where an older one is not taken any more.

        A 401 has taken nothing, so that this is still one try. Raises a Failure, of which those that concern the token
        begin with ``token-``: nothing was sent then.
        """
        key, fetch = (demand, request.tls), partial(_fetched, demand, request.tls, perform)
        began = monotonic()
        kept = await self._given(key, fetch)
        response = await perform(_with(request, kept))
        if response.status != UNAUTHORISED or kept.since >= began:  # whoever refuses a new token will refuse the next
            return response
        if self._kept.get(key) is kept:
            del self._kept[key]
        return await perform(_with(request, await self._given(key, fetch)))

    async def _given(self, key: Key, fetch: Callable[[], Awaitable[_Kept]]) -> _Kept:
        kept = self._kept.get(key)
        if kept is None or monotonic() >= kept.until:
            kept = await self._fetch_once(key, fetch)
        if isinstance(kept.found, Failure):
            raise copy.copy(kept.found)
        return kept

    async def _fetch_once(self, key: Key, fetch: Callable[[], Awaitable[_Kept]]) -> _Kept:
        task = self._fetching.get(key)
        if task is None:
            task = self._fetching[key] = asyncio.ensure_future(fetch())
            task.add_done_callback(partial(self._keep, key))
        return await asyncio.shield(task)

    def _keep(self, key: Key, task: asyncio.Task[_Kept]) -> None:
        self._fetching.pop(key, None)
        now = monotonic()
        self._kept = {known: kept for known, kept in self._kept.items() if kept.until > now}
        if not task.cancelled():
            self._kept[key] = task.result()

    def close(self) -> None:
        """Fetch nothing more."""
        for task in self._fetching.values():
            task.cancel()


def _with(request: Request, kept: _Kept) -> Request:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {kept.found}"})


async def _fetched(demand: TokenDemand, tls: Tls | None, perform: Perform) -> _Kept:
    """Fetch one; a failure is kept like a token, for a while."""
    try:
        asked = grants.request(demand, at=time(), nonce=secrets.token_urlsafe(16))
        grant = grants.read(await perform(replace(asked, tls=tls)))
    except Failure as failure:
        now = monotonic()
        return _Kept(_of_the_token(failure), now, now + FAILED_FOR)
    now = monotonic()
    return _Kept(grant.token, now, now + grant.seconds - min(grant.seconds * LEFT_AT_RENEWAL, MOST_LEFT))


def _of_the_token(failure: Failure) -> Failure:
    """Nothing was sent yet: what is unknown about the token is not unknown about the message."""
    code = failure.code if failure.code.startswith(("token-", "key-")) else f"token-{failure.code}"
    if isinstance(failure, Misconfigured):
        return Misconfigured(code)
    return Throttled(code, retry_after=failure.retry_after) if isinstance(failure, Throttled) else Transient(code)
