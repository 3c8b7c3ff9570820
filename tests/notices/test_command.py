"""What an operator does about notices."""

import json
import uuid

import pytest
from django.core.management import CommandError, call_command

from identity.models import Access
from tellusonce.models import Notice
from tellusonce.notices import sending
from tests.notices.conftest import Mailroom
from tests.notices.test_sending import owed

pytestmark = pytest.mark.django_db


def run(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    call_command("notices", *words)
    return capsys.readouterr().out


def test_one_that_was_given_up_is_listed_without_its_address_and_sent_after_all(
    mailroom: Mailroom, capsys: pytest.CaptureFixture[str]
) -> None:
    notice = owed()
    mailroom.refusals = ["550 no such user"]
    sending.send()
    (listed,) = json.loads(run("list", "--json", capsys=capsys))
    assert notice.report is not None
    assert (listed["id"], listed["reason"], listed["reference"]) == (
        str(notice.pk),
        "smtp-550",
        notice.report.reference,
    )
    assert "quillfeather" not in run("list", capsys=capsys)
    assert json.loads(run("count", "--json", capsys=capsys)) == {"waiting": 0, "owed": 0, "failed": 1}
    assert "owed again" in run("again", str(notice.pk), capsys=capsys)
    assert Access.objects.filter(action="notice_owed_again", about=f"notice:{notice.pk}").exists()
    assert sending.send() == 1
    assert Notice.objects.get().state == "sent"
    assert "None was given up" in run("list", capsys=capsys)


def test_only_what_was_given_up_can_be_owed_again(mailroom: Mailroom) -> None:
    for each in (owed().pk, uuid.uuid4()):
        with pytest.raises(CommandError, match="notices list"):
            call_command("notices", "again", str(each))


def test_what_was_erased_stays_so(mailroom: Mailroom) -> None:
    notice = owed()
    Notice.objects.update(state="failed", reason="erased", due_at=None)
    with pytest.raises(CommandError, match="that was given up"):
        call_command("notices", "again", str(notice.pk))
