"""The broker as whoever only publishes sees it: it holds up nobody, and nothing rests on it but speed.

After a failure it is left alone for a while, so that no page waits for it twice.
"""

import logging
import threading
import time
from collections.abc import Sequence
from functools import cache

import redis
from amqp.exceptions import AMQPError
from celery import current_app
from django.conf import settings
from django.db import DatabaseError
from kombu import Producer
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

PROMPT, SLOW = "prompt", "slow"
REST_AFTER_FAILURE = 5.0
# What may become of a hint, and of the mark that there is one; OSError is also that time ran out.
FAULTS = (OperationalError, AMQPError, redis.RedisError, OSError, DatabaseError)

_quiet_until = 0.0
_lock = threading.Lock()


@cache
def valkey() -> redis.Redis:
    """Give the client of Valkey or Redis, where that is the broker; it never waits for long."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.5, health_check_interval=10
    )


def ping() -> None:
    """Ask the broker whether it is there. Raises one of FAULTS if not."""
    if not settings.BROKER_IS_RABBITMQ:
        valkey().ping()
        return
    with current_app.connection_for_write() as connection:
        _ = connection.default_channel  # to connect in so many words would try twice, with two seconds between


def is_resting() -> bool:
    """Whether it failed a moment ago and is left alone."""
    return time.monotonic() < _quiet_until


def rest(error: Exception) -> None:
    """Leave it alone for a while."""
    global _quiet_until  # noqa: PLW0603 - one breaker for the process
    with _lock:
        _quiet_until = time.monotonic() + REST_AFTER_FAILURE
    logger.warning("the broker is left alone for a while: %s", type(error).__name__)


def publish(task: str, arguments: Sequence[object], *, queue: str = PROMPT) -> None:
    """Send a task. Raises one of FAULTS when the broker does not take it at once.

    It is void when the mark of it is, so that a queue that nobody serves holds no more than there are things to hint.
    """
    with current_app.producer_pool.acquire(block=True) as producer:
        try:
            current_app.send_task(
                task,
                list(arguments),
                queue=queue,
                producer=producer,
                ignore_result=True,
                retry=False,
                expiration=settings.LEASE_SECONDS,
                confirm_timeout=settings.PUBLISH_SECONDS,
            )
        except FAULTS:
            _hang_up(producer)
            raise


def _hang_up(producer: Producer) -> None:
    """Take a new connection next time: on this one a late answer would be taken for that to the next message."""
    if settings.BROKER_IS_RABBITMQ and producer.connection is not None:
        producer.connection.collect()
