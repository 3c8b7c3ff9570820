"""How often a client may ask: a bucket of its own in Valkey, refilled steadily (the generic cell rate algorithm).

It protects the service from a client that has lost its head, and nothing else rests on it: so with Valkey down it lets
everybody through, rather than keep a registrar from reporting a death (docs/clients.md). It is one step there, so
that many processes count as one, and the clock is Valkey's. Without any Valkey each process counts for itself.
"""

import logging
import threading
import time
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

REST_AFTER_FAILURE = 5.0
BURST_SECONDS = 15  # what may be asked at once, of a minute's allowance
SPEND = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local gap, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or now)
if due < now then due = now end
if due + gap - burst > now then return math.ceil(due + gap - burst - now) end
redis.call('SET', KEYS[1], string.format('%.3f', due + gap), 'PX', math.ceil(due + gap - now) + 1)
return 0
"""

_quiet_until = 0.0
_due: dict[str, float] = {}
_lock = threading.Lock()


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.5, health_check_interval=10
    )


def spend(name: str, *, per_minute: int) -> float:
    """Take one from the bucket of this name; gives 0, or the seconds until there is one again."""
    global _quiet_until  # noqa: PLW0603 - one breaker for the process
    if not per_minute or time.monotonic() < _quiet_until:
        return 0.0
    gap = 60_000 / per_minute
    if not settings.REDIS_URL:
        return _spend_here(name, gap) / 1000
    try:
        wait = _redis().eval(SPEND, 1, f"tell-us-once:allowance:{name}", gap, max(gap, BURST_SECONDS * 1000))
    except redis.RedisError as error:
        _quiet_until = time.monotonic() + REST_AFTER_FAILURE
        logger.warning("requests are not counted: %s", type(error).__name__)
        return 0.0
    return float(str(wait)) / 1000


def _spend_here(name: str, gap: float) -> float:
    """Do the same with a clock and buckets of this process alone; gives milliseconds."""
    now = time.monotonic() * 1000
    with _lock:
        due = max(_due.get(name, now), now)
        wait = due + gap - max(gap, BURST_SECONDS * 1000) - now
        if wait > 0:
            return wait
        _due[name] = due + gap
    return 0.0
