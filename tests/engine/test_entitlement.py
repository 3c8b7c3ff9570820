"""Entitlement is judged again at each turn: what was lost withholds, and nothing is ever widened."""

import datetime as dt
from typing import Any

import pytest

from identity.models import DataKey
from tellusonce import clocks, drains, releases
from tellusonce.models import Attempt, Delivery, Lane, Recipient
from tests import factories
from tests.engine.tellings import bodies, make_due, messages, owed, told
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda: factories.count_agreements([]), "no-agreement"),
        (lambda: Recipient.objects.update(assured_until=dt.date(2020, 1, 1)), "connection-not-assured"),
        (lambda: Recipient.objects.update(is_active=False), "recipient-inactive"),
    ],
)
def test_entitlement_that_is_lost_before_sending_withholds(far_end: Running, change: Any, reason: str) -> None:
    """F27: agreement ended after submission and before sending."""
    recipient = owed(far_end)
    change()
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.values_list("state", "reason", "tries").get() == ("withheld", reason, 0)
    assert messages(far_end) == {}


def test_what_was_withheld_for_a_while_goes_when_it_may_again(far_end: Running) -> None:
    recipient = owed(far_end)
    Recipient.objects.update(assured_until=dt.date(2020, 1, 1))
    drains.drain(recipient.pk, Lane.FIRST)
    assert releases.release() == 0
    Recipient.objects.update(assured_until=dt.date(2099, 1, 1))
    assert releases.release() == 1
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.get().state == "sent"


def test_what_was_refused_at_the_submission_is_not_freed_behind_the_informants_back(far_end: Running) -> None:
    far_end.start({"name": "council-tax", "style": "rest"})
    recipient = factories.recipient("council-tax", assured_until=dt.date(2020, 1, 1))
    factories.submitted()
    Recipient.objects.update(assured_until=dt.date(2099, 1, 1))
    assert releases.release() == 0
    assert Delivery.objects.get(recipient=recipient).state == "withheld"


def test_entitlement_that_is_lost_during_retries_withholds_what_may_have_been_told(far_end: Running) -> None:
    """F27: also during retries."""
    recipient = told(far_end, {"refuse": {"status": 503}})
    factories.count_agreements([])
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.may_have_been_told) == ("withheld", True)
    assert Attempt.objects.count() == 1


def test_a_wider_agreement_never_gives_more_than_the_informant_was_shown(far_end: Running) -> None:
    recipient = owed(far_end, grants=["subject.name.family"])
    factories.count_agreements([])
    factories.agreement(recipient, fields=["subject.name.family", "subject.born_on", "death.died_on"])
    drains.drain(recipient.pk, Lane.FIRST)
    (body,) = bodies(far_end)
    assert body["fields"] == {"subject": {"name": {"family": "Quillfeather"}}}


def test_a_narrower_agreement_counts_from_the_first_attempt_on(far_end: Running) -> None:
    recipient = owed(far_end, {"refuse": {"status": 503, "times": 1}}, grants=["subject.name.family", "death.died_on"])
    factories.count_agreements([])
    factories.agreement(recipient, fields=["death.died_on"])
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.get().fields == ["death.died_on"]
    factories.count_agreements([])
    factories.agreement(recipient, fields=["subject.name.family"])
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert Delivery.objects.values_list("state", "reason").get() == ("withheld", "grant-narrowed")


def test_what_was_erased_is_withheld(far_end: Running) -> None:
    """F33: erasure asked for during a retry."""
    recipient = owed(far_end)
    DataKey.objects.update(wrapped=b"", destroyed_at=clocks.now())
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.values_list("state", "reason").get() == ("withheld", "erased")
