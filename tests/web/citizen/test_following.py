"""Whoever told us sees how far each recipient has got, in words, and what to do where it goes no further."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adapters.contract import TERMINAL_OUTCOMES, Action
from tellusonce import clocks, events, reports
from tellusonce.disclosure import Reason
from tellusonce.models import Delivery, Report
from tellusonce.web import advice, parcels
from tests import factories
from tests.web.desks import words
from tests.web.informants import Informant, said, told

pytestmark = pytest.mark.django_db
MOST_QUERIES, MOST_BYTES = 12, 100_000
LONG_AGO = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def report() -> Report:
    factories.recipient("tax", name="Northmoor Council Tax", contact="tax@northmoor.example")
    return factories.submitted()


def page_of(report: Report) -> str:
    return words(Informant(report).read("follow", report_id=report.pk))


def test_what_is_owed_is_being_told_and_has_a_day_by_which_it_is_due(report: Report) -> None:
    due = report.deliveries.get().confirm_by
    assert due is not None
    page = page_of(report)
    assert "Northmoor Council Tax Being told" in page
    assert f"They have until {due.day} {due:%B %Y} to say what they have done." in page
    assert "0 of 1 have said what they have done." in page


def test_what_was_sent_is_told_and_never_done(report: Report) -> None:
    told(report, "tax", sent_at=LONG_AGO)
    page = page_of(report)
    assert "Northmoor Council Tax Told 2 November 2026 Told" in page
    assert "They have not said yet what they have done." in page
    assert "Done" not in page


def test_each_step_has_its_day_and_what_was_done_its_own(report: Report) -> None:
    delivery = told(report, "tax", sent_at=LONG_AGO)
    said(delivery, "matched", at=LONG_AGO + dt.timedelta(days=1))
    actions = [Action("payment_stopped", "2026-10-30"), Action("record_updated")]
    said(delivery, "acted", *actions, at=LONG_AGO + dt.timedelta(days=2))
    page = page_of(report)
    assert (
        "Have answered Northmoor Council Tax Done 2 November 2026 Told 3 November 2026 They have found the person "
        "4 November 2026 They have done what was needed Payment stopped on 30 October 2026 Record updated" in page
    )
    assert "1 of 1 have said" in page
    assert "They have until" not in page


def test_the_same_said_again_is_shown_once(report: Report) -> None:
    delivery = told(report, "tax", sent_at=LONG_AGO)
    for days in (1, 2):
        said(delivery, "received", at=LONG_AGO + dt.timedelta(days=days))
    said(delivery, "acted", Action("account_closed"), at=LONG_AGO + dt.timedelta(days=3))
    said(delivery, "acted", Action("account_closed"), Action("bill_reissued"), at=LONG_AGO + dt.timedelta(days=4))
    page = page_of(report)
    assert page.count("They have received it") == page.count("Account closed") == 1
    assert page.count("They have done what was needed") == 2


@pytest.mark.parametrize(
    ("outcome", "tag"),
    [
        ("received", "Received"),
        ("matched", "Found"),
        ("multiple_candidates", "Looking into it"),
        ("needs_information", "Needs to know more"),
        ("acted", "Done"),
        ("nothing_to_do", "Nothing to do"),
        ("no_match", "Not known there"),
        ("declined", "Will not act"),
    ],
)
def test_an_answer_is_a_word(report: Report, outcome: str, tag: str) -> None:
    said(told(report, "tax"), outcome)
    page = page_of(report)
    assert f"Northmoor Council Tax {tag} " in page
    wants_asking = outcome in {"needs_information", "no_match", "declined"}
    assert ("Whom to ask: tax@northmoor.example" in page) is wants_asking


def test_two_answers_that_do_not_go_together_are_not_clear(report: Report) -> None:
    delivery = told(report, "tax")
    said(delivery, "acted", Action("account_closed"))
    said(delivery, "no_match")
    assert "Northmoor Council Tax Not clear yet" in page_of(report)


def test_what_is_late_is_said_with_what_happens_next(report: Report) -> None:
    told(report, "tax", confirm_by=dt.date(2026, 11, 5))
    page = page_of(report)
    assert "Northmoor Council Tax Late" in page
    assert "They should have said by 5 November 2026 what they have done, and have not." in page
    assert "stays open until they answer. If it cannot wait, ask them yourself." in page
    assert "Whom to ask: tax@northmoor.example" in page
    assert f"give them the reference number {report.reference}" in page


def test_what_nobody_knows_to_have_arrived_may_have_been_told(report: Report) -> None:
    told(report, "tax", state="failed", reason="outcome-unknown", sent_at=None)
    page = page_of(report)
    assert "Not told, or not known to be Northmoor Council Tax May have been told" in page
    assert "Ask them whether they have been before you tell them again." in page
    told(report, "tax", state="pending", reason="", sent_at=None, due_at=clocks.now())
    assert "They may have been told already; we go on trying." in page_of(report)


@pytest.mark.parametrize("reason", [*Reason, "content-changed"])
def test_for_each_that_is_not_told_it_is_said_why_what_to_do_and_whom_to_ask(report: Report, reason: str) -> None:
    told(report, "tax", state="withheld", reason=str(reason), sent_at=None, tries=0)
    page = page_of(report)
    assert "Northmoor Council Tax Not told" in page
    assert advice.why(reason) in page
    assert advice.untold(reason, may_have_been_told=False) in page
    assert "Whom to ask: tax@northmoor.example" in page
    assert "Nobody has been told anything yet." in page


def test_where_the_catalogue_has_no_contact_the_organisation_is_named() -> None:
    factories.recipient("library", contact="", confirm_within_days=1)
    report = factories.submitted(chosen=[])
    assert "Whom to ask: Northmoor " in page_of(report)


def test_those_who_are_not_ours_are_named_for_each_kind_of_event(report: Report) -> None:
    page = page_of(report)
    for kind in ("death", "move"):
        assert {"Insurers"} < {each.who for each in events.find(kind).outsiders}
    for each in events.find("death").outsiders:
        assert f"{each.who} {each.advice}" in page


def test_nobody_is_told_twice_and_that_is_said() -> None:
    factories.recipient("tax")
    first = factories.submitted()
    told_of = reports.answers(factories.REGISTRAR, first.pk)
    entry = {name: told_of[name] for name in ("subject", "death", "registration")}
    again = factories.started(told=factories.TOLD, entry={**factories.ENTRY, **entry})
    Report.objects.filter(pk=again.pk).update(state="submitted", submitted_at=clocks.now(), joins=first)
    page = page_of(again)
    assert "This had been reported before." in page
    assert first.reference not in page


def test_a_report_that_was_not_sent_in_time_says_so() -> None:
    begun = factories.started()
    Report.objects.filter(pk=begun.pk).update(expires_at=LONG_AGO - dt.timedelta(days=30))
    assert "has expired. Nobody has been told anything." in page_of(begun)


def test_a_report_that_is_still_told_leads_back_to_telling_it() -> None:
    begun = factories.started()
    answer = Informant(begun).ask("follow", report_id=begun.pk)
    assert (answer.status_code, answer["Location"]) == (303, f"/reports/{begun.pk}")


def test_every_outcome_and_state_has_its_word() -> None:
    assert set(parcels.ANSWERED) == {*TERMINAL_OUTCOMES, "contested"}
    assert set(advice.UNTOLD) == set(Reason)


def forty() -> Report:
    for number in range(40):
        factories.recipient(f"office-{number}", name=f"A service with a usual name {number}", contact="them@x.example")
    report = factories.submitted()
    for number, delivery in enumerate(Delivery.objects.select_related("recipient__organisation")):
        if number % 4 == 3:
            told(report, delivery.recipient.slug, state="withheld", reason="unverified", sent_at=None, tries=0)
            continue
        told(report, delivery.recipient.slug)
        delivery.refresh_from_db(fields=["tries"])
        said(delivery, "matched")
        said(delivery, "acted", Action("account_closed", "2026-11-02"), Action("bill_reissued", "2026-11-03"))
    return report


def test_forty_recipients_are_a_small_page_and_few_questions() -> None:
    report = forty()
    for is_proved in (False, True):
        visitor = Informant(report, is_proved=is_proved)
        with CaptureQueriesContext(connection) as asked:
            page = visitor.read("follow", report_id=report.pk)
        assert questions(asked) <= MOST_QUERIES
        assert len(page.encode()) < MOST_BYTES
        assert len(re.findall("app-parcel", page)) == 40


def questions(asked: Any) -> int:
    """Count what was asked of the database, without the marks of transactions."""
    return sum("SAVEPOINT" not in each["sql"] for each in asked)
