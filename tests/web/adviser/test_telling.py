"""An adviser tells for somebody on the telephone: on one page, in any order, with nothing lost."""

from typing import Any

import pytest
from django.urls import reverse

from tellusonce import answering
from tellusonce.models import Delivery, Enquiry, Report
from tests import factories
from tests.web.desks import Desk, token_in, words

pytestmark = pytest.mark.django_db

PAGES = ["name", "died-on", "born-on", "your-name", "your-relationship", "addresses", "council-services"]
ANSWERS = {
    "subject.name.given": "Alma",
    "subject.name.family": "Quillfeather",
    "death.died_on.day": "30",
    "death.died_on.month": "10",
    "death.died_on.year": "2026",
    "informant.name.given": "Bram",
    "informant.name.family": "Quillfeather",
    "informant.relationship": "son",
    "subject.addresses.0.use": "usual",
    "subject.addresses.0.lines.0": "1 Larch Row",
    "subject.addresses.0.postcode": "ZX1 2AB",
    "services.library": "yes",
}


@pytest.fixture
def desk() -> Desk:
    factories.organisation()
    return Desk("adviser")


@pytest.fixture
def report(desk: Desk) -> Report:
    form = {"kind": "death", "once": token_in(desk.read("adviser"))}
    places = {desk.send("adviser", form)["Location"] for _ in range(2)}
    report = Report.objects.select_related("key").get()
    assert places == {reverse("adviser-answers", args=[report.pk])}
    return report


def send(desk: Desk, report: Report, **form: Any) -> Any:
    return desk.send("adviser-answers", {"page": PAGES, **form}, report_id=report.pk)


def told(report: Report) -> dict[str, Any]:
    return answering.told_so_far(report)


def test_all_questions_are_on_one_page(desk: Desk, report: Report) -> None:
    page = desk.read("adviser-answers", report_id=report.pk)
    for name in PAGES:
        assert f'<section id="{name}"' in page
    assert len(page.encode()) < 100_000
    assert page.count("<h1") == 1


def test_answers_to_many_questions_are_saved_at_once(desk: Desk, report: Report) -> None:
    answer = send(desk, report, **ANSWERS, save="yes")
    assert answer["Location"].endswith("?saved")
    kept = told(report)
    assert kept["subject"]["name"] == {"given": ["Alma"], "family": "Quillfeather"}
    assert kept["services"] == {"library": True}
    page = desk.read("adviser-answers", "?saved", report_id=report.pk)
    assert "All answers have been saved" in page
    assert '<section id="library-card"' in page  # asked since the library was ticked
    assert "Where did Alma Quillfeather live?" in page.replace("&#39;", "'")


def test_what_does_not_fit_stays_as_it_was_typed_and_all_else_is_saved(desk: Desk, report: Report) -> None:
    wrong = {"death.died_on.year": "2999", "subject.addresses.0.postcode": "nowhere"}
    answer = send(desk, report, **{**ANSWERS, **wrong}, **{"go-on": "yes"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Date of death must be today or in the past" in page
    assert 'href="#subject.addresses.0.postcode"' in page
    assert 'value="2999"' in page
    assert 'value="nowhere"' in page
    kept = told(report)
    assert kept["informant"]["relationship"] == "son"
    assert "death" not in kept
    assert "addresses" not in kept["subject"]


def test_an_emptied_answer_is_taken_away(desk: Desk, report: Report) -> None:
    send(desk, report, **ANSWERS)
    send(desk, report, **{**ANSWERS, "informant.relationship": ""})
    assert "relationship" not in told(report)["informant"]


def test_questions_that_were_not_on_the_page_are_left_alone(desk: Desk, report: Report) -> None:
    send(desk, report, **ANSWERS)
    desk.send("adviser-answers", {"page": ["born-on"], "subject.born_on.year": "1931"}, report_id=report.pk)
    assert told(report)["informant"]["relationship"] == "son"
    assert told(report)["subject"]["born_on"] == "1931"


def test_entries_are_added_and_removed_where_they_are(desk: Desk, report: Report) -> None:
    answer = send(desk, report, **ANSWERS, add="addresses")
    assert answer["Location"].endswith("?more=addresses#addresses")
    page = desk.read("adviser-answers", "?more=addresses", report_id=report.pk)
    assert 'name="subject.addresses.1.postcode"' in page
    second = {"subject.addresses.1.use": "other", "subject.addresses.1.town": "Brackwater"}
    send(desk, report, **ANSWERS, **second)
    assert len(told(report)["subject"]["addresses"]) == 2
    assert send(desk, report, **ANSWERS, **second, remove="addresses.0")["Location"].endswith("#addresses")
    assert [each["town"] for each in told(report)["subject"]["addresses"]] == ["Brackwater"]


def test_from_the_telephone_to_sent_by_the_pages_of_citizens(desk: Desk, report: Report) -> None:
    factories.recipient("library")
    answer = send(desk, report, **ANSWERS, **{"go-on": "yes"})
    assert answer["Location"] == reverse("answers", args=[report.pk])
    assert "Continue to who is told" in desk.read("answers", report_id=report.pk)
    agree = desk.send("recipients", {"told": ["library"]}, report_id=report.pk).content.decode()
    seen = agree.partition('name="seen" value="')[2].partition('"')[0]
    assert desk.send("submit", {"told": ["library"], "seen": seen}, report_id=report.pk).status_code == 303
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == ("withheld", "unverified")
    page = words(desk.read("adviser-report", report_id=report.pk))
    assert "Nobody is told before a registrar has recorded the evidence" in page


def test_an_open_report_is_gone_on_with_from_the_desk(desk: Desk, report: Report) -> None:
    page = desk.read("adviser")
    assert reverse("adviser-report", args=[report.pk]) in page
    assert reverse("adviser-answers", args=[report.pk]) in desk.read("adviser-report", report_id=report.pk)


def test_each_contact_is_noted_once_with_its_cause(desk: Desk, report: Report) -> None:
    token = token_in(desk.read("adviser-enquiry", report_id=report.pk))
    form = {"by": "informant", "way": "phone", "cause": "complaint", "once": token}
    for _ in range(2):
        assert desk.send("adviser-enquiry", form, report_id=report.pk).status_code == 303
    noted = Enquiry.objects.get()
    assert (noted.report, noted.cause, noted.way, noted.logged_by) == (report, "complaint", "phone", desk.name)
    assert "Complained" in desk.read("adviser-report", report_id=report.pk)


def test_a_contact_without_a_cause_is_asked_for(desk: Desk, report: Report) -> None:
    answer = desk.send("adviser-enquiry", {"by": "informant", "way": "phone", "cause": "x"}, report_id=report.pk)
    assert answer.status_code == 422
    assert "Say why they got in touch" in answer.content.decode()
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("page", ["adviser-report", "adviser-answers", "adviser-enquiry"])
def test_another_organisations_report_is_not_there(report: Report, page: str) -> None:
    assert Desk("adviser", "elsewhere").ask(page, report_id=report.pk).status_code == 404


def test_the_long_page_asks_the_database_little(desk: Desk, report: Report, django_assert_max_num_queries: Any) -> None:
    send(desk, report, **ANSWERS)
    with django_assert_max_num_queries(12):
        desk.read("adviser-answers", report_id=report.pk)
    with django_assert_max_num_queries(12):
        desk.read("adviser")
