"""No notice is lost, and none is sent twice where the channel can tell."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.db import connection

from adapters.contract import Answer
from identity import vault
from identity.models import Access, DataKey
from tellusonce import confirmations, tasks
from tellusonce.models import Delivery, Notice, NoticeAttempt, NoticeResult
from tellusonce.notices import channels, occasions, sending, sweeps
from tellusonce.notices.mailings import NotTaken
from tellusonce.notices.owing import Contact
from tests import factories
from tests.callers import Caller
from tests.notices.conftest import Exchange, Mailroom

pytestmark = pytest.mark.django_db

BRAM = Contact("email", "bram@quillfeather.example")


def owed(contact: Contact = BRAM) -> Notice:
    report = factories.started()
    occasions.hand_over(report, contact)
    return Notice.objects.get(report=report)


def due_again() -> None:
    """Let what was put off be due, and what was held be free."""
    Notice.objects.filter(state="owed").update(due_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), leased_until=None)


def results() -> list[tuple[str, str]]:
    return list(NoticeResult.objects.order_by("finished_at").values_list("outcome", "code"))


# By SMTP


def test_an_email_arrives_whole_and_in_its_language(mailroom: Mailroom) -> None:
    notice = owed(Contact("email", "bram@quillfeather.example", "cy"))
    assert sending.send() == 1
    (mail,) = mailroom.took
    assert mail["Message-ID"] == f"<{notice.pk}@northmoor.example>"
    assert (mail["To"], mail["Content-Language"]) == ("bram@quillfeather.example", "cy")
    assert mail["Subject"] == "Eich cyfeirnod Dywedwch Wrthym Unwaith"
    assert notice.report is not None
    assert notice.report.reference in mail.get_content()
    notice.refresh_from_db()
    assert (notice.state, notice.tries, notice.due_at, notice.leased_until) == ("sent", 1, None, None)
    assert results() == [("taken", "")]
    assert Access.objects.filter(about=f"report:{notice.report.pk}", on=f"notice:{notice.pk}").count() == 1


def test_what_was_sent_is_not_sent_again(mailroom: Mailroom) -> None:
    owed()
    assert (sending.send(), sending.send()) == (1, 0)
    assert len(mailroom.took) == 1


def test_the_attempt_is_written_before_anything_goes(mailroom: Mailroom) -> None:
    notice = owed()
    channel = channels.opened()
    assert channel is not None
    each = sending.claim(channel)
    assert each is not None
    assert NoticeAttempt.objects.get().notice_id == notice.pk
    assert not NoticeResult.objects.exists()
    assert sending.claim(channel) is None
    assert mailroom.asked == 0


def test_after_a_crash_the_same_message_goes_out_under_the_same_id_and_date(mailroom: Mailroom) -> None:
    owed()
    mailroom.endings = ["hang up"]
    assert sending.send() == 0
    assert results()[0][0] == "ambiguous"
    due_again()
    assert sending.send() == 1
    one, two = mailroom.took
    assert one.as_string() == two.as_string()


def test_a_refusal_for_now_is_tried_again_later(mailroom: Mailroom) -> None:
    notice = owed()
    mailroom.refusals = ["451 busy with bram@quillfeather.example"]
    sending.send()
    notice.refresh_from_db()
    assert (notice.state, notice.reason) in {("owed", ""), ("sent", "")}  # the first pause may be over at once
    assert results()[0] == ("transient", "smtp-451")


def test_a_refusal_for_good_ends_it_and_spares_the_others(mailroom: Mailroom) -> None:
    bad, good = owed(), owed()
    mailroom.refusals = ["550 no such user"]
    assert sending.send() == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.reason, good.state) == ("failed", "smtp-550", "sent")
    assert list(Notice.objects.troubled()) == [bad]


def test_a_server_that_is_down_costs_one_attempt_for_all(mailroom: Mailroom, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    for _ in range(3):
        owed()
    assert sending.send() == 0
    assert NoticeAttempt.objects.count() == 1
    assert Notice.objects.filter(state="owed").count() == 3


def test_one_that_was_overtaken_settles_nothing(mailroom: Mailroom) -> None:
    notice = owed()
    channel = channels.opened()
    assert channel is not None
    slow = sending.claim(channel)
    assert slow is not None
    due_again()
    sending.send()
    sending.settle(slow, NotTaken("permanent", "late"), took=dt.timedelta())
    notice.refresh_from_db()
    assert notice.state == "sent"
    assert sorted(NoticeResult.objects.values_list("was_overtaken", flat=True)) == [False, True]


def test_what_kills_its_worker_time_and_again_is_quarantined(mailroom: Mailroom) -> None:
    notice = owed()
    channel = channels.opened()
    assert channel is not None
    for _ in range(sending.CRASHES_ALLOWED):
        assert sending.claim(channel)
        due_again()
    assert sending.send() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.reason) == ("failed", "quarantined")
    assert not mailroom.took


def test_what_was_erased_is_not_sent(mailroom: Mailroom) -> None:
    notice = owed()
    DataKey.objects.update(wrapped=b"", destroyed_at=dt.datetime.now(dt.UTC))
    sending.send()
    notice.refresh_from_db()
    assert (notice.state, notice.reason) == ("failed", "erased")
    assert not mailroom.took


def test_an_unforeseen_error_costs_its_own_notice_alone(mailroom: Mailroom) -> None:
    broken, good = owed(), owed()
    Notice.objects.filter(pk=broken.pk).update(sealed=b"\x01" + b"x" * 60)
    sending.send()
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.state, good.state) == ("owed", "sent")
    assert ("unknown", "Tampered") in results()


@pytest.mark.django_db(transaction=True)
def test_workers_that_send_at_once_send_each_once(mailroom: Mailroom, valkey: redis.Redis) -> None:
    for _ in range(12):
        owed()

    def work(_: int) -> int:
        try:
            return sending.send()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 12
    ids = [mail["Message-ID"] for mail in mailroom.took]
    assert len(ids) == len(set(ids)) == 12


# By GOV.UK Notify


def test_notify_is_given_our_words_under_our_reference(exchange: Exchange) -> None:
    email, text = owed(), owed(Contact("text", "07700900123", "en"))
    assert sending.send() == 2
    (path, mail), (text_path, said) = exchange.took
    assert (path, text_path) == ("/v2/notifications/email", "/v2/notifications/sms")
    assert (mail["email_address"], mail["template_id"]) == ("bram@quillfeather.example", "email-template")
    assert (mail["reference"], said["reference"]) == (str(email.pk), str(text.pk))
    assert mail["personalisation"]["subject"] == "Your Tell Us Once reference"
    assert said["personalisation"]["body"].startswith("Tell Us Once: your reference is ")
    assert exchange.credentials[0].startswith("Bearer ")
    assert exchange.asked == []


def test_what_notify_took_without_saying_so_is_found_and_not_sent_twice(exchange: Exchange) -> None:
    notice = owed()
    exchange.losses = 1
    assert sending.send() == 0
    due_again()
    assert sending.send() == 1
    assert exchange.asked == exchange.references() == [str(notice.pk)]
    assert results() == [("ambiguous", "notify-no-answer"), ("taken", "")]


@pytest.mark.parametrize(
    ("status", "outcome", "left"),
    [
        (400, "permanent", "failed"),
        (403, "transient", "owed"),
        (429, "throttled", "owed"),
        (500, "transient", "owed"),
        (302, "ambiguous", "owed"),
    ],
)
def test_what_notify_refuses_is_told_apart(exchange: Exchange, status: int, outcome: str, left: str) -> None:
    notice = owed()
    exchange.refusals = [status]
    sending.send()
    notice.refresh_from_db()
    assert (results()[0][0], notice.state) == (outcome, left)


# On the console, and not at all


def test_the_console_shows_what_would_have_been_sent(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.NOTICES_CHANNEL = "console"
    owed()
    owed(Contact("text", "07700900123"))
    assert sending.send() == 2
    said = capsys.readouterr().out
    assert "Your Tell Us Once reference" in said
    assert "text to 07700900123" in said


def test_without_a_channel_what_is_owed_waits(mailroom: Mailroom, settings: Any) -> None:
    owed()
    settings.NOTICES_CHANNEL = ""
    assert sending.send() == 0
    assert Notice.objects.get().state == "owed"


# Sweeping


@pytest.mark.django_db(transaction=True)
def test_the_sweep_hints_what_a_lost_hint_left(mailroom: Mailroom, valkey: redis.Redis) -> None:
    owed()
    valkey.flushall()
    tasks.sweep()
    assert valkey.llen("tell-us-once:prompt") == 1
    tasks.send_notices()
    assert len(mailroom.took) == 1
    assert not valkey.exists("tell-us-once:hint:notices")
    tasks.sweep()
    assert valkey.llen("tell-us-once:prompt") == 1


def test_what_is_put_off_is_not_hinted(mailroom: Mailroom) -> None:
    owed()
    Notice.objects.update(due_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert not sweeps.anything_due()
    Notice.objects.update(due_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    assert sweeps.anything_due()


def test_a_code_that_is_too_old_is_not_sent_any_more(mailroom: Mailroom) -> None:
    occasions.send_code(BRAM, key=vault.create_key(), code="482913")
    Notice.objects.update(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert sending.send() == 0
    sweeps.sweep()
    notice = Notice.objects.get()
    assert (notice.state, notice.reason) == ("failed", "lapsed")


# When everyone has answered


def told(**informant: Any) -> dict[str, Any]:
    return {**factories.TOLD, "informant": {**factories.TOLD["informant"], **informant}}


def submitted(**informant: Any) -> str:
    """Start and submit a report over the API; gives its id."""
    caller = Caller()
    report = caller.post(
        "/reports",
        {
            "kind": "death",
            "answers": told(**informant),
            "evidence": {"type": "register-entry", "entry": factories.ENTRY},
        },
    ).json()
    answer = caller.post(f"/reports/{report['id']}/submission", {})
    assert answer.status_code == 201
    return str(report["id"])


def confirm(delivery: Delivery) -> None:
    confirmations.record(delivery.pk, Answer("nothing_to_do"), organisation="northmoor", given_by="x", door="rest")


def test_the_informant_hears_when_the_last_service_has_answered(mailroom: Mailroom) -> None:
    factories.recipient()
    factories.recipient()
    submitted(email="bram@quillfeather.example")
    Delivery.objects.update(state="sent", sent_at=dt.datetime.now(dt.UTC), due_at=None, tries=1)
    one, two = Delivery.objects.all()
    confirm(one)
    sweeps.sweep()
    assert Notice.objects.get().state == "waiting"
    confirm(two)
    sweeps.sweep()
    sweeps.sweep()
    assert sending.send() == 1
    (mail,) = mailroom.took
    assert mail["Subject"] == "Every service has answered"
    assert "Quillfeather" not in mail.get_content()


@pytest.mark.parametrize(
    "informant", [{}, {"email": "b@quillfeather.example", "contact_by": "post"}, {"phone": "07700900123"}]
)
def test_nobody_is_written_to_who_did_not_ask_for_it(mailroom: Mailroom, informant: dict[str, Any]) -> None:
    factories.recipient()
    submitted(**informant)
    assert not Notice.objects.exists()


def test_where_nobody_could_be_told_nobody_is_said_to_have_answered(mailroom: Mailroom) -> None:
    factories.recipient(is_active=False)
    submitted(email="bram@quillfeather.example")
    sweeps.sweep()
    assert [each.state for each in Notice.objects.all()] in [["waiting"], []]
