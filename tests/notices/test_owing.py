"""A notice is owed once for its cause, sealed, and only where it can be sent."""

import datetime as dt
import uuid
from typing import Any

import pytest
import redis
from django.db import ProgrammingError, transaction

from identity import vault
from identity.sessions import Visitor
from tellusonce import clocks, helping
from tellusonce.models import Notice, NoticeAttempt
from tellusonce.notices import occasions, owing
from tellusonce.notices.owing import Contact
from tellusonce.rules import Purpose
from tests import factories
from tests.callers import Caller
from tests.notices.conftest import Exchange, Mailroom

pytestmark = pytest.mark.django_db

BRAM = Contact("email", "bram@quillfeather.example")


def test_the_same_cause_is_owed_once(mailroom: Mailroom) -> None:
    report = factories.started()
    assert occasions.hand_over(report, BRAM)
    assert not occasions.hand_over(report, BRAM)
    assert Notice.objects.count() == 1


def test_each_code_is_a_notice_of_its_own(mailroom: Mailroom) -> None:
    key = vault.create_key()
    assert occasions.send_code(BRAM, key=key, code="482913")
    assert occasions.send_code(BRAM, key=key, code="771204")
    notice = Notice.objects.earliest("created_at")
    assert (notice.expires_at - notice.created_at).total_seconds() == 900


def test_address_and_values_are_sealed_for_their_own_row(mailroom: Mailroom) -> None:
    occasions.send_receipt(BRAM, owing.Topic(vault.create_key(), "receipt:1"), receipt="eyJ.a.b")
    notice = Notice.objects.select_related("key").get()
    assert b"quillfeather" not in bytes(notice.sealed)
    assert owing.unseal(notice) == ("bram@quillfeather.example", {"receipt": "eyJ.a.b"})
    notice.pk = uuid.uuid4()
    with pytest.raises(vault.Tampered):
        owing.unseal(notice)


def test_what_is_missing_in_a_notice_is_the_callers_mistake(mailroom: Mailroom) -> None:
    with pytest.raises(TypeError, match="needs reference"):
        owing.owe("reference", BRAM, owing.Topic(vault.create_key(), "x"), code="1")


def test_texts_cannot_be_promised_where_nobody_sends_them(mailroom: Mailroom) -> None:
    with pytest.raises(owing.CannotBeSent, match="Texts cannot be sent"):
        occasions.hand_over(factories.started(), Contact("text", "+447700900123"))
    assert not Notice.objects.exists()


def test_a_receipt_cannot_go_by_text(exchange: Exchange) -> None:
    topic = owing.Topic(vault.create_key(), "receipt:1")
    with pytest.raises(owing.CannotBeSent, match="only be sent by e-mail"):
        occasions.send_receipt(Contact("text", "07700900123"), topic, receipt="r")


def test_without_a_channel_nothing_is_promised() -> None:
    with pytest.raises(owing.CannotBeSent, match="hand it over in another way"):
        occasions.hand_over(factories.started(), BRAM)


def test_attempts_are_only_ever_added_to() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        NoticeAttempt.objects.update(number=2)


# At the door


def asked(**hand_over: Any) -> Any:
    return Caller().post("/reports", {"kind": "move", "hand_over": hand_over})


def test_a_report_is_started_and_its_reference_sent(exchange: Exchange) -> None:
    answer = asked(email="bram@quillfeather.example", phone="07700 900123", language="cy")
    assert answer.status_code == 201
    assert sorted(Notice.objects.values_list("by", "language", "kind")) == [
        ("email", "cy", "reference"),
        ("text", "cy", "reference"),
    ]
    assert str(Notice.objects.get(by="text").report_id) == answer.json()["id"]
    assert "quillfeather" not in answer.content.decode()


def test_sending_the_request_again_sends_no_second_reference(exchange: Exchange) -> None:
    caller = Caller()
    for _ in range(2):
        caller.post("/reports", {"kind": "move", "hand_over": {"email": "b@quillfeather.example"}}, key="same")
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("hand_over", "path", "words"),
    [
        ({}, "hand_over", "Give an e-mail address"),
        ({"email": "nonsense"}, "hand_over.email", "Enter an e-mail address"),
        ({"phone": "07700 900123"}, "hand_over.phone", "Texts cannot be sent from here"),
        ({"email": "b@quillfeather.example", "language": "fr"}, "hand_over.language", ""),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_and_nothing_started(
    mailroom: Mailroom, hand_over: dict[str, Any], path: str, words: str
) -> None:
    answer = asked(**hand_over)
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert fault["path"] == path
    assert words in fault["message"]
    assert not Notice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_owing_hints_once_on_commit_and_says_nothing_personal(mailroom: Mailroom, valkey: redis.Redis) -> None:
    for _ in range(3):
        occasions.hand_over(factories.started(), BRAM)
    assert valkey.llen("tell-us-once:prompt") == 1
    everything = b"".join(valkey.dump(key) or b"" for key in valkey.keys("*"))
    assert b"quillfeather" not in everything


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_loses_the_hint_and_not_the_notice(mailroom: Mailroom, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    occasions.hand_over(factories.started(), BRAM)
    occasions.hand_over(factories.started(), BRAM)
    assert Notice.objects.filter(state="owed").count() == 2


def test_a_helper_is_sent_the_code_that_the_informant_then_does_not_see(exchange: Exchange) -> None:
    report = factories.started()
    informant = Visitor(f"informant:{report.pk}", roles=frozenset({"citizen"}), reports=frozenset({report.pk}))
    until = clocks.now() + dt.timedelta(days=3)
    wish = helping.Wish(frozenset({Purpose.FOLLOW}), until, Contact("text", "07700 900123", "cy"))
    made, code = helping.invite(informant, report.pk, wish)
    assert code == ""
    notice = Notice.objects.get(kind="invitation", cause=f"invitation:{made.pk}")
    to, values = owing.unseal(notice)
    assert to == "07700 900123"
    helper = Visitor("account:1", roles=frozenset({"citizen"}), account=uuid.uuid4())
    assert helping.accept(helper, values["code"], address="192.0.2.1").helper == "account:1"
