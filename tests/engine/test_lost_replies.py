"""Replies that do not come, or come twice (F20, F21): over real sockets, applied once, and never taken for done."""

import datetime as dt
from typing import Any

import pytest

from tellusonce import clocks, deadlines, drains
from tellusonce.models import Attempt, Delivery, Lane
from tests.engine.tellings import make_due, messages, owed, told
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("trouble", ["drop", "hostile"])
def test_what_was_acted_on_and_whose_reply_was_lost_is_applied_once(
    far_end: Running, settings: Any, trouble: str
) -> None:
    """F21: the recipient acted and its reply was lost: the same id again, applied once."""
    settings.REPLY_SECONDS = 2.0
    lost: dict[str, Any] = {"times": 2, "after_taking": True}
    step = {"kind": "huge", **lost} if trouble == "hostile" else lost
    recipient = told(
        far_end, {trouble: step}, {"answer": {"outcome": "acted", "actions": [{"code": "account_closed"}]}}
    )
    for _ in range(3):
        make_due()
        drains.drain(recipient.pk, Lane.RETRY)
    (message,) = messages(far_end).values()
    delivery = Delivery.objects.get()
    assert message["effects"] == 1
    assert message["tries"] >= 2
    assert len(message["digests"]) == 1, "each try says the very same"
    assert delivery.state in {"sent", "closed"}
    assert Attempt.objects.count() == message["tries"]


def test_the_same_202_twice_and_no_confirmation_later_is_told_and_overdue_and_never_done(far_end: Running) -> None:
    """F20: the same 202 twice and no confirmation later."""
    recipient = owed(far_end)
    drains.drain(recipient.pk, Lane.FIRST)
    delivery = Delivery.objects.get()
    # Whoever settled the first was lost before it could; the same goes out again and is taken again.
    Delivery.objects.update(state="pending", due_at=clocks.now(), sent_at=None)
    drains.drain(recipient.pk, Lane.RETRY)
    (message,) = messages(far_end).values()
    assert (message["tries"], message["accepted"], message["effects"]) == (2, 2, 1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome) == ("sent", ""), "taken is not done"
    assert delivery.confirm_by is not None
    late = delivery.confirm_by + dt.timedelta(days=1)
    assert list(Delivery.objects.overdue(late)) == [delivery]
    assert not Delivery.objects.overdue(deadlines.today(clocks.now())).exists()
