"""What takes something back or puts it right overtakes what is only told, at the same recipient, in both lanes."""

import datetime as dt

import pytest
from django.db import connection, transaction

from tellusonce import clocks, drains
from tellusonce.deliveries import claims, lanes, owing, sweeps
from tellusonce.models import Delivery, Lane, Recipient
from tests import factories
from tests.engine.tellings import bodies, owed, told
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def backlog(reports: int) -> Recipient:
    """Owe reports to one recipient, all due long ago."""
    recipient = factories.recipient()
    for _ in range(reports):
        factories.submitted()
    Delivery.objects.update(due_at=LONG_AGO)
    return recipient


def taken_back(recipient: Recipient, purpose: Delivery.Purpose = Delivery.Purpose.VOID) -> Delivery:
    """Let the recipient have been told of one report, and owe it one thing more about that."""
    before = Delivery.objects.filter(recipient=recipient, purpose="notify").order_by("created_at").first()
    assert before is not None
    Delivery.objects.filter(pk=before.pk).update(state="sent", due_at=None, sent_at=clocks.now())
    with transaction.atomic():
        return owing.follow_up(before, purpose=purpose, at=clocks.now())


def claimed(recipient: Recipient, *, limit: int, lane: str = Lane.FIRST) -> list[claims.Claimed]:
    hold = lanes.take(recipient.pk, lane)
    assert hold is not None
    with transaction.atomic():
        return claims.claim(hold, limit=limit)


@pytest.mark.parametrize("purpose", Delivery.URGENT)
def test_what_is_urgent_is_claimed_before_what_has_been_due_for_longer(purpose: Delivery.Purpose) -> None:
    recipient = backlog(4)
    urgent = taken_back(recipient, Delivery.Purpose(purpose))
    assert [each.id for each in claimed(recipient, limit=1)] == [urgent.pk]


def test_the_rest_of_a_batch_is_filled_in_the_order_of_due_times() -> None:
    recipient = backlog(4)
    urgent = taken_back(recipient)
    batch = claimed(recipient, limit=3)
    assert [each.purpose for each in batch] == ["void", "notify", "notify"]
    assert batch[0].id == urgent.pk


def test_it_stays_ahead_of_first_attempts_when_it_is_tried_again() -> None:
    recipient = backlog(3)
    urgent = taken_back(recipient)
    Delivery.objects.filter(pk=urgent.pk).update(tries=3)
    assert claimed(recipient, limit=5, lane=Lane.RETRY) == []
    assert [each.lane for each in sweeps.find()] == [Lane.FIRST]
    assert [each.id for each in claimed(recipient, limit=1)] == [urgent.pk]


def test_what_is_not_due_yet_overtakes_nothing() -> None:
    recipient = backlog(2)
    urgent = taken_back(recipient)
    Delivery.objects.filter(pk=urgent.pk).update(due_at=clocks.now() + dt.timedelta(minutes=5))
    assert [each.purpose for each in claimed(recipient, limit=1)] == ["notify"]


def test_it_reaches_a_recipient_that_allows_little_at_a_time_before_the_backlog(far_end: Running) -> None:
    recipient = told(far_end)
    for _ in range(6):
        factories.submitted()
    before = Delivery.objects.get(state="sent")
    Delivery.objects.filter(state="pending").update(due_at=LONG_AGO)
    with transaction.atomic():
        owing.follow_up(before, purpose=Delivery.Purpose.WITHDRAW, at=clocks.now())
    Recipient.objects.update(rate_per_second=4.0)
    drains.drain(recipient.pk, Lane.FIRST)
    assert bodies(far_end)[1]["message"]["purpose"] == "withdraw"
    assert len(bodies(far_end)) == 8


def test_both_looks_stay_on_the_indexes_of_what_is_open(far_end: Running) -> None:
    recipient = owed(far_end)
    asked = {"recipient": recipient.pk, "is_first": True, "limit": 50, "is_suspect": False, "lease": 60}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {claims.CLAIM}", asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "delivery_urgent" in plan
    assert "delivery_due" in plan
    assert "Seq Scan on tellusonce_delivery" not in plan
