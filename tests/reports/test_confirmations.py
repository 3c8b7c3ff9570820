"""The one door for what recipients say they did."""

import datetime as dt
import uuid

import pytest

from adapters.contract import Action, Answer
from identity import vault
from identity.ledger import Actor
from tellusonce import clocks, confirmations
from tellusonce.deliveries import replays
from tellusonce.models import Confirmation, Delivery
from tests import factories

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


@pytest.fixture
def delivery() -> Delivery:
    """A delivery that was sent."""
    factories.recipient("library")
    factories.submitted()
    Delivery.objects.update(state="sent", due_at=None, sent_at=clocks.now(), tries=1)
    return Delivery.objects.get()


def say(delivery: Delivery, outcome: str, *, minute: int = 0, organisation: str = "northmoor", **more: object) -> bool:
    """Let the recipient say something."""
    answer = Answer(outcome, occurred_at=MONDAY + dt.timedelta(minutes=minute), **more)  # type: ignore[arg-type]
    return confirmations.record(delivery.pk, answer, organisation=organisation, given_by="client", door="rest")


def now(delivery: Delivery) -> tuple[str, str]:
    """Read the delivery's state and outcome."""
    delivery.refresh_from_db()
    return delivery.state, delivery.outcome


def test_what_they_did_closes_the_delivery(delivery: Delivery) -> None:
    assert say(delivery, "acted", actions=(Action("account_closed", "2026-11-23"),))
    assert now(delivery) == ("closed", "acted")
    assert delivery.closed_at is not None


def test_receiving_is_not_doing(delivery: Delivery) -> None:
    say(delivery, "received")
    assert now(delivery) == ("sent", "received")


def test_the_same_confirmation_again_is_known(delivery: Delivery) -> None:
    """F25: duplicate."""
    assert say(delivery, "acted")
    assert not say(delivery, "acted")
    assert Confirmation.objects.count() == 1


def test_contradictions_are_kept_and_contested(delivery: Delivery) -> None:
    """F25: done then refused."""
    say(delivery, "acted", minute=1)
    say(delivery, "declined", minute=2)
    assert now(delivery) == ("closed", "contested")
    assert Confirmation.objects.count() == 2


def test_completed_before_received_stays_completed(delivery: Delivery) -> None:
    """F26: completed before received."""
    say(delivery, "acted", minute=5)
    say(delivery, "received", minute=1)
    assert now(delivery) == ("closed", "acted")


def test_actions_add_up(delivery: Delivery) -> None:
    say(delivery, "acted", minute=1, actions=(Action("payment_stopped"),))
    say(delivery, "acted", minute=2, actions=(Action("account_closed"),))
    codes = [action["code"] for each in Confirmation.objects.order_by("occurred_at") for action in each.actions]
    assert codes == ["payment_stopped", "account_closed"]


@pytest.mark.parametrize("before", ["failed", "withheld"])
def test_a_confirmation_closes_from_any_state_once_they_may_have_been_told(delivery: Delivery, before: str) -> None:
    """F25: after expiry or escalation."""
    Delivery.objects.update(state=before, reason="http-422")
    say(delivery, "acted")
    assert now(delivery) == ("closed", "acted")


def test_a_pending_delivery_that_is_acknowledged_counts_as_sent(delivery: Delivery) -> None:
    Delivery.objects.update(state="pending", due_at=clocks.now())
    say(delivery, "received")
    assert now(delivery) == ("sent", "received")
    assert delivery.due_at is None


@pytest.mark.parametrize("before", ["failed", "withheld"])
def test_whoever_says_it_is_in_hand_has_been_told(delivery: Delivery, before: str) -> None:
    Delivery.objects.update(state=before, reason="outcome-unknown")
    say(delivery, "manual_review")
    assert now(delivery) == ("sent", "manual_review")
    assert replays.replay(Actor("operator"), [delivery.pk]) == []


def test_what_is_said_again_without_a_time_after_something_else_counts(delivery: Delivery) -> None:
    for outcome in ("matched", "matched", "manual_review", "matched"):
        answer = Answer(outcome)
        confirmations.record(delivery.pk, answer, organisation="northmoor", given_by="client", door="rest")
    assert Confirmation.objects.count() == 3
    assert now(delivery) == ("sent", "matched")


def test_anothers_an_unknown_and_an_untold_delivery_look_the_same(delivery: Delivery) -> None:
    """F25: for an unknown delivery or another's (404, no oracle)."""
    with pytest.raises(confirmations.UnknownDelivery) as anothers:
        say(delivery, "acted", organisation="elsewhere")
    with pytest.raises(confirmations.UnknownDelivery) as unknown:
        say(Delivery(id=uuid.uuid4()), "acted")
    Delivery.objects.update(tries=0)
    with pytest.raises(confirmations.UnknownDelivery) as untold:
        say(delivery, "acted")
    assert len({str(error.value) for error in (anothers, unknown, untold)}) == 1
    assert not Confirmation.objects.exists()


def test_their_words_are_sealed(delivery: Delivery) -> None:
    say(delivery, "acted", their_reference="ACC-991", note="Closed for Alma Quillfeather")
    kept = Confirmation.objects.get()
    assert b"Quillfeather" not in bytes(kept.sealed or b"")
    place = f"tellusonce_confirmation.sealed:{kept.pk}"
    assert b"ACC-991" in vault.unseal(delivery.report.key, bytes(kept.sealed or b""), place=place)
