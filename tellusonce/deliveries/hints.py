"""Telling workers that a lane has work. Hints hold ids alone and may be lost: nothing rests on them but speed.

A lane is hinted once until it has been drained: the key that says so expires by itself.
"""

import logging
import threading
import time
from collections.abc import Collection, Sequence
from functools import cache

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from tellusonce import metrics

logger = logging.getLogger(__name__)

LaneOf = tuple[int, str]  # a recipient's id and the lane's name
PROMPT, SLOW = "prompt", "slow"
REST_AFTER_FAILURE = 5.0

# All lanes of a report in one command: twenty took as long as the transaction that they follow.
MARK = """
local marked = {}
for place, key in ipairs(KEYS) do
    marked[place] = redis.call('SET', key, '', 'NX', 'PX', ARGV[1]) and 1 or 0
end
return marked
"""

_quiet_until = 0.0
_lock = threading.Lock()


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.5, health_check_interval=10
    )


def ping() -> None:
    """Ask the broker whether it is there. Raises RedisError if not."""
    _redis().ping()


def _key(lane: LaneOf) -> str:
    return f"tell-us-once:hint:{lane[0]}:{lane[1]}"


def wake(lanes: Sequence[LaneOf]) -> None:
    """Let some worker see to these lanes: one message however many there are, none when all have been hinted."""
    fresh = _mark(lanes)
    if fresh:
        _publish("tellusonce.tasks.wake", [fresh], PROMPT, fresh)


def hint(lanes: Sequence[LaneOf], *, slow: Collection[int] = ()) -> int:
    """Hint each lane by itself, those of slow recipients in the queue for the slow; gives how many were new."""
    fresh = _mark(lanes)
    pass_on(fresh, slow=slow)
    return len(fresh)


def pass_on(lanes: Sequence[LaneOf], *, slow: Collection[int] = ()) -> None:
    """Send a drain for each of these lanes, which are marked as hinted already."""
    for lane in lanes:
        _publish("tellusonce.tasks.drain", list(lane), SLOW if lane[0] in slow else PROMPT, [lane])


def forget(lanes: Sequence[LaneOf]) -> None:
    """Let these lanes be hinted again."""
    if time.monotonic() < _quiet_until:
        return
    try:
        _redis().delete(*map(_key, lanes))
    except redis.RedisError as error:
        logger.warning("hints could not be taken back: %s", type(error).__name__)


def _mark(lanes: Sequence[LaneOf]) -> list[LaneOf]:
    """Keep those lanes that nobody has hinted yet; with the broker down, none."""
    if not lanes or time.monotonic() < _quiet_until:
        metrics.HINTS.labels("lost").inc(len(lanes))
        return []
    try:
        lease = int(settings.LEASE_SECONDS * 1000)
        marked: list[int] = _redis().eval(MARK, len(lanes), *map(_key, lanes), lease)
    except redis.RedisError as error:
        _lose(lanes, error)
        return []
    return [lane for lane, is_new in zip(lanes, marked, strict=True) if is_new]


def _publish(task: str, arguments: list[object], queue: str, lanes: Sequence[LaneOf]) -> None:
    try:
        current_app.send_task(task, arguments, queue=queue, ignore_result=True, retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        forget(lanes)
        _lose(lanes, error)
    else:
        metrics.HINTS.labels("given").inc(len(lanes))


def _lose(lanes: Sequence[LaneOf], error: Exception) -> None:
    """Count the loss and leave the broker alone for a while, so that no page waits for it twice."""
    global _quiet_until  # noqa: PLW0603 - one breaker for the process
    with _lock:
        _quiet_until = time.monotonic() + REST_AFTER_FAILURE
    metrics.HINTS.labels("lost").inc(len(lanes))
    logger.warning("%d hints lost: %s", len(lanes), type(error).__name__)
