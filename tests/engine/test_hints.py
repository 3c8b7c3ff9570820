"""Hints are coalesced, hold ids alone and may be lost; the sweeper finds what nobody was told of."""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db import OperationalError, connection, transaction

from tellusonce import brokers, clocks, drains, metrics, sweeper, tasks
from tellusonce.deliveries import hints, lanes, mailboxes, sweeps
from tellusonce.models import Delivery, Lane, Mailbox, Pause, Recipient, Route
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh_breaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget that the broker was down in an earlier test."""
    monkeypatch.setattr(brokers, "_quiet_until", 0.0)
    brokers.valkey.cache_clear()
    yield
    brokers.valkey().close()
    brokers.valkey.cache_clear()


def queued(valkey: redis.Redis, queue: str = "prompt") -> int:
    """Count the messages in a queue."""
    return int(valkey.llen(f"tell-us-once:{queue}"))


def test_submitting_hints_once_on_commit(valkey: redis.Redis) -> None:
    for _ in range(3):
        factories.recipient()
    factories.submitted()
    assert queued(valkey) == 1


def test_a_submission_that_is_rolled_back_hints_nobody(valkey: redis.Redis) -> None:
    factories.recipient()
    with transaction.atomic():
        factories.submitted()
        transaction.set_rollback(True)
    assert queued(valkey) == 0


def test_a_lane_that_was_hinted_is_not_hinted_again_until_it_is_drained(valkey: redis.Redis) -> None:
    recipient = factories.recipient()
    for _ in range(5):
        factories.submitted()
    assert queued(valkey) == 1
    hints.forget([(recipient.pk, Lane.FIRST)])
    factories.submitted()
    assert queued(valkey) == 2


def test_hints_hold_ids_and_no_words(valkey: redis.Redis) -> None:
    factories.recipient()
    factories.submitted()
    everything = b"".join(valkey.dump(key) or b"" for key in valkey.keys("*"))
    assert b"Quillfeather" not in everything
    assert b"ZX1" not in everything


def test_slow_recipients_are_drained_in_their_own_queue(valkey: redis.Redis) -> None:
    quick, slow = factories.recipient(), factories.recipient()
    Mailbox.objects.filter(pk=slow.pk).update(reply_ms=Mailbox.SLOW_MS)
    tasks.wake([(quick.pk, Lane.FIRST), (slow.pk, Lane.FIRST)])
    assert (queued(valkey, "prompt"), queued(valkey, "slow")) == (1, 1)


def test_a_broker_that_is_down_loses_the_hint_and_not_the_report(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """F5: broker down at commit."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    factories.recipient()
    factories.submitted()
    assert Delivery.objects.get().state == "pending"
    assert brokers.is_resting()


def owed() -> Recipient:
    """Owe one report to one recipient, and lose every hint of it."""
    recipient = factories.recipient()
    factories.submitted()
    hints.forget([(recipient.pk, Lane.FIRST)])
    return recipient


def test_the_sweeper_finds_what_nobody_was_told_of(valkey: redis.Redis) -> None:
    recipient = owed()
    valkey.flushall()
    assert [(each.recipient_id, each.lane) for each in sweeps.find()] == [(recipient.pk, Lane.FIRST)]
    tasks.sweep()
    assert queued(valkey) == 1


def test_the_sweeper_does_not_repeat_itself(valkey: redis.Redis) -> None:
    """F11: the queue's length stays bounded, however often it sweeps."""
    owed()
    valkey.flushall()
    for _ in range(20):
        tasks.sweep()
    assert queued(valkey) == 1


@pytest.mark.parametrize("what", ["not yet due", "leased", "lane held", "paused", "breaker open", "sent"])
def test_the_sweeper_leaves_alone_what_cannot_go_now(valkey: redis.Redis, what: str) -> None:
    recipient = owed()
    later = clocks.now() + dt.timedelta(minutes=5)
    match what:
        case "not yet due":
            Delivery.objects.update(due_at=later)
        case "leased":
            Delivery.objects.update(leased_until=later)
        case "lane held":
            lanes.take(recipient.pk, Lane.FIRST)
        case "paused":
            mailboxes.pause(recipient.pk, by="operator", reason="drill")
        case "breaker open":
            Mailbox.objects.update(open_until=later)
        case "sent":
            Delivery.objects.update(state="sent", due_at=None, sent_at=later)
    assert sweeps.find() == []


def test_the_sweeper_tells_retries_from_first_attempts(valkey: redis.Redis) -> None:
    owed()
    Delivery.objects.update(tries=1)
    assert [each.lane for each in sweeps.find()] == [Lane.RETRY]


def test_two_sweepers_do_not_sweep_at_once(valkey: redis.Redis) -> None:
    """F9: two sweepers."""
    owed()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [sweeps.LOCK])
        assert sweeps.find() == []
        cursor.execute("SELECT pg_advisory_unlock(%s)", [sweeps.LOCK])
    other.close()
    assert len(sweeps.find()) == 1


def test_a_drain_that_ran_out_of_time_hints_again(valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    recipient = owed()
    valkey.flushall()
    monkeypatch.setattr("tellusonce.drains._Drain._seconds_to_start", lambda _drain: 0.0)
    tasks.drain(recipient.pk, Lane.FIRST)
    assert queued(valkey) == 1


def test_what_ends_a_drain_is_counted(valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """F10: a worker whose session or time was over when it went on."""
    recipient = owed()

    def ends(_recipient: int, _lane: str) -> drains.Ending:
        raise OperationalError

    monkeypatch.setattr("tellusonce.drains.drain", ends)
    counted = metrics.UNKNOWN_FAILURES.labels("OperationalError")
    before = counted._value.get()
    with pytest.raises(OperationalError):
        tasks.drain(recipient.pk, Lane.FIRST)
    assert counted._value.get() == before + 1


def test_what_a_stopped_worker_holds_keeps_nobody_busy(valkey: redis.Redis) -> None:
    """F10: a worker stopped in the middle of a transaction."""
    recipient = owed()
    valkey.flushall()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT id FROM tellusonce_delivery FOR UPDATE")
    tasks.drain(recipient.pk, Lane.FIRST)
    assert queued(valkey) == 0
    other.close()
    tasks.sweep()
    assert queued(valkey) == 1


@pytest.mark.parametrize("kind", ["", "death"])
def test_a_pause_does_not_keep_workers_busy(valkey: redis.Redis, kind: str) -> None:
    recipient = owed()
    valkey.flushall()
    Pause.objects.create(kind=kind, paused_at=clocks.now(), paused_by="operator", reason="drill")
    tasks.drain(recipient.pk, Lane.FIRST)
    tasks.sweep()
    assert queued(valkey) == 0


def test_work_that_came_while_the_hint_still_stood_is_hinted_when_it_is_taken_back(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = factories.recipient()

    def ends_just_before_a_submission(_recipient: int, _lane: str) -> drains.Ending:
        factories.submitted()
        return drains.Ending.DONE

    hints.hint([(recipient.pk, Lane.FIRST)])
    monkeypatch.setattr("tellusonce.drains.drain", ends_just_before_a_submission)
    tasks.drain(recipient.pk, Lane.FIRST)
    assert queued(valkey) == 2


def test_a_rate_that_lets_nothing_through_keeps_nobody_busy(valkey: redis.Redis) -> None:
    recipient = factories.recipient(rate_per_second=0.001)
    factories.submitted()
    valkey.flushall()
    Mailbox.objects.filter(pk=recipient.pk).update(tokens=0.0, refilled_at=clocks.now())
    tasks.drain(recipient.pk, Lane.FIRST)
    tasks.sweep()
    assert queued(valkey) == 0


def test_a_drain_that_found_its_lane_held_leaves_the_hint_to_the_holder(valkey: redis.Redis) -> None:
    recipient = owed()
    lanes.take(recipient.pk, Lane.FIRST)
    valkey.flushall()
    hints.hint([(recipient.pk, Lane.FIRST)])
    tasks.drain(recipient.pk, Lane.FIRST)
    assert hints.hint([(recipient.pk, Lane.FIRST)]) == 0


def test_each_worker_sweeps_by_itself(valkey: redis.Redis, settings: Any) -> None:
    """F9: no scheduler."""
    settings.SWEEP_SECONDS = 0.05
    owed()
    valkey.flushall()
    until = threading.Event()
    thread = sweeper.start(until)
    give_up = time.monotonic() + 60
    while queued(valkey) == 0 and time.monotonic() < give_up:
        time.sleep(0.02)
    until.set()
    thread.join()
    assert queued(valkey) == 1


@pytest.mark.parametrize("adapter", Route.FETCHED)
def test_what_was_to_be_fetched_is_sent_once_the_recipient_can_be_called(valkey: redis.Redis, adapter: str) -> None:
    recipient = factories.recipient(route={"adapter": adapter})
    factories.submitted()
    factories.route(recipient, address="https://library.example/")
    assert [each.recipient_id for each in sweeps.find()] == [recipient.pk]
    assert Delivery.objects.get().state == "pending"


@pytest.mark.parametrize("adapter", Route.FETCHED)
def test_what_was_to_be_sent_is_fetched_once_the_recipient_cannot_be_called(valkey: redis.Redis, adapter: str) -> None:
    recipient = owed()
    factories.route(recipient, address="", adapter=adapter)
    assert sweeps.find() == []
    assert Delivery.objects.get().state == "available"


def test_a_drain_that_found_nothing_lets_its_hint_go(valkey: redis.Redis) -> None:
    recipient = factories.recipient()
    hints.hint([(recipient.pk, Lane.FIRST)])
    valkey.delete(*[key for key in valkey.keys("*") if b"hint" not in key])
    tasks.drain(recipient.pk, Lane.FIRST)
    assert valkey.keys("*hint*") == []
