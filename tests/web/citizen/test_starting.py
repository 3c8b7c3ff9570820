"""A citizen finds their reports again, and starts one, with what was proved of them filled in."""

from typing import Any

import pytest
from django.urls import reverse

from identity.models import Access
from tellusonce import answering
from tellusonce.models import KeptReport, Report
from tests import factories
from tests.web.citizens import Citizen
from tests.web.desks import Desk, token_in, words

pytestmark = pytest.mark.django_db
LETTER = {"surname": "quillfeather", "on.day": "30", "on.month": "10", "on.year": "2026"}
SAID = "This is from your sign-in; change it if it is wrong."


@pytest.fixture
def citizen() -> Citizen:
    return Citizen()


def started(citizen: Citizen) -> Report:
    form = {"kind": "death", "once": token_in(citizen.read("own-reports"))}
    places = {citizen.send("begin", form)["Location"] for _ in range(2)}
    report = Report.objects.select_related("key").get()
    assert places == {reverse("report", args=[report.pk])}
    return report


def test_a_report_is_started_once_and_has_what_was_proved_filled_in(citizen: Citizen) -> None:
    report = started(citizen)
    assert (report.organisation, report.started_by) == ("", citizen.name)
    assert answering.told_so_far(report) == {
        "informant": {"name": {"given": ["Josephine", "Maud"], "family": "Tamblyn"}}
    }
    page = citizen.read("answer", report_id=report.pk, name="your-name")
    assert SAID in page
    assert 'value="Josephine Maud"' in page
    assert 'value="Tamblyn"' in page


def test_what_was_filled_in_can_be_changed_and_is_then_no_longer_said_to_be_from_there(citizen: Citizen) -> None:
    report = started(citizen)
    form = {"informant.name.given": "Jo", "informant.name.family": "Tamblyn"}
    assert citizen.send("answer", form, report_id=report.pk, name="your-name").status_code == 303
    page = citizen.read("answer", report_id=report.pk, name="your-name")
    assert 'value="Jo"' in page
    assert SAID not in page


def test_a_question_about_somebody_else_is_not_filled_in(citizen: Citizen) -> None:
    report = started(citizen)
    page = citizen.read("answer", report_id=report.pk, name="name")
    assert SAID not in page
    assert "Tamblyn" not in page


def test_it_is_written_down_for_what_the_person_was_read(citizen: Citizen) -> None:
    started(citizen)
    entry = Access.objects.filter(action="person_read", actor=citizen.name, purpose="death").first()
    assert entry is not None
    assert entry.on == "sign-in"


@pytest.mark.parametrize("confidence", ["", "P1"])
def test_whoever_is_not_proved_starts_nothing_and_hears_how_they_could(confidence: str) -> None:
    citizen = Citizen(confidence=confidence)
    assert "proves who you are" in citizen.read("own-reports")
    answer = citizen.send("begin", {"kind": "death", "once": "0" * 32})
    assert answer.status_code == 403
    assert not Report.objects.exists()


def test_an_adviser_s_own_name_is_filled_in_nowhere(citizen: Citizen) -> None:
    factories.organisation()
    adviser = Desk("adviser")
    adviser.send("adviser", {"kind": "death", "once": token_in(adviser.read("adviser"))})
    report = Report.objects.select_related("key").get()
    assert answering.told_so_far(report) == {}
    assert citizen.ask("report", report_id=report.pk).status_code == 404


@pytest.mark.parametrize("kind", ["", "nothing"])
def test_a_kind_that_is_not_there_is_not_started(citizen: Citizen, kind: str) -> None:
    assert citizen.send("begin", {"kind": kind}).status_code == 404


def test_an_account_keeps_what_it_opens_with_a_letter_for_the_next_visit(citizen: Citizen) -> None:
    report = factories.started()
    assert citizen.send("open", {"reference": report.reference, **LETTER}).status_code == 303
    assert KeptReport.objects.get().report == report
    again = Citizen()
    assert report.reference in again.read("own-reports")
    assert again.read("answers", report_id=report.pk)
    assert report.reference not in Citizen("somebody-else").read("own-reports")


def test_whoever_came_by_a_letter_sees_that_report_and_starts_none() -> None:
    report = factories.started()
    visitor = Citizen()
    visitor.client.cookies.clear()
    visitor.send("open", {"reference": report.reference, **LETTER})
    page = visitor.read("own-reports")
    assert report.reference in page
    assert "Tell us something new" not in page
    assert visitor.send("begin", {"kind": "death"}).status_code == 403


def test_a_report_is_let_go_of_when_it_was_asked_twice(citizen: Citizen) -> None:
    report = started(citizen)
    assert "Take this report off your list?" in citizen.read("let-go", report_id=report.pk)
    assert KeptReport.objects.exists()
    assert citizen.send("let-go", {}, report_id=report.pk)["Location"] == reverse("own-reports")
    assert "You have no report yet" in citizen.read("own-reports")
    assert citizen.ask("report", report_id=report.pk).status_code == 404
    assert Report.objects.exists()


def test_the_list_takes_few_queries_however_long_it_is(citizen: Citizen, django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        citizen.send("begin", {"kind": "death", "once": token_in(citizen.read("own-reports"))})
    with django_assert_max_num_queries(12):
        page = words(citizen.read("own-reports"))
    assert page.count("Started") == 5
