"""The people of a report can see who looked at it, for whom and why."""

import datetime as dt
from uuid import uuid4

import pytest

from tellusonce import accesses
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar() -> Caller:
    return Caller()


def test_who_looked_for_whom_and_why_is_shown_oldest_first(registrar: Caller) -> None:
    factories.recipient("pensions")
    report = factories.submitted()
    registrar.get(f"/reports/{report.pk}/answers")
    items = registrar.get(f"/reports/{report.pk}/accesses").json()["items"]
    assert [each["action"] for each in items] == [
        "report_started",
        "evidence_recorded",
        "report_submitted",
        "report_read",
    ]
    last = items[-1]
    assert (last["who"], last["organisation"]) == (registrar.name, "northmoor")
    assert (last["action_in_words"], last["why"]) == ("read its answers", "death")
    assert dt.datetime.fromisoformat(last["at"]).tzinfo is not None
    again = registrar.get(f"/reports/{report.pk}/accesses").json()["items"]
    assert again[-1]["action_in_words"] == "looked at who had looked"


def test_what_was_told_shows_its_recipient() -> None:
    libraries = "northmoor-libraries"
    factories.recipient("libraries", organisation=libraries, route={"adapter": "inbox"})
    report = factories.submitted()
    Caller(libraries).get("/inbox")
    items = Caller().get(f"/reports/{report.pk}/accesses").json()["items"]
    (fetched,) = (each for each in items if each["action"] == "delivery_fetched")
    assert (fetched["recipient"], fetched["organisation"]) == ("libraries", libraries)
    assert fetched["by_means_of"].startswith("agreement:")


def test_a_long_list_comes_in_pages(registrar: Caller) -> None:
    report = factories.started()
    for _ in range(4):
        registrar.get(f"/reports/{report.pk}/answers")
    first = registrar.get(f"/reports/{report.pk}/accesses", limit=4).json()
    rest = registrar.get(f"/reports/{report.pk}/accesses", limit=4, cursor=first["next"]).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (4, 3, None)


@pytest.mark.parametrize("cursor", ["-1", "x", str(2**63)])
def test_a_cursor_of_ones_own_making_is_refused(registrar: Caller, cursor: str) -> None:
    answer = registrar.get(f"/reports/{factories.started().pk}/accesses", cursor=cursor)
    assert answer.status_code == 422


def test_another_organisation_sees_nothing() -> None:
    report = factories.started()
    for path in (report.pk, uuid4()):
        assert Caller("southmoor").get(f"/reports/{path}/accesses").status_code == 404
    assert Caller(scopes=("reports:start",)).get(f"/reports/{report.pk}/accesses").status_code == 403


def test_every_action_about_a_report_has_words() -> None:
    assert all(words[0].islower() and not words.endswith(".") for words in accesses.IN_WORDS.values())
