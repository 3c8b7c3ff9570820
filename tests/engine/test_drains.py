"""A lane is drained over a real socket: what the recipient does decides what becomes of each delivery."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from adapters import rest
from adapters.contract import Content, Endpoint, Message, Receipt, Response
from identity.models import Access, DataKey
from tellusonce import clocks, drains
from tellusonce.deliveries import lanes, mailboxes
from tellusonce.models import Attempt, Confirmation, Delivery, Lane, Mailbox, Result
from tests import factories
from tests.engine.tellings import bodies, claimed_and_sent, make_due, messages, owed, told
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_taken_is_sent_with_one_attempt_and_its_result(far_end: Running) -> None:
    told(far_end, reports=3)
    assert set(Delivery.objects.values_list("state", "tries")) == {("sent", 1)}
    assert Attempt.objects.count() == 3
    assert set(Result.objects.values_list("outcome", "code")) == {("accepted", "http-202")}
    assert set(messages(far_end)) == {str(pk) for pk in Delivery.objects.values_list("pk", flat=True)}


def test_a_recipient_gets_the_granted_fields_and_no_others(far_end: Running) -> None:
    told(far_end, grants=["subject.name.family", "death.died_on"])
    (body,) = bodies(far_end)
    assert body["fields"] == {"subject": {"name": {"family": "Quillfeather"}}, "death": {"died_on": "2026-10-30"}}


def test_what_was_refused_for_now_is_tried_again_under_the_same_id(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 503, "times": 1}})
    assert Delivery.objects.get().state == "pending"
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert list(Result.objects.order_by("finished_at").values_list("code", flat=True)) == ["http-503", "http-202"]
    (message,) = messages(far_end).values()
    assert message["tries"] == 2
    assert Delivery.objects.get().state == "sent"


def test_first_attempts_and_retries_are_drained_apart(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 503}})
    make_due()
    drains.drain(recipient.pk, Lane.FIRST)
    assert Attempt.objects.count() == 1


def test_a_message_refused_for_good_fails_with_its_code(far_end: Running) -> None:
    told(far_end, {"refuse": {"status": 422}})
    assert Delivery.objects.values_list("state", "reason").get() == ("failed", "http-422")


def test_what_is_answered_at_once_closes_the_delivery(far_end: Running) -> None:
    reply = {"reply": "{outcome: body.outcome, actions: body.actions}"}
    answer = {"answer": {"outcome": "acted", "actions": [{"code": "account_closed", "on": "2026-11-22"}]}}
    told(far_end, answer, route={"settings": reply})
    assert Delivery.objects.values_list("state", "outcome").get() == ("closed", "acted")
    assert Confirmation.objects.get().actions == [{"code": "account_closed", "on": "2026-11-22"}]


def test_a_reply_that_is_lost_is_tried_again_and_applied_once(far_end: Running) -> None:
    recipient = told(far_end, {"drop": {"times": 1, "after_taking": True}})
    assert Result.objects.get().outcome == "ambiguous"
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    (message,) = messages(far_end).values()
    assert (message["tries"], message["effects"]) == (2, 1)
    assert Delivery.objects.get().state == "sent"


def test_where_duplicates_are_not_detected_a_lost_reply_is_left_to_a_person(far_end: Running) -> None:
    told(far_end, {"drop": {"times": 1, "after_taking": True}}, route={"detects_duplicates": False})
    assert Delivery.objects.values_list("state", "reason").get() == ("failed", "outcome-unknown")


def test_content_that_changed_since_the_first_attempt_is_left_to_a_person(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 503}})
    Delivery.objects.update(content_digest=b"another")
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert Delivery.objects.values_list("state", "reason").get() == ("failed", "content-changed")


def test_a_new_address_serves_what_an_old_route_said(far_end: Running) -> None:
    """F28: its URL rotated in flight."""
    far_end.start({"name": "council-tax", "style": "rest"}, keep_bodies=True)
    recipient = factories.recipient("council-tax", address=f"{far_end.url}/rest/nowhere")
    factories.submitted()
    drains.drain(recipient.pk, Lane.FIRST)
    assert Mailbox.objects.get().pause_reason == "http-404"
    factories.route(recipient, address=f"{far_end.url}/rest/council-tax", settings={"mapping": "{other: message.id}"})
    mailboxes.resume(recipient.pk)
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert Delivery.objects.get().state == "sent"
    assert "fields" in bodies(far_end)[0]


def test_a_missing_secret_sends_nothing_and_pauses(far_end: Running) -> None:
    """F28: key missing."""
    told(far_end, route={"settings": {"auth": {"kind": "bearer", "secret": "nobody-set-it"}}})
    assert Mailbox.objects.get().pause_reason == "key-missing"
    assert Delivery.objects.values_list("state", "tries").get() == ("pending", 0)
    assert messages(far_end) == {}


def test_a_secrets_file_that_cannot_be_read_sends_nothing_and_pauses(far_end: Running, settings: Any) -> None:
    settings.SECRETS_FILE = "/nowhere/secrets.json"
    told(far_end, route={"settings": {"auth": {"kind": "bearer", "secret": "door"}}})
    assert Mailbox.objects.get().pause_reason == "secrets-unreadable"
    assert Delivery.objects.get().tries == 0


def test_a_defect_of_an_adapter_fails_one_delivery_and_says_nothing(
    far_end: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = owed(far_end, reports=2)
    broken = str(Delivery.objects.order_by("created_at")[0].pk)
    encode = rest.encode

    def breaks(message: Message, endpoint: Endpoint) -> Content:
        if message.id == broken:
            raise ZeroDivisionError
        return encode(message, endpoint)

    monkeypatch.setattr(rest, "encode", breaks)
    drains.drain(recipient.pk, Lane.FIRST)
    assert set(Delivery.objects.values_list("state", "reason", "tries")) == {("failed", "crashed", 0), ("sent", "", 1)}


def test_a_reply_that_breaks_its_reader_costs_no_neighbour_its_own(
    far_end: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = owed(far_end, reports=3)
    read: list[Response] = []

    def breaks_once(response: Response, _endpoint: Endpoint) -> Receipt:
        read.append(response)
        if len(read) == 1:
            raise ZeroDivisionError
        return Receipt()

    monkeypatch.setattr(rest, "decode", breaks_once)
    drains.drain(recipient.pk, Lane.FIRST)
    assert sorted(Result.objects.values_list("code", flat=True)) == ["decode-ZeroDivisionError", "http-202", "http-202"]


def test_a_vault_without_keys_waits_and_loses_nothing(far_end: Running) -> None:
    recipient = owed(far_end)
    DataKey.objects.update(master_version=99)
    drains.drain(recipient.pk, Lane.FIRST)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == ("pending", 0)
    assert delivery.due_at > clocks.now()  # type: ignore[operator]


def test_each_sending_is_written_into_the_ledger(far_end: Running) -> None:
    told(far_end)
    entry = Access.objects.get(action="delivery_sent")
    assert entry.about == f"delivery:{Delivery.objects.get().pk}"


def test_an_odd_time_in_a_reply_costs_neither_it_nor_its_neighbours_the_settling(far_end: Running) -> None:
    reply = {"reply": "{outcome: 'acted', occurred_at: '9999-12-31T23:59:59-01:00'}"}
    told(far_end, reports=3, route={"settings": reply})
    assert list(Delivery.objects.values_list("state", "outcome")) == [("closed", "acted")] * 3
    assert {each.occurred_at.year for each in Confirmation.objects.all()} == {clocks.now().year}


def test_replies_in_hand_outlive_a_lost_database_connection(
    far_end: Running, monkeypatch: pytest.MonkeyPatch, as_owner: Any
) -> None:
    """F7: connections terminated."""
    recipient = owed(far_end, route={"detects_duplicates": False})
    hear_ = drains._Drain._hear

    def and_lose_the_database(drain: drains._Drain) -> Any:
        heard = hear_(drain)
        connection.connection.close()
        return heard

    monkeypatch.setattr(drains._Drain, "_hear", and_lose_the_database)
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.get().state == "sent"


def test_a_batch_costs_few_statements(far_end: Running, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    recipient = owed(far_end, reports=20)
    # Some 50 where all replies come at once; each round of those that come by and by is settled by itself.
    with django_assert_max_num_queries(100):
        drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.filter(state="sent").count() == 20


def test_a_slow_recipient_holds_no_database_connection(far_end: Running) -> None:
    recipient = owed(far_end, {"delay_s": 1.2})
    hold = lanes.take(recipient.pk, Lane.FIRST)
    assert hold is not None
    drain = drains._Drain(hold)
    claimed_and_sent(drain)
    drain._hear()
    assert connection.connection is None


def test_nothing_is_left_in_hand_when_a_drain_ends(far_end: Running) -> None:
    told(far_end, {"refuse": {"status": 503, "times": 1}}, reports=5)
    assert not Delivery.objects.filter(leased_until__isnull=False).exists()
    assert not Lane.objects.filter(leased_until__isnull=False).exists()
