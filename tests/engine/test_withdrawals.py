"""A consent that is withdrawn on the way: what was not told is not, and what may have been is taken back."""

import datetime as dt
import json
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from tellusonce import clocks, drains, inbox, permissions, releases, reports, withdrawals
from tellusonce.catalogue import inforce
from tellusonce.inbox import Wish
from tellusonce.models import Attempt, Delivery, Lane, Recipient, Report
from tellusonce.permissions import Choice
from tests import factories
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)
ON_CONSENT = {"lawful_basis": "consent"}
MAPPING = "{id: message.id, surname: subject.name.family}"


def owed(far_end: Running, *behaviour: dict[str, Any], **fields: Any) -> tuple[Recipient, Report]:
    """Owe a report, with the informant's consent, to a charity that behaves like this."""
    far_end.start({"name": "charity", "style": "rest", "behaviour": list(behaviour)}, keep_bodies=True)
    address = f"{far_end.url}/rest/charity"
    recipient = factories.recipient("charity", address=address, agreement=ON_CONSENT, **fields)
    return recipient, given()


def given() -> Report:
    report = factories.started()
    choice = Choice("charity", is_given=True, wording="tell-recipient/1")
    reports.submit(factories.REGISTRAR, report.pk, consents=[choice])
    return report


def withdraw(report: Report) -> list[Delivery]:
    return withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity").deliveries


def drain(recipient: Recipient) -> None:
    Delivery.objects.filter(state="pending").update(due_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    for lane in Lane.NAMES:
        drains.drain(recipient.pk, lane)


def rows() -> list[tuple[int, str, str, str]]:
    return list(Delivery.objects.order_by("sequence").values_list("sequence", "purpose", "state", "reason"))


def bodies(far_end: Running) -> list[Any]:
    return [json.loads(line["body"]) for line in far_end.lines() if "body" in line]


def test_with_a_consent_in_force_it_is_told(far_end: Running) -> None:
    recipient, _ = owed(far_end)
    drain(recipient)
    assert rows() == [(1, "notify", "sent", "")]


def test_after_sending_the_recipient_is_told_of_the_withdrawal_and_asked_to_confirm(far_end: Running) -> None:
    recipient, report = owed(far_end)
    drain(recipient)
    (owed_now,) = withdraw(report)
    assert (owed_now.purpose, owed_now.sequence, owed_now.fields) == ("withdraw", 2, [])
    assert owed_now.confirm_by is not None
    drain(recipient)
    assert rows() == [(1, "notify", "sent", ""), (2, "withdraw", "sent", "")]
    first, second = bodies(far_end)
    assert first["fields"]
    assert second["message"]["purpose"] == "withdraw"
    assert second["message"]["reference"] == report.reference
    assert not second.get("fields")


def test_after_an_attempt_of_unknown_outcome_it_is_taken_back_and_not_tried_again(far_end: Running) -> None:
    recipient, report = owed(far_end, {"drop": {"times": 1, "after_taking": True}})
    drains.drain(recipient.pk, Lane.FIRST)
    assert rows() == [(1, "notify", "pending", "")]
    withdraw(report)
    assert rows() == [(1, "notify", "withheld", "consent-withdrawn"), (2, "withdraw", "pending", "")]
    assert Delivery.objects.get(sequence=1).may_have_been_told
    drain(recipient)
    assert [each["message"]["purpose"] for each in bodies(far_end)] == ["notify", "withdraw", "withdraw"]


def test_what_failed_after_an_attempt_may_have_been_told_and_is_taken_back(far_end: Running) -> None:
    recipient, report = owed(far_end, {"drop": {"times": 1, "after_taking": True}}, route={"detects_duplicates": False})
    drain(recipient)
    assert rows() == [(1, "notify", "failed", "outcome-unknown")]
    withdraw(report)
    assert rows()[1][:3] == (2, "withdraw", "pending")


def test_what_never_got_through_is_not_taken_back(far_end: Running) -> None:
    recipient, report = owed(far_end)
    recipient.route = None
    recipient.save(update_fields=["route"])
    drain(recipient)
    withdraw(report)
    assert rows() == [(1, "notify", "withheld", "consent-withdrawn")]


def test_whoever_was_never_reached_is_not_told_that_there_was_something(far_end: Running) -> None:
    recipient, report = owed(far_end)
    far_end.end()
    drain(recipient)
    assert {each.result.code for each in Attempt.objects.all()} == {"connect-refused"}
    withdraw(report)
    assert rows() == [(1, "notify", "withheld", "consent-withdrawn")]


def test_what_is_on_the_wire_is_left_to_its_settling_and_what_takes_it_back_waits(far_end: Running) -> None:
    recipient, report = owed(far_end)
    drain(recipient)
    soon = clocks.now() + dt.timedelta(minutes=1)
    Delivery.objects.update(state="pending", due_at=soon, leased_until=soon)
    withdraw(report)
    assert rows() == [(1, "notify", "pending", ""), (2, "withdraw", "pending", "")]
    drains.drain(recipient.pk, Lane.FIRST)
    assert Attempt.objects.count() == 1


def test_a_retry_that_comes_due_after_the_withdrawal_is_withheld(far_end: Running) -> None:
    recipient, report = owed(far_end, {"refuse": {"status": 503, "times": 1}})
    drains.drain(recipient.pk, Lane.FIRST)
    soon = clocks.now() + dt.timedelta(minutes=1)
    Delivery.objects.update(leased_until=soon)
    withdraw(report)
    Delivery.objects.update(leased_until=None)
    drain(recipient)
    drain(recipient)
    assert rows() == [(1, "notify", "withheld", "consent-withdrawn"), (2, "withdraw", "sent", "")]
    assert [each["message"]["purpose"] for each in bodies(far_end)] == ["notify", "withdraw", "withdraw"]


def test_what_was_claimed_and_not_yet_tried_is_taken_out_of_the_workers_hands(far_end: Running) -> None:
    _, report = owed(far_end)
    later = clocks.now() + dt.timedelta(minutes=1)
    Delivery.objects.update(leased_until=later, tries=1, fence=1)
    withdraw(report)
    assert rows() == [(1, "notify", "withheld", "consent-withdrawn")]
    assert not Delivery.objects.get().may_have_been_told


def test_a_withdrawal_that_the_claim_overtook_is_seen_when_entitlement_is_judged(far_end: Running) -> None:
    """The consent alone decides at the claim, whatever the delivery's row says."""
    recipient, report = owed(far_end)
    withdraw(report)
    Delivery.objects.update(state="pending", reason="", due_at=clocks.now())
    drain(recipient)
    assert rows() == [(1, "notify", "withheld", "consent-withdrawn")]
    assert bodies(far_end) == []


def test_a_withdrawal_waits_for_a_drain_that_is_about_to_send(far_end: Running) -> None:
    """Whoever locks the delivery first is known to the other: nothing is told without being taken back."""
    _, report = owed(far_end)
    done = threading.Event()

    def other() -> None:
        try:
            withdraw(report)
        finally:
            connection.close()
            done.set()

    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().get()
        thread = threading.Thread(target=other)
        thread.start()
        assert not done.wait(0.5)
        Attempt.objects.create(delivery_id=delivery.pk, number=1, fence=1, digest=b"", started_at=clocks.now())
        Delivery.objects.update(tries=1)
    thread.join(60)
    assert [row[1:3] for row in rows()] == [("notify", "withheld"), ("withdraw", "pending")]


def test_a_withdrawal_goes_out_although_the_agreement_has_ended(far_end: Running) -> None:
    recipient, report = owed(far_end)
    drain(recipient)
    factories.count_agreements([])
    withdraw(report)
    drain(recipient)
    assert rows()[1] == (2, "withdraw", "sent", "")


def test_a_withdrawal_does_not_go_over_a_connection_that_is_not_assured_until_it_is_again(far_end: Running) -> None:
    recipient, report = owed(far_end)
    drain(recipient)
    Recipient.objects.update(assured_until=dt.date(2020, 1, 1))
    withdraw(report)
    drain(recipient)
    assert rows()[1] == (2, "withdraw", "withheld", "connection-not-assured")
    Recipient.objects.update(assured_until=dt.date(2099, 1, 1))
    assert releases.release() == 1
    drain(recipient)
    assert rows()[1] == (2, "withdraw", "sent", "")


def test_what_was_withheld_for_a_while_is_freed_only_while_the_consent_stands(far_end: Running) -> None:
    recipient, report = owed(far_end)
    given()
    Recipient.objects.update(assured_until=dt.date(2020, 1, 1))
    drain(recipient)
    assert {row[2:] for row in rows()} == {("withheld", "connection-not-assured")}
    withdraw(report)
    Recipient.objects.update(assured_until=dt.date(2099, 1, 1))
    assert releases.release() == 1
    assert report.deliveries.get().reason == "consent-withdrawn"


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [(MAPPING, ("failed", "purpose-not-spoken")), (f"{{what: message.purpose, it: {MAPPING}}}", ("sent", ""))],
)
def test_a_mapping_that_never_says_the_purpose_leaves_a_withdrawal_to_a_person(
    far_end: Running, mapping: str, expected: tuple[str, str]
) -> None:
    recipient, report = owed(far_end, route={"settings": {"mapping": mapping}})
    drain(recipient)
    withdraw(report)
    drain(recipient)
    assert rows()[1][2:] == expected


def test_an_inbox_shows_a_withdrawal_and_no_longer_what_it_takes_back() -> None:
    factories.recipient("charity", agreement=ON_CONSENT, route={"adapter": "inbox"})
    report = given()
    officer = factories.REGISTRAR
    (told,) = inbox.fetch(officer, Wish()).items
    assert told.message.fields
    withdraw(report)
    (taken_back,) = inbox.fetch(officer, Wish()).items
    assert (taken_back.message.purpose, taken_back.message.sequence, taken_back.message.fields) == ("withdraw", 2, {})


def test_nothing_is_asked_of_consents_where_nothing_rests_on_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    council_tax = factories.recipient("council-tax")
    charity = factories.recipient("charity", agreement=ON_CONSENT)
    ids = [each.deliveries.get(recipient=charity).pk for each in (given(), given())]
    agreements = {each.pk: inforce.agreements_of(each) for each in (council_tax, charity)}
    with django_assert_num_queries(0):
        assert permissions.relied_on(ids, recipient=council_tax, agreements=agreements[council_tax.pk]) == {}
    with django_assert_num_queries(2):
        found = permissions.relied_on(ids, recipient=charity, agreements=agreements[charity.pk])
    assert found == {pk: {charity.pk: "given"} for pk in ids}
