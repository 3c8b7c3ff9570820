"""A mailbox keeps its recipient's limits: pauses, breaker, rate, and how much is in hand."""

import datetime as dt

import pytest
from django.db import transaction

from tellusonce import clocks, drains
from tellusonce.deliveries import lanes, mailboxes
from tellusonce.models import Attempt, Delivery, Lane, Mailbox, Pause, Recipient, Result
from tests import factories
from tests.engine.tellings import claimed_and_sent, crash_after_claiming, make_due, owed, told
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)


def test_their_wish_for_time_is_honoured(far_end: Running) -> None:
    told(far_end, {"refuse": {"status": 429, "retry_after_s": 3600}})
    wait = Delivery.objects.get().due_at - clocks.now()  # type: ignore[operator]
    assert dt.timedelta(minutes=59) < wait <= dt.timedelta(hours=1)


def test_a_locked_door_pauses_the_mailbox_and_not_the_delivery(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 401}})
    assert Delivery.objects.get().state == "pending"
    assert Mailbox.objects.get().pause_reason == "http-401"
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert Attempt.objects.count() == 1


def test_their_wish_for_time_holds_the_whole_mailbox(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 429, "retry_after_s": 600, "times": 1}})
    factories.submitted()
    drains.drain(recipient.pk, Lane.FIRST)
    assert Attempt.objects.count() == 1
    assert Mailbox.objects.get().open_until > clocks.now() + dt.timedelta(minutes=9)  # type: ignore[operator]


def test_no_more_is_in_hand_than_on_the_wire_where_duplicates_are_not_detected(far_end: Running) -> None:
    recipient = owed(far_end, reports=5, in_flight=4, route={"detects_duplicates": False})
    crash_after_claiming(recipient)
    assert Attempt.objects.count() == 3
    drains.drain(recipient.pk, Lane.FIRST)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["pending"] * 3 + ["sent"] * 2


@pytest.mark.parametrize("kind", ["", "death"])
def test_a_pause_stops_what_it_covers_and_costs_no_attempt(far_end: Running, kind: str) -> None:
    recipient = owed(far_end)
    Pause.objects.create(kind=kind, paused_at=clocks.now(), paused_by="operator", reason="drill")
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.values_list("state", "tries").get() == ("pending", 0)
    Pause.objects.all().delete()
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.get().state == "sent"


def test_the_breaker_opens_probes_once_and_closes(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 500, "times": 1}}, reports=8)
    mailbox = Mailbox.objects.get()
    assert (mailbox.openings, mailbox.open_until is None) == (1, False)
    assert mailbox.open_until < clocks.now() + dt.timedelta(seconds=31)  # type: ignore[operator]
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert Attempt.objects.count() == 8
    Mailbox.objects.update(open_until=clocks.now())
    drains.drain(recipient.pk, Lane.RETRY)
    assert Result.objects.filter(outcome="accepted").count() == 8
    assert Mailbox.objects.get().open_until is None


def test_a_failed_probe_keeps_the_breaker_open(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 500}}, reports=6)
    make_due()
    Mailbox.objects.update(open_until=clocks.now())
    drains.drain(recipient.pk, Lane.RETRY)
    assert Attempt.objects.count() == 7
    assert Mailbox.objects.get().open_until > clocks.now()  # type: ignore[operator]


def test_a_probe_that_never_left_is_given_back(far_end: Running) -> None:
    recipient = owed(far_end)
    Mailbox.objects.update(failures=5, openings=1, open_until=clocks.now())
    factories.count_agreements([])
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.get().state == "withheld"
    assert Mailbox.objects.get().open_until <= clocks.now()  # type: ignore[operator]


def test_a_straggler_does_not_close_the_breaker(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 429, "retry_after_s": 600, "times": 1}})
    hear(recipient, took_ms=5)
    assert Mailbox.objects.get().open_until > clocks.now()  # type: ignore[operator]


def test_a_limit_lowered_during_a_drain_does_no_harm(far_end: Running) -> None:
    recipient = owed(far_end, reports=12, in_flight=16)
    hold = lanes.take(recipient.pk, Lane.FIRST)
    assert hold is not None
    drain = drains._Drain(hold)
    claimed_and_sent(drain)
    factories.route(recipient, address=f"{far_end.url}/rest/council-tax", detects_duplicates=False)
    Recipient.objects.update(in_flight=1)
    assert drain._settle_and_claim(drain._hear()[:1]) is None


def test_a_rate_is_kept(far_end: Running) -> None:
    told(far_end, reports=6, rate_per_second=4.0)
    starts = sorted(Attempt.objects.values_list("started_at", flat=True))
    assert len(starts) == 6
    assert starts[5] - starts[0] >= dt.timedelta(seconds=0.4)


def hear(recipient: Recipient, *, took_ms: int, times: int = 1) -> None:
    """Let the mailbox hear replies that took so long."""
    with transaction.atomic():
        mailboxes.note_replies(recipient.pk, [mailboxes.Heard(is_failure=False, took_ms=took_ms)] * times)


def test_a_mailbox_becomes_slow_and_quick_again(far_end: Running) -> None:
    recipient = told(far_end)
    assert drains.slow_among([recipient.pk]) == set()
    hear(recipient, took_ms=9000)
    assert drains.slow_among([recipient.pk]) == {recipient.pk}
    hear(recipient, took_ms=5, times=8)
    assert drains.slow_among([recipient.pk]) == set()
