"""Whether there is more to do than we get done: then new submissions are put off for a while, and nothing else is.

What was accepted stays accepted, and what is put off was not written at all. It is judged by what waits for us alone: a
recipient that is paused, closed, slow or kept to a rate holds back its own, and nobody is sent away for its sake.
"""

import logging
import random
import threading
import time
from dataclasses import dataclass, field

from django.conf import settings

from tellusonce import metrics
from tellusonce.deliveries import watching

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0  # how long an answer holds in a process
EASED = 0.5  # of the limit: under this it is over, so that it does not begin and end by turns
COME_AGAIN_SECONDS = (30, 60)  # drawn between, or all who were sent away would come at once


class PutOff(Exception):
    """There is too much to do this moment; nothing was written. `seconds` says when to come again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("More has been submitted than is being delivered. Nothing was written; send it again later.")
        self.seconds = seconds


@dataclass(slots=True)
class _Seen:
    """What this process has seen last, and when."""

    is_high: bool = False
    looked_at: float = field(default=float("-inf"))
    lock: threading.Lock = field(default_factory=threading.Lock)


_seen = _Seen()


def check() -> None:
    """Let a submission in, or raise PutOff."""
    if is_high():
        metrics.PUT_OFF.labels("backlog").inc()
        raise PutOff(random.randint(*COME_AGAIN_SECONDS))  # noqa: S311 - spreads load, hides nothing


def is_high() -> bool:
    """Whether submissions are put off; one look into the database every other second for each process."""
    if not settings.PUT_OFF_SECONDS:
        return False
    with _seen.lock:
        is_due = time.monotonic() - _seen.looked_at >= LOOK_SECONDS
        if is_due:
            _seen.looked_at = time.monotonic()  # the others go by what was seen last, instead of waiting
    if is_due:
        _judge(watching.waits_for_us().total_seconds())
    return _seen.is_high


def _judge(waited: float) -> None:
    limit = settings.PUT_OFF_SECONDS * (EASED if _seen.is_high else 1)
    was_high, _seen.is_high = _seen.is_high, waited >= limit
    if _seen.is_high and not was_high:
        logger.warning("submissions are put off: something has waited for us for %.0f seconds", waited)
    elif was_high and not _seen.is_high:
        logger.warning("submissions are taken again: nothing waits for longer than %.0f seconds", limit)
