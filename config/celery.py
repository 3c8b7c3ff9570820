"""The Celery application, for workers, the scheduler and whoever publishes a hint.

``celery -A config worker -Q prompt`` works; what it needs is in the settings that begin with ``CELERY_``.
"""

import logging
import os
import sys
import threading
from typing import Any

from celery import Celery
from celery.signals import (
    celeryd_init,
    setup_logging,
    task_prerun,
    task_unknown,
    worker_init,
    worker_ready,
    worker_shutting_down,
)
from django.conf import settings
from django.db import close_old_connections

from config import forks, memory, restores

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Django's checks read every page and every operation of the interface, which a worker never serves: 35 MB of each.
# The web makes them when it starts, and so does every command of manage.py.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

# A worker may wait: it holds up nobody's page, and its BRPOP alone takes a second.
WORKER_WAITS = {
    "redis": {"socket_connect_timeout": 5, "socket_timeout": 10, "max_retries": None},
    "rabbitmq": {"read_timeout": 10, "write_timeout": 10, "max_retries": None},
}
WORKER_CONNECTS_SECONDS = 5

logger = logging.getLogger(__name__)

app = Celery("tellusonce")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery closes a thread's connection to the database after each task otherwise, and to connect took longer than to
# deliver what a hint was about. The number is doubled where it is read.
app.add_defaults(lambda: {"CELERY_DB_REUSE_MAX": sys.maxsize // 2})
app.autodiscover_tasks(["tellusonce"])
forks.guard()


@celeryd_init.connect
def wait_longer(conf: Any, **_: object) -> None:
    """Give a worker its own patience with the broker, before it connects."""
    waits = WORKER_WAITS["rabbitmq" if settings.BROKER_IS_RABBITMQ else "redis"]
    conf.broker_transport_options = {**conf.broker_transport_options, **waits}
    conf.broker_connection_timeout = WORKER_CONNECTS_SECONDS


@task_prerun.connect
def leave_old_connections(**_: object) -> None:
    """Close this thread's connection if it is too old or was broken; before its first statement it is tried."""
    close_old_connections()


@task_unknown.connect
def say_what_is_unknown(name: str = "", **_: object) -> None:
    """Name what Celery throws away: a hint of another version's, whose lane the sweep will find."""
    logger.error("a message asks for %s, which this version does not know", name)


@worker_init.connect
def share_memory(**_: object) -> None:
    """Let threads share what they need of memory, before there are any."""
    memory.share_pools()


@worker_init.connect
def refuse_a_restored_database(**_: object) -> None:
    """Start no worker on a database in which something erased is still there."""
    restores.refuse()


@setup_logging.connect
def keep_our_logs(**_: object) -> None:
    """Leave logging as config.logs set it up; Celery stops setting up its own as soon as somebody listens."""


stopping = threading.Event()


@worker_ready.connect
def sweep(**_: object) -> None:
    """Let each worker look for forgotten work by itself, whoever else is down."""
    from tellusonce import sweeper  # noqa: PLC0415 - needs Django, which a worker has set up by now

    memory.give_back()
    sweeper.start(stopping)


@worker_shutting_down.connect
def stop_sweeping(**_: object) -> None:
    """Take on nothing new."""
    stopping.set()
