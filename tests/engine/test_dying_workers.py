"""Whatever a worker that dies, or is overtaken, leaves behind is picked up, and nothing is settled twice."""

import contextlib

import pytest

from adapters import rest
from adapters.contract import Answer, Content, Endpoint, Message
from tellusonce import confirmations, drains
from tellusonce.deliveries import lanes
from tellusonce.models import Attempt, Delivery, Lane, Recipient, Result
from tests.engine.tellings import claimed_and_sent, crash_after_claiming, let_leases_end, make_due, messages, owed
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_dead_worker_had_in_hand_is_sent_under_the_same_id(far_end: Running) -> None:
    recipient = owed(far_end)
    crash_after_claiming(recipient)
    drains.drain(recipient.pk, Lane.RETRY)
    assert Delivery.objects.values_list("state", "tries").get() == ("sent", 2)
    assert set(messages(far_end)) == {str(Delivery.objects.get().pk)}


def test_where_duplicates_are_not_detected_what_a_dead_worker_had_in_hand_is_left_to_a_person(far_end: Running) -> None:
    recipient = owed(far_end, route={"detects_duplicates": False})
    crash_after_claiming(recipient)
    drains.drain(recipient.pk, Lane.RETRY)
    assert Delivery.objects.values_list("state", "reason").get() == ("failed", "outcome-unknown")
    assert messages(far_end) == {}


def test_a_delivery_that_kills_its_workers_is_quarantined_and_the_others_flow(
    far_end: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F4: a payload that crashes its worker."""
    recipient = owed(far_end, reports=4)
    killer = str(Delivery.objects.order_by("created_at")[1].pk)
    encode = rest.encode

    def kills(message: Message, endpoint: Endpoint) -> Content:
        if message.id == killer:
            raise SystemExit  # the process is gone: nothing is caught, nothing settled
        return encode(message, endpoint)

    monkeypatch.setattr(rest, "encode", kills)
    for _ in range(12):
        for lane in Lane.NAMES:
            with contextlib.suppress(SystemExit):
                drains.drain(recipient.pk, lane)
            Lane.objects.update(leased_until=None)
            let_leases_end()
    assert Delivery.objects.values_list("state", "reason").get(pk=killer) == ("failed", "quarantined")
    assert list(Delivery.objects.exclude(pk=killer).values_list("state", flat=True)) == ["sent"] * 3


def test_a_worker_that_was_overtaken_settles_nothing(far_end: Running) -> None:
    """F10: a worker stopped for twice its lease, then continued."""
    recipient = owed(far_end)
    hold = lanes.take(recipient.pk, Lane.FIRST)
    assert hold is not None
    stopped = drains._Drain(hold)
    claimed_and_sent(stopped)
    late = stopped._hear()
    Lane.objects.update(leased_until=None)
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    sent_at = Delivery.objects.get().sent_at
    stopped._settle_and_claim(late)
    assert Delivery.objects.values_list("state", "sent_at").get() == ("sent", sent_at)
    assert sorted(Result.objects.values_list("outcome", "was_overtaken")) == [("accepted", False), ("accepted", True)]


def test_a_worker_that_lost_its_lane_claims_no_more(far_end: Running) -> None:
    recipient = owed(far_end, reports=2)
    hold = lanes.take(recipient.pk, Lane.FIRST)
    assert hold is not None
    Lane.objects.update(fence=hold.fence + 1)
    assert drains._Drain(hold).run() is drains.Ending.HAS_TO_WAIT
    assert Attempt.objects.count() == 0


def test_a_lane_that_is_held_is_not_drained_twice(far_end: Running) -> None:
    recipient = owed(far_end)
    assert lanes.take(recipient.pk, Lane.FIRST) is not None
    assert drains.drain(recipient.pk, Lane.FIRST) is drains.Ending.HELD_ELSEWHERE
    assert Attempt.objects.count() == 0


def test_a_confirmation_may_come_before_our_own_settling(far_end: Running) -> None:
    """F20: a confirmation before our own settling."""
    recipient = owed(far_end)
    hold = lanes.take(recipient.pk, Lane.FIRST)
    assert hold is not None
    drain = drains._Drain(hold)
    claimed_and_sent(drain)
    heard = drain._hear()
    confirmations.record(
        Delivery.objects.get().pk, Answer("acted"), organisation="northmoor", given_by="client", door="rest"
    )
    drain._settle_and_claim(heard)
    assert Delivery.objects.values_list("state", "outcome").get() == ("closed", "acted")
    assert Recipient.objects.get() == recipient
