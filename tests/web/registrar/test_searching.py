"""Searching: with a reason, in one's own organisation, and written down."""

import pytest

from identity.models import Access
from tellusonce import finding, reports, retention
from tellusonce.models import FindingKey, Report
from tests import factories
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db

DAY = {"day.day": "30", "day.month": "10", "day.year": "2026"}


@pytest.fixture
def desk() -> Desk:
    return Desk("registrar")


@pytest.fixture
def report() -> Report:
    return factories.started(told={}, entry=factories.ENTRY)


def search(desk: Desk, **form: str) -> str:
    answer = desk.send("registrar-search", {"reason": "letter-lost", **form})
    return str(answer.content.decode())


def test_a_reference_finds_its_report_and_the_reason_is_kept(desk: Desk, report: Report) -> None:
    page = search(desk, reference=report.reference.lower().replace("-", " "))
    assert f"/registrar/reports/{report.pk}" in page
    noted = Access.objects.get(about=f"report:{report.pk}", action="report_found")
    assert (noted.actor, noted.purpose, noted.on) == (desk.name, "letter-lost", "reference")


@pytest.mark.parametrize("surname", ["Quillfeather", "QUILLFEATHER", "quill feather"])
@pytest.mark.parametrize("day", [DAY, {"day.day": "3", "day.month": "2", "day.year": "1931"}])
def test_a_surname_finds_it_with_the_date_of_birth_or_of_death(
    desk: Desk, report: Report, surname: str, day: dict[str, str]
) -> None:
    assert report.reference in search(desk, surname=surname, **day)


def test_a_name_that_is_spelt_in_another_way_finds_whom_everybody_knows(desk: Desk) -> None:
    report = factories.submitted()
    name, born = _subject(report)
    day = dict(zip(("day.year", "day.month", "day.day"), born.split("-"), strict=True))
    assert report.reference in search(desk, surname="Quilfeather", given=name, **day)


def _subject(report: Report) -> tuple[str, str]:
    told = reports.answers(factories.REGISTRAR, report.pk)["subject"]
    return told["name"]["given"][0], told["born_on"]


def test_a_search_in_vain_is_kept_too_and_says_what_to_do(desk: Desk, report: Report) -> None:
    assert "Nothing found" in search(desk, surname="Other", **DAY)
    noted = Access.objects.get(action="reports_searched")
    assert (noted.about, noted.purpose, noted.on) == ("organisation:northmoor", "letter-lost", "name and date")
    assert not Access.objects.filter(action="report_found").exists()


def test_another_organisations_report_is_not_found(report: Report) -> None:
    elsewhere = Desk("registrar", "brackwater")
    assert "Nothing found" in search(elsewhere, reference=report.reference)
    assert "Nothing found" in search(elsewhere, surname="Quillfeather", **DAY)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Enter a reference number, or a surname and a date"),
        ({"surname": "Quillfeather"}, "Enter the whole date"),
        (DAY, "Enter the surname, too"),
        ({"reference": "K7MD"}, "A reference has 12 letters and digits"),
        ({"reference": "K7MD-4RTW-X9QF", "reason": ""}, "Say why you search"),
        ({"reference": "K7MD-4RTW-X9QF", "reason": "curiosity"}, "Say why you search"),
    ],
)
def test_a_search_says_what_is_missing(desk: Desk, form: dict[str, str], said: str) -> None:
    answer = desk.send("registrar-search", {"reason": "letter-lost", **form})
    assert answer.status_code == 422
    assert said in words(answer.content.decode())
    assert not Access.objects.filter(action="reports_searched").exists()


def test_what_was_corrected_is_found_by_what_holds_now(desk: Desk) -> None:
    report = factories.started(told={"subject": {"name": {"family": "Olde"}, "born_on": "1931-02-03"}}, entry=None)
    reports.save(factories.REGISTRAR, report.pk, patch={"subject": {"name": {"family": "Newe"}}})
    day = {"day.day": "3", "day.month": "2", "day.year": "1931"}
    assert report.reference in search(desk, surname="Newe", **day)
    assert report.reference not in search(desk, surname="Olde", **day)


def test_an_expired_report_is_found_by_its_name_no_more(report: Report) -> None:
    assert FindingKey.objects.filter(report=report).count() == 2
    Report.objects.filter(pk=report.pk).update(expires_at=report.started_at)
    retention.apply()
    assert not FindingKey.objects.exists()


def test_keys_are_made_anew_as_they_were(report: Report) -> None:
    for kept in FindingKey.objects.select_related("report__key"):
        assert finding.index_anew(kept) == bytes(kept.value)


def test_an_advisers_search_leads_into_their_own_room(report: Report) -> None:
    answer = Desk("adviser").send("adviser-search", {"reason": "complaint", "reference": report.reference})
    assert f"/adviser/reports/{report.pk}" in answer.content.decode()
