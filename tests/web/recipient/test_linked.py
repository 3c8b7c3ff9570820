"""A recipient that has only a mailbox: a mail that says nothing, a link that shows nothing, and two forms after it."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client

from identity import vault
from identity.models import Access
from tellusonce import announcements, clocks, links
from tellusonce.models import Confirmation, Delivery, Notice, Pause, Recipient
from tellusonce.notices import owing, sending
from tests import factories
from tests.notices.conftest import Mailroom
from tests.notices.conftest import mailroom as mailroom  # noqa: PLC0414  the fixture

pytestmark = pytest.mark.django_db
TO = "allotments@northmoor.example"
ADDRESS = "https://tell.northmoor.example"


@pytest.fixture
def recipient(settings: Any, mailroom: Mailroom) -> Recipient:
    settings.SERVICE_ADDRESS = ADDRESS
    route = {"adapter": "inbox", "settings": {"mail": {"to": TO}}}
    return factories.recipient(
        "allotments", name="Allotments", route=route, grants=("subject.name.family", "death.died_on")
    )


@pytest.fixture
def delivery(recipient: Recipient) -> Delivery:
    return factories.submitted().deliveries.select_related("recipient__route").get()


def mailed(mailroom: Mailroom) -> list[str]:
    announcements.announce()
    sending.send()
    return [str(mail.get_content()) for mail in mailroom.took]


def link(mailroom: Mailroom) -> str:
    found = re.search(re.escape(ADDRESS) + r"(/waiting/\S+)", mailed(mailroom)[-1])
    assert found
    return found[1]


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_the_mail_names_nobody_and_goes_to_the_recipients_address_once(delivery: Delivery, mailroom: Mailroom) -> None:
    mailed(mailroom)
    (mail,) = mailroom.took
    assert mail["To"] == TO
    said = f"{mail['Subject']} {mail.get_content()}"
    assert "Quillfeather" not in said
    assert delivery.report.reference not in said
    mailed(mailroom)
    assert len(mailroom.took) == 1, "the same is announced once"


def test_a_scanner_that_fetches_the_link_learns_nothing_and_confirms_nothing(
    delivery: Delivery, mailroom: Mailroom
) -> None:
    page = Client().get(link(mailroom), secure=True)
    assert page.status_code == 200
    assert "Allotments" in words(page)
    assert "Quillfeather" not in words(page)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("available", 0)
    assert not Confirmation.objects.exists()
    assert page["Cache-Control"] == "no-store"


def test_a_form_shows_the_message_and_another_one_answers_it(delivery: Delivery, mailroom: Mailroom) -> None:
    path = link(mailroom)
    shown = Client().post(path, secure=True)
    assert "Quillfeather" in words(shown)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("sent", 1)
    assert Access.objects.get(action="delivery_fetched").actor == "link:allotments"
    assert not Confirmation.objects.exists()
    form = {"answer-it": "yes", "answer": "acted:account_closed"}
    taken = Client().post(path, form, secure=True)
    assert "Your answer was taken" in words(taken)
    said = Confirmation.objects.get()
    assert (said.outcome, said.came_by, said.given_by) == ("acted", "link", "link:allotments")
    delivery.refresh_from_db()
    assert delivery.state == "closed"
    assert "has been answered" in words(Client().post(path, form, secure=True))
    assert Confirmation.objects.count() == 1


def test_an_answer_at_fault_keeps_what_was_typed(delivery: Delivery, mailroom: Mailroom) -> None:
    path = link(mailroom)
    Client().post(path, secure=True)
    again = Client().post(path, {"answer-it": "yes", "answer": "declined", "reference": "PLOT-7"}, secure=True)
    assert again.status_code == 422
    assert "Give the reason" in words(again)
    assert "PLOT-7" in again.content.decode()
    assert not Confirmation.objects.exists()


def test_a_forged_link_and_one_for_an_older_address_lead_nowhere(
    delivery: Delivery, recipient: Recipient, mailroom: Mailroom
) -> None:
    path = link(mailroom)
    forged = signing.dumps([delivery.pk.hex, "0" * 16], salt="something else")
    assert Client().get(f"/waiting/{forged}", secure=True).status_code == 404
    assert Client().get(path[:-2] + "xx", secure=True).status_code == 404
    factories.route(recipient, address="", adapter="inbox", settings={"mail": {"to": "plots@northmoor.example"}})
    assert Client().post(path, secure=True).status_code == 404
    assert Delivery.objects.get().tries == 0


def test_a_link_that_has_ended_offers_a_new_one_once_a_day(
    delivery: Delivery, recipient: Recipient, mailroom: Mailroom
) -> None:
    path = link(mailroom)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=15), tick=False):
        assert "This link has ended" in words(Client().get(path, secure=True))
        for _ in range(2):
            assert "A new link is on its way" in words(Client().post(path, secure=True))
    assert Notice.objects.filter(kind="message-waits").count() == 2
    assert len(mailed(mailroom)) == 2
    assert Delivery.objects.get().tries == 0


def test_whoever_has_not_answered_is_written_to_again(delivery: Delivery, mailroom: Mailroom) -> None:
    path = link(mailroom)
    Client().post(path, secure=True)
    Delivery.objects.update(created_at=clocks.now() - dt.timedelta(days=14, hours=1))
    assert len(mailed(mailroom)) == 2
    Client().post(path, {"answer-it": "yes", "answer": "no_match"}, secure=True)
    Delivery.objects.update(created_at=clocks.now() - dt.timedelta(days=29))
    assert len(mailed(mailroom)) == 2, "what is answered is announced no more"


def test_what_was_forgotten_is_announced_no_more_and_holds_up_nobody(
    delivery: Delivery, recipient: Recipient, mailroom: Mailroom
) -> None:
    factories.submitted()
    vault.destroy([delivery.report.key])
    Recipient.objects.update(is_active=False)
    assert announcements.announce() == 0, "who is no longer in the catalogue is not written to"
    Recipient.objects.update(is_active=True)
    assert announcements.announce() == 1


def test_nothing_is_announced_while_sending_is_paused_or_nobody_could_follow(
    delivery: Delivery, recipient: Recipient, settings: Any, mailroom: Mailroom
) -> None:
    pause = Pause.objects.create(kind="death", paused_at=clocks.now(), paused_by="o", reason="r")
    assert announcements.announce() == 0
    pause.delete()
    settings.SERVICE_ADDRESS = ""
    assert announcements.announce() == 0
    settings.SERVICE_ADDRESS = ADDRESS
    assert announcements.announce() == 1


def test_the_address_of_a_recipient_stands_sealed_in_its_notice(delivery: Delivery, mailroom: Mailroom) -> None:
    announcements.announce()
    notice = Notice.objects.select_related("key").get()
    assert TO.encode() not in bytes(notice.sealed)
    assert owing.unseal(notice)[0] == TO


def test_a_link_is_for_the_message_of_its_recipient_alone(delivery: Delivery, mailroom: Mailroom) -> None:
    factories.recipient("other", route={"adapter": "inbox"})
    opened = links.read(link(mailroom).removeprefix("/waiting/"))
    assert opened.delivery.pk == delivery.pk
    assert opened.actor.organisation == "northmoor"
