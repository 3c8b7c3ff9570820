"""A citizen tells of a death on pages, from the letter to the end."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.urls import reverse

from tellusonce import events, reports
from tellusonce.models import Delivery, Notice, Report
from tellusonce.reports import Proof
from tests import factories
from tests.web.pages import Pages

pytestmark = pytest.mark.django_db

LETTER = {"surname": "quillfeather", "on.day": "30", "on.month": "10", "on.year": "2026"}


@pytest.fixture
def report() -> Report:
    proof = Proof("register-entry", factories.ENTRY)
    return reports.start(factories.REGISTRAR, events.find("death"), told={}, proof=proof)


@pytest.fixture
def page(report: Report) -> Pages:
    pages = Pages()
    assert pages.send("open", {"reference": report.reference, **LETTER}).status_code == 303
    return pages


def next_page(answer: Any) -> str:
    assert answer.status_code == 303, answer.content.decode()
    return str(answer["Location"]).rpartition("/")[2]


def test_a_letter_opens_the_first_question(report: Report, page: Pages) -> None:
    answer = page.client.get(reverse("report", kwargs={"report_id": report.pk}), secure=True)
    assert next_page(answer) == "your-name"
    assert "What is your name?" in page.read("answer", report_id=report.pk, name="your-name")


@pytest.mark.parametrize("wrong", [{"surname": "other"}, {"on.day": "29"}, {"reference": "XXXX"}])
def test_a_wrong_letter_opens_nothing_and_keeps_what_was_typed(report: Report, wrong: dict[str, str]) -> None:
    form = {"reference": report.reference, **LETTER, **wrong}
    answer = Pages().send("open", form)
    assert answer.status_code == 422
    assert "This opens no report" in answer.content.decode()
    assert f'value="{form["surname"]}"' in answer.content.decode()


def test_the_name_is_in_the_questions_and_the_register_is_not_asked(report: Report, page: Pages) -> None:
    shown = page.read("answers", report_id=report.pk)
    assert "Where did Alma Quillfeather live?" in shown
    assert "Who has died?" not in shown
    assert "30 October 2026" in shown


def test_a_fault_is_said_at_the_top_and_at_the_field(report: Report, page: Pages) -> None:
    answer = page.send("answer", {"informant.name.given": "Bram"}, report_id=report.pk, name="your-name")
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#informant.name.family"' in shown
    assert shown.count("Enter your family name") == 2
    assert 'value="Bram"' in shown
    assert "<title>\n    Error:" in re.sub(r"<title[^>]*>\s*", "<title>\n    ", shown)


def test_a_reference_alone_shows_no_address_that_was_told_before(report: Report, page: Pages) -> None:
    reports.save(factories.REGISTRAR, report.pk, patch=factories.TOLD)
    for name in ("answers", "answer"):
        place: Mapping[str, Any] = {"name": "addresses"} if name == "answer" else {}
        shown = page.read(name, report_id=report.pk, **place)
        assert "Larch Row" not in shown
        assert "ZX1 2AB" not in shown
    assert "It is not shown" in page.read("answer", report_id=report.pk, name="addresses")


def test_what_was_typed_in_this_visit_is_shown(report: Report, page: Pages) -> None:
    form = {"subject.addresses.0.use": "usual", "subject.addresses.0.lines.0": "7 Elm Row"}
    assert next_page(page.send("answer", form, report_id=report.pk, name="addresses")) == "care-home"
    assert "7 Elm Row" in page.read("answers", report_id=report.pk)


def test_told_agreed_and_sent_once_however_often_send_is_pressed(report: Report, page: Pages) -> None:
    told = factories.recipient("council-tax")
    left_out = factories.recipient("library")
    reports.save(factories.REGISTRAR, report.pk, patch=factories.TOLD)
    assert told.name in page.read("recipients", report_id=report.pk)
    agree = page.send("recipients", {"told": ["council-tax"]}, report_id=report.pk).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', agree)
    assert seen is not None
    form = {"told": ["council-tax"], "seen": seen[1]}
    assert next_page(page.send("submit", form, report_id=report.pk)) == "sent"
    assert next_page(page.send("submit", form, report_id=report.pk)) == "follow"
    states = dict(Delivery.objects.values_list("recipient__slug", "state"))
    assert states == {told.slug: "pending", left_out.slug: "withheld"}
    assert report.reference in page.read("sent", report_id=report.pk)
    assert told.name in page.read("follow", report_id=report.pk)


def test_the_receipt_of_a_decision_is_owed_and_names_of_their_own_are_shown(
    report: Report, page: Pages, settings: Any
) -> None:
    settings.NOTICES_CHANNEL = "console"
    factories.recipient("lantern", grants=["recipient.pseudonym"], agreement={"lawful_basis": "consent"})
    told = {**factories.TOLD, "informant": {**factories.TOLD["informant"], "email": "bram@quillfeather.example"}}
    reports.save(factories.REGISTRAR, report.pk, patch=told)
    assert "Name of the person that they alone are given" in page.read("recipients", report_id=report.pk)
    agree = page.send("recipients", {"consent.lantern": "yes"}, report_id=report.pk).content.decode()
    (seen,) = re.findall(r'name="seen"\s+value="([^"]*)"', agree)
    assert next_page(page.send("submit", {"consent.lantern": "yes", "seen": seen}, report_id=report.pk)) == "sent"
    assert Notice.objects.filter(kind="consent-receipt", report=report).count() == 1


def test_what_was_changed_meanwhile_has_to_be_seen_again(report: Report, page: Pages) -> None:
    factories.recipient("council-tax")
    reports.save(factories.REGISTRAR, report.pk, patch=factories.TOLD)
    answer = page.send("submit", {"told": ["council-tax"], "seen": "other"}, report_id=report.pk)
    assert answer.status_code == 409
    assert "check your choice once more" in answer.content.decode()
    assert not Delivery.objects.exists()


def test_another_report_is_not_there(page: Pages) -> None:
    other = reports.start(
        factories.REGISTRAR, events.find("death"), told={}, proof=Proof("register-entry", factories.ENTRY)
    )
    for name in ("report", "answers", "recipients", "follow", "later"):
        answer = page.client.get(reverse(name, kwargs={"report_id": other.pk}), secure=True)
        assert answer.status_code == 404, name
