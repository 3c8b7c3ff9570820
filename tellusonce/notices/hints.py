"""Telling a worker that a notice is owed. The hint holds nothing and may be lost: the sweep finds what it is owed for.

One hint stands until a worker has sent all that was due, so that a mail server that hangs costs one thread.
"""

import logging
import time
from functools import cache

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

KEY = "tell-us-once:hint:notices"
TASK = "tellusonce.tasks.send_notices"
REST_AFTER_FAILURE = 5.0

_quiet_until = 0.0


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.5, health_check_interval=10
    )


def hint() -> None:
    """Let some worker send what is due, unless one has been told and is not done yet."""
    if not settings.NOTICES_CHANNEL or time.monotonic() < _quiet_until:
        return
    try:
        if _redis().set(KEY, b"", nx=True, px=int(settings.LEASE_SECONDS * 1000)):
            current_app.send_task(TASK, [], queue="prompt", ignore_result=True, retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        _rest(error)


def forget() -> None:
    """Let the next notice be hinted again."""
    if time.monotonic() < _quiet_until:
        return
    try:
        _redis().delete(KEY)
    except redis.RedisError as error:
        _rest(error)


def _rest(error: Exception) -> None:
    """Leave the broker alone for a while, so that no page waits for it twice."""
    global _quiet_until  # noqa: PLW0603 - one breaker for the process
    _quiet_until = time.monotonic() + REST_AFTER_FAILURE
    logger.warning("a hint of notices was lost: %s", type(error).__name__)
