"""Signs of life: the process is up, the service is ready, and the numbers that an operator watches.

A worker can be alive and take nothing (celery #10205), so that readiness is judged by progress: by what has been due
for too long at a recipient that nothing holds back.
"""

import os
import time
from collections.abc import Callable, Iterator
from functools import lru_cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from identity import erasures
from tellusonce import brokers, rules
from tellusonce.deliveries import watching

OK = "ok"
RESTORED_SECONDS = 30.0  # how long an answer about erasures holds: reading the file takes a while when it is long


@rules.named(rules.SEE_SIGNS_OF_LIFE)
def healthz(_: HttpRequest) -> HttpResponse:
    """Say that the process answers; nothing else is asked."""
    return _uncached(JsonResponse({"status": "up"}))


@rules.named(rules.SEE_SIGNS_OF_LIFE)
def readyz(_: HttpRequest) -> HttpResponse:
    """Say whether the database and the broker answer and work moves on; 503 names what does not."""
    found = look()
    is_ready = all(words == OK for words in found.values())
    answer = {"status": "ready" if is_ready else "not ready", **found}
    return _uncached(JsonResponse(answer, status=200 if is_ready else 503))


def look() -> dict[str, str]:
    """Look at each thing that the service needs: `OK`, or what is wrong."""
    return {name: check() for name, check in CHECKS.items()}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return OK


def _broker() -> str:
    try:
        brokers.ping()
    except brokers.FAULTS:
        return "does not answer"
    return OK


def _progress() -> str:
    try:
        stalled = watching.stalled_for()
    except DatabaseError:
        return "cannot be judged"
    minutes = stalled.total_seconds() / 60
    if minutes < settings.STALLED_MINUTES:
        return OK
    return f"something has been due for {minutes:.0f} minutes and nobody sends it"


def _erasures() -> str:
    try:
        count = _alive_lately(settings.ERASURES_FILE, int(time.monotonic() / RESTORED_SECONDS))
    except DatabaseError:
        return "cannot be judged"
    if count:
        return f"a restored database: {count} data keys were destroyed since; run `manage.py restore_erasures`"
    return OK


@lru_cache(maxsize=1)
def _alive_lately(_file: str, _lately: int) -> int:
    return len(erasures.alive())


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "progress": _progress,
    "erasures": _erasures,
}


@rules.named(rules.SEE_SIGNS_OF_LIFE)
def metrics(_: HttpRequest) -> HttpResponse:
    """Give the counters of all processes of this machine, and what the database says at this moment."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it ships half of its types
    else:
        registry.register(REGISTRY)
    registry.register(Backlog())
    return _uncached(HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST))


class Backlog:
    """Gauges read from the database when they are asked for; without it, only that it does not answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the gauges, as prometheus_client asks for them."""
        up = GaugeMetricFamily("tellusonce_database_up", "Whether the database answered")
        try:
            gauges = list(_gauges(watching.backlog()))
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from gauges


def _gauges(seen: watching.Backlog) -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily(
        "tellusonce_oldest_due_seconds", "How long the delivery has been due that waits longest", seen.oldest_due
    )
    yield GaugeMetricFamily(
        "tellusonce_waits_for_us_seconds", "How long a first attempt has waited for a worker alone", seen.waits_for_us
    )
    open_by_state = GaugeMetricFamily(
        "tellusonce_open_deliveries", f"Open deliveries, counted up to {watching.ENOUGH} each", labels=["state"]
    )
    for state, count in seen.open_by_state.items():
        open_by_state.add_metric([state], count)
    yield open_by_state
    yield GaugeMetricFamily(
        "tellusonce_overdue_deliveries", f"Open and past their day, counted up to {watching.ENOUGH}", seen.overdue
    )
    yield GaugeMetricFamily(
        "tellusonce_failed_deliveries", f"Waiting for a person, counted up to {watching.ENOUGH}", seen.failed
    )
    yield GaugeMetricFamily("tellusonce_mailboxes_paused", "Recipients to whom sending is paused", seen.paused)
    yield GaugeMetricFamily("tellusonce_breakers_open", "Recipients whose breaker is open", seen.breakers_open)


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
