"""Telling a worker that a notice is owed. The hint holds nothing and may be lost: the sweep finds what it is owed for.

One hint stands until a worker has sent all that was due, so that a mail server that hangs costs one thread.
"""

import logging

from django.conf import settings

from tellusonce import brokers, marks

logger = logging.getLogger(__name__)

NAME = "notices"
TASK = "tellusonce.tasks.send_notices"


def hint() -> None:
    """Let some worker send what is due, unless one has been told and is not done yet."""
    if not settings.NOTICES_CHANNEL or brokers.is_resting():
        return
    try:
        if marks.take([NAME]):
            brokers.publish(TASK, [])
    except brokers.FAULTS as error:
        _lose(error)


def forget() -> None:
    """Let the next notice be hinted again."""
    try:
        marks.drop([NAME])
    except brokers.FAULTS as error:
        _lose(error)


def _lose(error: Exception) -> None:
    brokers.rest(error)
    logger.warning("a hint of notices was lost: %s", type(error).__name__)
