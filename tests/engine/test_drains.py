"""A lane is drained over a real socket: what the recipient does decides what becomes of each delivery."""

import contextlib
import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from adapters import rest
from adapters.contract import Answer, Content, Endpoint, Message, Receipt, Response
from identity.models import Access, DataKey
from tellusonce import clocks, confirmations, drains, releases
from tellusonce.deliveries import lanes, mailboxes
from tellusonce.models import Attempt, Confirmation, Delivery, Lane, Mailbox, Pause, Recipient, Result
from tests import factories
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)


def told(far_end: Running, *behaviour: dict[str, Any], reports: int = 1, **fields: Any) -> Recipient:
    """Owe reports to one recipient that behaves like this, and drain its first lane."""
    recipient = owed(far_end, *behaviour, reports=reports, **fields)
    drains.drain(recipient.pk, Lane.FIRST)
    return recipient


def owed(far_end: Running, *behaviour: dict[str, Any], reports: int = 1, **fields: Any) -> Recipient:
    """Owe reports to one recipient that behaves like this."""
    far_end.start({"name": "council-tax", "style": "rest", "behaviour": list(behaviour)}, keep_bodies=True)
    recipient = factories.recipient("council-tax", address=f"{far_end.url}/rest/council-tax", **fields)
    for _ in range(reports):
        factories.submitted()
    return recipient


def make_due() -> None:
    """Let everything that waits be due."""
    Delivery.objects.filter(state="pending").update(due_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), leased_until=None)


def let_leases_end() -> None:
    """Let whoever has anything in hand be too late."""
    long_ago = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    Delivery.objects.filter(leased_until__isnull=False).update(leased_until=long_ago, due_at=long_ago)


def messages(far_end: Running) -> dict[str, Any]:
    """Read what came, by message id."""
    return {each["message_id"]: each for each in far_end.books("council-tax")["by_message"]}


def bodies(far_end: Running) -> list[Any]:
    """Read the bodies that came."""
    return [json.loads(line["body"]) for line in far_end.lines() if "body" in line]


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


def test_their_wish_for_time_is_honoured(far_end: Running) -> None:
    told(far_end, {"refuse": {"status": 429, "retry_after_s": 3600}})
    wait = Delivery.objects.get().due_at - clocks.now()  # type: ignore[operator]
    assert dt.timedelta(minutes=59) < wait <= dt.timedelta(hours=1)


def test_a_message_refused_for_good_fails_with_its_code(far_end: Running) -> None:
    told(far_end, {"refuse": {"status": 422}})
    assert Delivery.objects.values_list("state", "reason").get() == ("failed", "http-422")


def test_a_locked_door_pauses_the_mailbox_and_not_the_delivery(far_end: Running) -> None:
    recipient = told(far_end, {"refuse": {"status": 401}})
    assert Delivery.objects.get().state == "pending"
    assert Mailbox.objects.get().pause_reason == "http-401"
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert Attempt.objects.count() == 1


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


def claimed_and_sent(drain: drains._Drain, *, is_sent: bool = True) -> None:
    """Let a drain take its first steps: claim, write the attempts, and send."""
    batch = drain._settle_and_claim([])
    assert batch is not None
    going = drain._prepare(batch)
    if is_sent:
        drain._send(batch, going)


def crash_after_claiming(recipient: Recipient) -> None:
    """Take everything in hand as a worker does that then dies: attempts written, nothing settled, leases over."""
    hold = lanes.take(recipient.pk, Lane.FIRST)
    assert hold is not None
    claimed_and_sent(drains._Drain(hold), is_sent=False)
    Lane.objects.update(leased_until=None)
    let_leases_end()


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


def test_what_was_erased_is_withheld(far_end: Running) -> None:
    """F33: erasure asked for during a retry."""
    recipient = owed(far_end)
    DataKey.objects.update(wrapped=b"", destroyed_at=clocks.now())
    drains.drain(recipient.pk, Lane.FIRST)
    assert Delivery.objects.values_list("state", "reason").get() == ("withheld", "erased")


def test_a_vault_without_keys_waits_and_loses_nothing(far_end: Running) -> None:
    recipient = owed(far_end)
    DataKey.objects.update(master_version=99)
    drains.drain(recipient.pk, Lane.FIRST)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == ("pending", 0)
    assert delivery.due_at > clocks.now()  # type: ignore[operator]


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


def test_each_sending_is_written_into_the_ledger(far_end: Running) -> None:
    told(far_end)
    entry = Access.objects.get(action="delivery_sent")
    assert entry.about == f"delivery:{Delivery.objects.get().pk}"


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


def test_a_batch_costs_few_statements(far_end: Running, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    recipient = owed(far_end, reports=20)
    with django_assert_max_num_queries(60):
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


def test_nothing_is_left_in_hand_when_a_drain_ends(far_end: Running) -> None:
    told(far_end, {"refuse": {"status": 503, "times": 1}}, reports=5)
    assert not Delivery.objects.filter(leased_until__isnull=False).exists()
    assert not Lane.objects.filter(leased_until__isnull=False).exists()
