"""F36: submissions are put off while something waits for us alone, and for no recipient's sake."""

import datetime as dt
import logging
from typing import Any

import pytest
from django.db import connection

from tellusonce import clocks, metrics, pressure
from tellusonce.deliveries import lanes, watching
from tellusonce.models import Delivery, Lane, Mailbox, Pause, Recipient
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
MINUTES = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process have seen nothing, and look whenever it is asked."""
    monkeypatch.setattr(pressure, "_seen", pressure._Seen())
    monkeypatch.setattr(pressure, "LOOK_SECONDS", 0.0)


def waiting(*, minutes: float, reports: int = 1) -> Recipient:
    """Owe reports to one recipient, which have been due for so long."""
    recipient = factories.recipient()
    for _ in range(reports):
        factories.submitted()
    age(minutes)
    return recipient


def age(minutes: float) -> None:
    Delivery.objects.filter(state="pending").update(due_at=clocks.now() - MINUTES * minutes)


def test_what_nobody_takes_in_hand_puts_submissions_off() -> None:
    waiting(minutes=6)
    assert 350 < watching.waits_for_us().total_seconds() < 400
    with pytest.raises(pressure.PutOff) as put_off:
        pressure.check()
    assert 30 <= put_off.value.seconds <= 60


def test_what_has_waited_for_less_does_not() -> None:
    waiting(minutes=4)
    pressure.check()


@pytest.mark.parametrize("what", ["paused", "all paused", "breaker", "hours", "rate", "in hand"])
def test_what_somebody_else_holds_back_puts_nobody_off(what: str) -> None:
    recipient, later = waiting(minutes=60), clocks.now() + MINUTES
    match what:
        case "paused":
            Mailbox.objects.update(paused_at=later)
        case "all paused":
            Pause.objects.create(kind="", paused_at=later, paused_by="operator", reason="drill")
        case "breaker":
            Mailbox.objects.update(open_until=later)
        case "hours":
            Recipient.objects.update(opening_hours={"days": [1], "from": "08:00", "until": "09:00"})
        case "rate":
            Recipient.objects.update(rate_per_second=0.5)
        case "in hand":
            lanes.take(recipient.pk, Lane.FIRST)
            Delivery.objects.update(leased_until=later)
    assert not watching.waits_for_us()


@pytest.mark.parametrize("columns", [{"tries": 1}, {"state": "available", "due_at": None}], ids=["retry", "to fetch"])
def test_what_is_no_first_attempt_puts_nobody_off(columns: dict[str, Any]) -> None:
    waiting(minutes=60)
    Delivery.objects.update(**columns)
    assert not watching.waits_for_us()


def test_a_recipient_that_takes_long_keeps_nobody_else_out() -> None:
    """F34: what waits there would have waited with any number of workers."""
    recipient = waiting(minutes=6, reports=8)
    Recipient.objects.update(in_flight=1)
    Mailbox.objects.filter(pk=recipient.pk).update(reply_ms=60_000)
    assert not watching.waits_for_us()
    Mailbox.objects.filter(pk=recipient.pk).update(reply_ms=200)
    assert watching.waits_for_us()


def test_it_is_over_at_half_of_the_limit_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    waiting(minutes=6)
    with caplog.at_level(logging.WARNING, "tellusonce.pressure"):
        assert pressure.is_high()
        age(4)
        assert pressure.is_high()
        age(2)
        assert not pressure.is_high()
        age(4)
        assert not pressure.is_high()
    begins, ends = (record.getMessage() for record in caplog.records)
    assert begins.startswith("submissions are put off: something has waited for us for 36")
    assert ends.startswith("submissions are taken again")


def test_it_is_counted() -> None:
    waiting(minutes=6)
    before = metrics.PUT_OFF.labels("backlog")._value.get()
    for _ in range(3):
        with pytest.raises(pressure.PutOff):
            pressure.check()
    assert metrics.PUT_OFF.labels("backlog")._value.get() == before + 3


def test_it_can_be_turned_off(settings: Any) -> None:
    settings.PUT_OFF_SECONDS = 0.0
    waiting(minutes=600)
    pressure.check()


def test_one_look_every_other_second_is_enough(monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any) -> None:
    monkeypatch.setattr(pressure, "LOOK_SECONDS", 2.0)
    with django_assert_num_queries(1):
        for _ in range(50):
            pressure.check()


def test_the_look_stays_on_the_index_of_what_is_open() -> None:
    waiting(minutes=6)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {watching.WAITS_FOR_US}", {"few": watching.FEW, "enough": watching.ENOUGH})
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "delivery_due" in plan
    assert "Seq Scan on tellusonce_delivery" not in plan
