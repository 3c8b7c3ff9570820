"""Reports are started, listed and followed by their own organisation and by nobody else."""

import copy
import datetime as dt
import uuid
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from adapters.contract import Action, Answer
from tellusonce import clocks, confirmations, reports
from tellusonce.models import Delivery, Report
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar() -> Caller:
    return Caller()


def followed(registrar: Caller, report: Report) -> list[dict[str, Any]]:
    answer = registrar.get(f"/reports/{report.pk}")
    assert answer.status_code == 200
    recipients: list[dict[str, Any]] = answer.json()["recipients"]
    return recipients


def test_a_report_starts_with_nothing_but_its_kind(registrar: Caller) -> None:
    report = registrar.post("/reports", {"kind": "move"}).json()
    assert (report["kind"], report["state"], report["submitted_at"]) == ("move", "started", None)
    lasts = dt.datetime.fromisoformat(report["expires_at"]) - dt.datetime.fromisoformat(report["started_at"])
    assert lasts == dt.timedelta(days=28)


def test_anothers_report_and_one_that_never_was_are_the_same_404(registrar: Caller) -> None:
    theirs = factories.started().pk
    stranger = Caller("westmoor")
    for path, method, body in [
        ("", "GET", None),
        ("/answers", "GET", None),
        ("/preview", "GET", None),
        ("/answers", "PATCH", {"death": {"died_on": "2026-01-01"}}),
        ("/evidence", "POST", {"type": "register-entry", "entry": factories.ENTRY}),
        ("/submission", "POST", {}),
    ]:
        seen = [stranger.call(method, f"/reports/{each}{path}", body, key="k") for each in (theirs, uuid.uuid4())]
        assert [each.status_code for each in seen] == [404, 404]
        assert seen[0].content == seen[1].content
    assert Report.objects.get().state == "started"
    assert not Report.objects.get().answers.exists()
    assert stranger.get("/reports").json()["items"] == []


def test_reports_are_listed_newest_first_page_by_page(registrar: Caller) -> None:
    made = [str(factories.started().pk) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = registrar.get("/reports", limit=2, cursor=cursor).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == made[::-1]


def test_a_report_is_found_by_its_reference_as_it_was_typed(registrar: Caller) -> None:
    factories.started()
    report = factories.started()
    typed = report.reference.lower().replace("-", "")
    (item,) = registrar.get("/reports", reference=typed).json()["items"]
    assert item["id"] == str(report.pk)
    assert Caller("westmoor").get("/reports", reference=typed).json()["items"] == []


def test_a_draft_that_nobody_submitted_has_expired(registrar: Caller) -> None:
    report = factories.started()
    Report.objects.update(expires_at=clocks.now())
    assert registrar.get(f"/reports/{report.pk}").json()["state"] == "expired"
    response = registrar.post(f"/reports/{report.pk}/submission", {})
    assert response.status_code == 409
    assert "nobody has been told" in response.json()["detail"]


def test_each_recipient_is_followed_with_what_it_did(registrar: Caller) -> None:
    factories.recipient("council-tax", name="Council Tax")
    report = factories.submitted()
    delivery = Delivery.objects.get()
    Delivery.objects.update(tries=1)
    moment = clocks.now()
    for outcome, actions in (
        ("received", ()),
        ("acted", (Action("account_closed", "2026-11-02"), Action("bill_reissued"))),
    ):
        answer = Answer(outcome, actions, occurred_at=moment)
        confirmations.record(delivery.pk, answer, organisation="northmoor", given_by="x", door="rest")
    (standing,) = followed(registrar, report)
    assert (standing["recipient"], standing["name"]) == ("council-tax", "Council Tax")
    assert standing["organisation"] == {"slug": "northmoor", "name": "Northmoor"}
    assert (standing["state"], standing["outcome"], standing["reason"]) == ("closed", "acted", "")
    assert standing["told_at"]
    assert standing["closed_at"]
    assert [(each["code"], each["on"]) for each in standing["actions"]] == [
        ("account_closed", "2026-11-02"),
        ("bill_reissued", None),
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"agreement": {"lawful_basis": "consent"}}, "consent-needed"),
        ({"agreement": {"in_force_until": dt.date(2021, 1, 1)}}, "agreement-not-in-force"),
        ({"assured_until": dt.date(2021, 1, 1)}, "connection-not-assured"),
    ],
)
def test_whoever_is_not_told_is_shown_with_the_reason_in_words(
    registrar: Caller, fields: dict[str, Any], reason: str
) -> None:
    factories.recipient(**fields)
    (standing,) = followed(registrar, factories.submitted())
    assert (standing["state"], standing["reason"], standing["told_at"]) == ("withheld", reason, None)
    assert standing["reason_in_words"].endswith(".")


def test_silence_past_the_day_is_overdue(registrar: Caller) -> None:
    factories.recipient()
    report = factories.submitted()
    assert followed(registrar, report)[0]["is_overdue"] is False
    Delivery.objects.update(confirm_by=dt.date(2020, 1, 1))
    assert followed(registrar, report)[0]["is_overdue"] is True


def test_following_tells_nothing_personal(registrar: Caller) -> None:
    factories.recipient()
    report = factories.submitted()
    text = registrar.get(f"/reports/{report.pk}").content.decode()
    assert not any(value in text for value in ("Quillfeather", "Alma", "1931", "Larch"))


def test_following_many_recipients_costs_no_more_queries_than_one(
    registrar: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        factories.recipient()
    report = factories.submitted()
    with django_assert_max_num_queries(7):
        assert len(followed(registrar, report)) == 12


def start_again(caller: Caller) -> Any:
    """Start a report of the death that factories tell of, with its entry if the caller may hand it in."""
    evidence = {"type": "register-entry", "entry": factories.ENTRY}
    return caller.post("/reports", {"kind": "death", "answers": factories.TOLD, "evidence": evidence})


@pytest.mark.django_db
def test_a_second_report_says_that_it_joins_and_nothing_of_the_first() -> None:
    factories.recipient("library")
    first, second = Caller(), Caller("westmoor")
    for caller in (first, second):
        started = start_again(caller).json()
        submitted = caller.post(f"/reports/{started['id']}/submission", {"recipients": None}).json()
    assert started["reported_before"]["organisation"] == "northmoor"
    assert submitted["joins_earlier"] is True
    assert submitted["recipients"] == []
    assert second.get(f"/reports/{started['id']}").json()["recipients"] == []


@pytest.mark.django_db
def test_only_a_registrar_is_told_that_it_was_reported_before() -> None:
    report = factories.started(entry=copy.deepcopy(factories.ENTRY), told=copy.deepcopy(factories.TOLD))
    reports.submit(factories.REGISTRAR, report.pk)
    clerk = Caller("westmoor", scopes=("reports:start",))
    told = {**factories.TOLD, **factories.ENTRY, "subject": {**factories.TOLD["subject"], **factories.ENTRY["subject"]}}
    assert clerk.post("/reports", {"kind": "death", "answers": told}).json()["reported_before"] is None
