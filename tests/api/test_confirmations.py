"""What recipients say they did: kept once each, in any order, and by nobody but whom it was told to."""

import uuid
from typing import Any

import pytest
from prometheus_client import REGISTRY

from identity.models import Access, OrganisationNumber
from tellusonce.models import Confirmation, Delivery
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Caller:
    return Caller("council")


@pytest.fixture
def delivery(council: Caller) -> Delivery:
    """Give a delivery that was told to the council."""
    factories.recipient("council-tax", organisation="council")
    factories.submitted()
    Delivery.objects.update(tries=1)
    return Delivery.objects.get()


def confirmed(council: Caller, delivery: Delivery, outcome: str, **more: Any) -> Any:
    return council.post(f"/deliveries/{delivery.pk}/confirmations", {"outcome": outcome, **more})


def test_the_first_word_is_201_and_the_very_same_again_200(council: Caller, delivery: Delivery) -> None:
    said = {"actions": [{"code": "account_closed"}], "occurred_at": "2026-11-02T10:00:00Z", "note": "Done"}
    first = confirmed(council, delivery, "acted", **said)
    assert (first.status_code, first.json()) == (
        201,
        {"delivery": str(delivery.pk), "is_new": True, "state": "closed", "outcome": "acted"},
    )
    again = confirmed(council, delivery, "acted", **said | {"occurred_at": "2026-11-02T11:00:00+01:00"})
    assert (again.status_code, again.json()["is_new"]) == (200, False)
    assert Confirmation.objects.count() == 1
    assert Access.objects.filter(action="confirmation_recorded", about=f"delivery:{delivery.pk}").count() == 1


def test_a_word_costs_few_statements(council: Caller, delivery: Delivery, django_assert_max_num_queries: Any) -> None:
    """Ten thousand may come in a burst."""
    with django_assert_max_num_queries(14):
        confirmed(council, delivery, "acted")


def test_order_is_by_their_own_time_and_a_terminal_word_stands(council: Caller, delivery: Delivery) -> None:
    confirmed(council, delivery, "manual_review", occurred_at="2026-11-03T10:00:00Z")
    assert (
        confirmed(council, delivery, "received", occurred_at="2026-11-02T10:00:00Z").json()["outcome"]
        == "manual_review"
    )
    assert confirmed(council, delivery, "acted", occurred_at="2026-11-04T10:00:00Z").json()["state"] == "closed"
    late = confirmed(council, delivery, "matched", occurred_at="2026-11-05T10:00:00Z").json()
    assert (late["state"], late["outcome"]) == ("closed", "acted")
    assert Confirmation.objects.count() == 4


def test_two_that_contradict_each_other_are_contested(council: Caller, delivery: Delivery) -> None:
    before = REGISTRY.get_sample_value("tellusonce_contested_total") or 0
    confirmed(council, delivery, "acted")
    answer = confirmed(council, delivery, "no_match").json()
    assert (answer["state"], answer["outcome"]) == ("closed", "contested")
    confirmed(council, delivery, "declined")
    assert REGISTRY.get_sample_value("tellusonce_contested_total") == before + 1


def test_their_words_are_sealed(council: Caller, delivery: Delivery) -> None:
    confirmed(council, delivery, "acted", their_reference="CT-99", note="Spoke to Mrs Quillfeather")
    kept = Confirmation.objects.get()
    assert b"Quillfeather" not in bytes(kept.sealed or b"")
    assert kept.sealed


def test_the_door_is_remembered(council: Caller, delivery: Delivery) -> None:
    confirmed(council, delivery, "received")
    factories.route(delivery.recipient, adapter="inbox", address="")
    confirmed(council, delivery, "acted")
    assert list(Confirmation.objects.order_by("recorded_at").values_list("came_by", flat=True)) == ["rest", "inbox"]


def test_anothers_delivery_one_untold_and_one_that_never_was_are_the_same_404(
    council: Caller, delivery: Delivery
) -> None:
    stranger = Caller("stranger")
    answers = [confirmed(stranger, delivery, "acted"), stranger.get(f"/deliveries/{delivery.pk}")]
    Delivery.objects.update(tries=0)
    for each in (delivery, Delivery(pk=uuid.uuid4())):
        answers += [confirmed(council, each, "acted"), council.get(f"/deliveries/{each.pk}")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert not Confirmation.objects.exists()


def test_a_number_of_theirs_is_learnt_and_a_bad_one_is_a_fault(council: Caller, delivery: Delivery) -> None:
    good, bad = {"scheme": "own-reference", "value": "K 77"}, {"scheme": "nhs", "value": "1234567890"}
    response = confirmed(council, delivery, "acted", numbers=[good, bad, {"scheme": "shoe-size", "value": "9"}])
    assert response.status_code == 422
    assert [fault["path"] for fault in response.json()["faults"]] == ["numbers.1.value", "numbers.2.scheme"]
    assert "1234567890" not in response.content.decode()
    assert not Confirmation.objects.exists()
    assert confirmed(council, delivery, "acted", numbers=[good]).status_code == 201
    assert OrganisationNumber.objects.get().organisation == "council"


@pytest.mark.parametrize("moment", ["1999-12-31T23:59:59Z", "2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_cannot_be_right_is_a_fault(council: Caller, delivery: Delivery, moment: str) -> None:
    response = confirmed(council, delivery, "acted", occurred_at=moment)
    assert response.status_code == 422
    assert [fault["path"] for fault in response.json()["faults"]] == ["occurred_at"]
    assert not Confirmation.objects.exists()


def test_a_recipient_sees_where_its_delivery_stands(council: Caller, delivery: Delivery) -> None:
    said = [{"code": "account_closed", "on": "2026-11-02"}]
    confirmed(council, delivery, "acted", actions=said, note="Spoke to Mrs Quillfeather")
    response = council.get(f"/deliveries/{delivery.pk}")
    seen = response.json()
    assert (seen["recipient"], seen["state"], seen["outcome"], seen["is_overdue"]) == (
        "council-tax",
        "closed",
        "acted",
        False,
    )
    assert seen["confirmations"][0]["actions"] == said
    assert "Quillfeather" not in response.content.decode()


def test_a_word_from_whom_we_have_not_settled_with_yet_counts_as_told(council: Caller, delivery: Delivery) -> None:
    assert confirmed(council, delivery, "received").json()["state"] == "sent"
    delivery.refresh_from_db()
    assert (delivery.due_at, delivery.leased_until) == (None, None)
    assert delivery.sent_at
