"""A citizen who signs in keeps the reports they opened or started, and can let go of them or end the account."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from identity import codes
from identity.accounts import Post
from identity.ledger import Actor
from identity.models import Access, Account, Mandate, Person
from tellusonce import reports, rules
from tellusonce.models import KeptReport, Report
from tests import factories
from tests.accounts import visitors
from tests.accounts.visitors import Browser

pytestmark = pytest.mark.django_db


def open_by_letter(browser: Browser, report: Report) -> None:
    claim = {"reference": report.reference, "surname": "Quillfeather", "on": "2026-10-30"}
    assert browser.post("/accounts/report", claim).status_code == 200


def seen(browser: Browser) -> list[str]:
    return [each["id"] for each in browser.get("/api/v1/reports").json()["items"]]


def test_what_is_opened_while_signed_in_is_there_at_the_next_visit() -> None:
    report, other = factories.started(), factories.started()
    open_by_letter(visitors.citizen(), report)
    again = visitors.citizen()
    assert seen(again) == again.visitor["reports"] == [str(report.pk)]
    assert again.get(f"/api/v1/reports/{other.pk}").status_code == 404
    assert seen(visitors.citizen("somebody-else")) == []
    entry = Access.objects.get(action="report_kept")
    assert (entry.actor, entry.about) == (again.visitor["name"], f"report:{report.pk}")


def test_opening_again_ties_once() -> None:
    report, browser = factories.started(), visitors.citizen()
    for _ in range(2):
        open_by_letter(browser, report)
    assert KeptReport.objects.count() == Access.objects.filter(action="report_kept").count() == 1


def test_opening_without_an_account_ties_nothing() -> None:
    open_by_letter(Browser(), factories.started())
    assert not KeptReport.objects.exists()


def test_staff_who_open_a_letter_keep_nothing() -> None:
    open_by_letter(visitors.signed_in("ada", Post("registrar", "southmoor"), Post("citizen")), factories.started())
    assert not KeptReport.objects.exists()


def test_what_is_let_go_of_is_seen_no_more_in_this_visit_or_the_next() -> None:
    report, browser = factories.started(), visitors.citizen()
    open_by_letter(browser, report)
    for _ in range(2):
        assert browser.post(f"/accounts/reports/{report.pk}/let-go").status_code == 200
    assert seen(browser) == seen(visitors.citizen()) == []
    assert Access.objects.filter(action="report_let_go").count() == 1


def test_nobody_lets_go_of_another_s() -> None:
    report = factories.started()
    open_by_letter(visitors.citizen(), report)
    visitors.citizen("somebody-else").post(f"/accounts/reports/{report.pk}/let-go")
    assert seen(visitors.citizen()) == [str(report.pk)]


def test_an_ended_account_opens_nothing_and_leaves_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "ANSWER_SECONDS", 0.0)
    report, browser = factories.started(), visitors.citizen()
    open_by_letter(browser, report)
    assert browser.post("/accounts/account/end").status_code == 200
    assert browser.visitor is None
    assert not Account.objects.exists()
    assert seen(visitors.citizen()) == []
    assert Report.objects.filter(pk=report.pk, state="started").exists()
    assert Access.objects.filter(action="account_ended").count() == 1


def test_a_visit_by_letter_has_no_account_to_end() -> None:
    report, browser = factories.started(), Browser()
    open_by_letter(browser, report)
    assert browser.post("/accounts/account/end").status_code == 200
    assert not Access.objects.filter(action="account_ended").exists()


def start(browser: Browser, kind: str = "death", **answers: Any) -> Any:
    return browser.post("/api/v1/reports", {"kind": kind, "answers": answers}, **{"Idempotency-Key": "start"})


def test_a_citizen_who_is_proved_starts_a_report_that_no_organisation_sees() -> None:
    browser = visitors.citizen()
    report = Report.objects.get(pk=start(browser).json()["id"])
    assert report.organisation == ""
    assert seen(visitors.citizen()) == [str(report.pk)]
    for login, role in (("ada", "registrar"), ("al", "adviser"), ("au", "auditor")):
        staff = visitors.signed_in(login, Post(role, "northmoor"))
        assert seen(staff) == []
        assert staff.get(f"/api/v1/reports/{report.pk}").status_code == 404
    service = visitors.signed_in("whole", Post("auditor"))
    assert seen(service) == []


@pytest.mark.parametrize("confidence", ["", "P0", "P1"])
def test_a_citizen_who_is_not_proved_starts_none(confidence: str) -> None:
    answer = start(visitors.citizen(confidence=confidence))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tell-us-once:problem:role-missing")
    assert not Report.objects.exists()


def test_what_a_citizen_tells_of_a_death_waits_for_evidence() -> None:
    factories.recipient("pensions")
    entry, told = factories.somebody_else()
    answers = {**told, "subject": {**told["subject"], **entry["subject"]}, "death": entry["death"]}
    browser = visitors.citizen()
    report = start(browser, **answers).json()["id"]
    sent = browser.post(f"/api/v1/reports/{report}/submission", {}, **{"Idempotency-Key": "submit"})
    (owed,) = sent.json()["recipients"]
    assert (owed["state"], owed["reason"]) == ("withheld", "unverified")
    # The registrar's own report of it is told, and the citizen's joins that.
    registered = factories.started(told=told, entry=entry)
    (delivery,) = reports.submit(factories.REGISTRAR, registered.pk)
    assert delivery.state == "pending"
    citizens = Report.objects.get(pk=report)
    assert citizens.joins_id == registered.pk
    assert citizens.deliveries.get().reason == "duplicate"
    registered.refresh_from_db()
    assert registered.joins_id is None


def test_what_is_proved_already_is_still_told_once() -> None:
    factories.recipient("pensions")
    entry, told = factories.somebody_else()
    first, second = (factories.started(told=told, entry=entry) for _ in range(2))
    assert len(reports.submit(factories.REGISTRAR, first.pk)) == 1
    assert reports.submit(factories.REGISTRAR, second.pk) == []
    first.refresh_from_db()
    assert first.joins_id is None


def test_an_actor_of_no_organisation_sees_no_report() -> None:
    start(visitors.citizen())
    part_of_the_service = Actor("retention")
    assert not Report.objects.filter(rules.reports_of(part_of_the_service)).exists()


def test_all_that_is_held_names_the_accounts_that_keep_a_report() -> None:
    report, browser = factories.started(), visitors.citizen()
    open_by_letter(browser, report)
    account = Account.objects.get()
    held = _held(report.reference)
    assert [each["account_id"] for each in held["kept under an account"]] == [str(account.pk)]
    held = _held(str(account.pk))
    assert held["about"] == f"account {account.pk}"
    assert [each["report_id"] for each in held["kept under an account"]] == [str(report.pk)]
    (shown,) = held["accounts"]
    assert "password" not in shown
    Mandate.objects.create(
        person="report:1", helper=f"account:{account.pk}", purposes=["follow"], granted_by="x",
        granted_at=account.created_at, until=account.created_at.replace(year=2099),
    )  # fmt: skip
    assert len(_held(str(account.pk))["mandates"]) == 1
    assert not Person.objects.exists()


def _held(name: str) -> Any:
    out = StringIO()
    call_command("subject_access", name, "--json", stdout=out)
    return json.loads(out.getvalue())
