"""A report is opened by what its letter says; whoever guesses learns nothing, not even whether there is one."""

import contextlib
import datetime as dt
import itertools
from typing import Any

import pytest

from identity import ledger
from identity.models import Access, Tries
from tellusonce import citizens, clocks, events, reports
from tellusonce.citizens import Claim
from tellusonce.models import Report
from tests import factories
from tests.accounts.visitors import Browser
from tests.events import examples

pytestmark = pytest.mark.django_db
DIED = "2026-10-30"


def claim(report: Report | str, surname: str = "Quillfeather", on: str = DIED) -> dict[str, str]:
    reference = report if isinstance(report, str) else report.reference
    return {"reference": reference, "surname": surname, "on": on}


def test_reference_surname_and_date_open_the_report_and_no_other() -> None:
    mine, other = factories.started(), factories.started()
    browser = Browser()
    assert browser.post("/accounts/report", claim(mine)).json() == {"report": str(mine.pk)}
    assert browser.visitor["roles"] == ["citizen"]
    assert browser.get(f"/api/v1/reports/{mine.pk}").status_code == 200
    assert browser.get(f"/api/v1/reports/{other.pk}").status_code == 404
    assert [each["id"] for each in browser.get("/api/v1/reports").json()["items"]] == [str(mine.pk)]
    assert Access.objects.filter(action=ledger.Action.REPORT_OPENED, about=f"report:{mine.pk}").count() == 1


def test_the_informant_answers_and_submits_what_they_opened() -> None:
    report = factories.started()
    browser = Browser()
    browser.post("/accounts/report", claim(report))
    token = browser.get("/accounts/visit").json()["csrf_token"]
    given = {"X-CSRFToken": token, "Referer": "https://testserver/", "Idempotency-Key": "one"}
    at = f"/api/v1/reports/{report.pk}"
    changed = browser.client.patch(
        f"{at}/answers",
        {"death": {"was_in_hospital": False}},
        content_type="application/json",
        headers=given,
        secure=True,
    )
    assert changed.status_code == 200
    submitted = browser.post(f"{at}/submission", {}, **{"Idempotency-Key": "two"})
    assert submitted.status_code == 201
    report.refresh_from_db()
    assert report.instructions.get().given_by == f"informant:{report.pk}"


def test_a_write_without_the_csrf_token_is_refused() -> None:
    report = factories.started()
    browser = Browser()
    browser.post("/accounts/report", claim(report))
    forged = browser.client.post(
        f"/api/v1/reports/{report.pk}/submission", "{}", content_type="application/json",
        headers={"Idempotency-Key": "one"}, secure=True,
    )  # fmt: skip
    assert (forged.status_code, forged.json()["type"]) == (403, "urn:tell-us-once:problem:csrf")


def test_an_informant_records_no_evidence_and_starts_no_report() -> None:
    report = factories.started()
    browser = Browser()
    browser.post("/accounts/report", claim(report))
    evidence = {"type": "register-entry", "entry": {}}
    for path, body in ((f"/reports/{report.pk}/evidence", evidence), ("/reports", {"kind": "death"})):
        answer = browser.post(f"/api/v1{path}", body, **{"Idempotency-Key": "one"})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:tell-us-once:problem:role-missing")


@pytest.mark.parametrize("typed", ["QUILLFEATHER", "  quill feather ", "Quill-Feather", "Quíllfeather"])
def test_a_surname_may_be_typed_otherwise(typed: str) -> None:
    assert Browser().post("/accounts/report", claim(factories.started(), surname=typed)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"surname": "Quill"}, {"surname": ""}, {"on": "2026-10-31"}, {"reference": "K7MD-4RTW-X9QF"}],
    ids=str,
)
def test_what_is_wrong_or_not_there_is_refused_in_the_same_words(changes: dict[str, str]) -> None:
    answer = Browser().post("/accounts/report", {**claim(factories.started()), **changes})
    assert answer.status_code == 403
    assert answer.json()["detail"] == str(citizens.NotOpened())


def test_after_three_wrong_tries_the_right_one_opens_nothing_for_twenty_minutes(set_clock: Any) -> None:
    report, start = factories.started(), set_clock()
    set_clock(start)
    wrong = [Browser().post("/accounts/report", claim(report, surname="Wrong")) for _ in range(3)]
    locked = Browser().post("/accounts/report", claim(report))
    assert locked.content == wrong[0].content
    set_clock(start + dt.timedelta(minutes=19))
    assert Browser().post("/accounts/report", claim(report)).status_code == 403
    set_clock(start + dt.timedelta(minutes=20))
    assert Browser().post("/accounts/report", claim(report)).status_code == 200


def test_a_reference_that_nobody_has_locks_like_one_that_somebody_has() -> None:
    for reference in ("K7MD-4RTW-X9QF", factories.started().reference):
        answers = [Browser().post("/accounts/report", claim(reference, surname="Wrong")) for _ in range(5)]
        assert {each.content for each in answers} == {answers[0].content}
    assert [each.failures for each in Tries.objects.filter(door="reference")] == [4, 4]


def test_the_tries_of_one_reference_are_not_another_s() -> None:
    mine, other = factories.started(), factories.started()
    for _ in range(4):
        Browser().post("/accounts/report", claim(mine, surname="Wrong"))
    assert Browser().post("/accounts/report", claim(other)).status_code == 200


def test_two_wrong_tries_are_forgiven_by_a_right_one() -> None:
    report = factories.started()
    for surname in ("Wrong", "Wrong", "Quillfeather", "Wrong", "Wrong", "Quillfeather"):
        last = Browser().post("/accounts/report", claim(report, surname=surname))
    assert last.status_code == 200


def test_a_neighbourhood_that_tries_many_references_is_shut_out_of_all() -> None:
    report = factories.started()
    for number in range(30):
        Browser().post("/accounts/report", claim(f"NOSUCH-{number}"))
    assert Browser().post("/accounts/report", claim(report)).status_code == 403
    elsewhere = Claim(report.reference, "Quillfeather", dt.date.fromisoformat(DIED))
    assert citizens.open_report(elsewhere, address="192.0.2.77", at=clocks.now()) == report


def test_tries_are_kept_under_digests() -> None:
    report = factories.started()
    Browser().post("/accounts/report", claim(report, surname="Wrong"))
    kept = b"".join(bytes(each.key) for each in Tries.objects.all())
    assert report.reference.encode() not in kept
    assert b"127.0.0" not in kept


def test_it_takes_as_long_whether_the_reference_exists_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizens, "ANSWER_SECONDS", 0.25)
    report = factories.started()
    claims = [claim(report), claim(report, surname="Wrong"), claim("K7MD-4RTW-X9QF"), claim("x")]
    for looked_for in (0.0, 0.0625, 0.1875):
        clock = Clock(looked_for)
        monkeypatch.setattr(citizens, "time", clock)
        for each in claims:
            with contextlib.suppress(citizens.NotOpened):
                given = Claim(each["reference"], each["surname"], dt.date.fromisoformat(DIED))
                citizens.open_report(given, address="127.0.0.1", at=clocks.now())
        assert clock.took == [0.25] * len(claims)


class Clock:
    """Time that passes while somebody looks, and while somebody sleeps."""

    def __init__(self, looked_for: float) -> None:
        self.readings = itertools.cycle((0.0, looked_for))
        self.took: list[float] = []

    def monotonic(self) -> float:  # noqa: D102 - as time has it
        self.now = next(self.readings)
        return self.now

    def sleep(self, seconds: float) -> None:  # noqa: D102 - as time has it
        self.took.append(self.now + seconds)


def test_a_report_that_has_expired_opens_no_more(set_clock: Any) -> None:
    report = factories.started()
    set_clock(report.expires_at + dt.timedelta(seconds=1))
    assert Browser().post("/accounts/report", claim(report)).status_code == 403


def test_a_submitted_report_is_opened_by_what_the_register_says() -> None:
    assert Browser().post("/accounts/report", claim(factories.submitted())).status_code == 200


def test_without_a_register_entry_it_is_what_was_told() -> None:
    told = {**factories.TOLD, **{name: factories.ENTRY[name] for name in ("subject", "death")}}
    assert Browser().post("/accounts/report", claim(factories.started(told=told, entry=None))).status_code == 200
    empty = factories.started(told={}, entry=None)
    assert Browser().post("/accounts/report", claim(empty, surname="")).status_code == 403


def test_what_cannot_be_read_is_said_to_be_so_whatever_the_reference() -> None:
    for body in ({}, {**claim("x"), "on": "yesterday"}, {**claim("x"), "more": 1}):
        assert Browser().post("/accounts/report", body).status_code == 422
    assert not Tries.objects.exists()


@pytest.mark.parametrize(
    ("kind", "surname", "on"), [("birth", "Example", "2026-11-01"), ("marriage", "Sample", "2026-10-31")]
)
def test_a_letter_of_another_event_opens_by_the_date_of_that(kind: str, surname: str, on: str) -> None:
    report = reports.start(factories.REGISTRAR, events.find(kind), told=examples.complete(kind))
    assert Browser().post("/accounts/report", claim(report, surname)).status_code == 403
    assert Browser().post("/accounts/report", claim(report, surname, on)).status_code == 200


def test_there_is_no_letter_of_a_move() -> None:
    told = examples.complete("move")
    report = reports.start(factories.REGISTRAR, events.find("move"), told=told)
    assert Browser().post("/accounts/report", claim(report, "Sample", told["moved_on"])).status_code == 403
