"""The sweep that every worker makes by itself: no scheduler, no queue and no other worker has to be well for it."""

import logging
import random
import threading

from django.conf import settings
from django.db import connection

from tellusonce import metrics, tasks

logger = logging.getLogger(__name__)


def start(until: threading.Event) -> threading.Thread:
    """Sweep in a thread of its own until told to stop."""
    thread = threading.Thread(target=_run, args=(until,), name="sweeper", daemon=True)
    thread.start()
    return thread


def _run(until: threading.Event) -> None:
    while not until.wait(settings.SWEEP_SECONDS * random.uniform(0.8, 1.0)):  # noqa: S311 - spreads load, hides nothing
        try:
            tasks.sweep()
        except Exception as error:
            logger.exception("a sweep failed")
            metrics.UNKNOWN_FAILURES.labels(type(error).__name__).inc()
        finally:
            connection.close()  # it sleeps longer than it works
