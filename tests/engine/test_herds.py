"""F35: all that waited through a long outage is due at once, in both lanes, and two workers drain it: limits hold."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection

from tellusonce import clocks, drains
from tellusonce.models import Attempt, Delivery, Lane, Mailbox, Recipient
from tests import factories
from tests.engine.tellings import owed
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def herd(far_end: Running, reports: int, *behaviour: dict[str, Any], **fields: float) -> Recipient:
    """Owe reports to one recipient, all due, half of them tried before."""
    recipient = owed(far_end, *behaviour, reports=reports, **fields)
    Delivery.objects.update(due_at=LONG_AGO)
    tried = Delivery.objects.values_list("pk", flat=True)[: reports // 2]
    Delivery.objects.filter(pk__in=list(tried)).update(tries=1)
    return recipient


def drained(recipient: Recipient, *lanes: str) -> None:
    """Drain lanes at once, each by a worker of its own."""

    def drain(lane: str) -> None:
        drains.drain(recipient.pk, lane)
        connection.close()

    workers = [threading.Thread(target=drain, args=(lane,)) for lane in lanes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def most_within(starts: list[dt.datetime], seconds: float) -> int:
    """Count how many at most began within any such time."""
    window = dt.timedelta(seconds=seconds)
    return max(sum(first <= each < first + window for each in starts) for first in starts)


def test_both_lanes_together_keep_to_the_rate(far_end: Running) -> None:
    recipient = herd(far_end, 24, rate_per_second=8.0)
    drained(recipient, Lane.FIRST, Lane.RETRY, Lane.FIRST, Lane.RETRY)
    starts = sorted(Attempt.objects.values_list("started_at", flat=True))
    assert len(starts) == 24
    assert starts[-1] - starts[0] >= dt.timedelta(seconds=(24 - 8 - 1) / 8)
    assert most_within(starts, 1.0) <= 2 * 8  # a second's worth that was saved up, and what that second gives


def test_of_a_herd_behind_an_open_breaker_one_probes(far_end: Running) -> None:
    recipient = herd(far_end, 20, {"refuse": {"status": 503}})
    Mailbox.objects.update(failures=5, openings=3, open_until=clocks.now())
    drained(recipient, Lane.FIRST, Lane.RETRY, Lane.FIRST, Lane.RETRY)
    assert Attempt.objects.count() == 1
    assert Mailbox.objects.get().open_until > clocks.now() + dt.timedelta(minutes=1)  # type: ignore[operator]
    drained(recipient, Lane.FIRST, Lane.RETRY)
    assert Attempt.objects.count() == 1


def test_first_attempts_do_not_wait_for_a_herd_of_retries(far_end: Running) -> None:
    recipient = herd(far_end, 12)
    Delivery.objects.update(tries=1)
    factories.submitted()
    drained(recipient, Lane.FIRST)
    (state,) = Delivery.objects.filter(due_at__isnull=True).values_list("state", flat=True)
    assert state == "sent"
    assert Delivery.objects.filter(state="pending").count() == 12
