"""A whole report is handed in with one request: what three would do, all of it or nothing."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.models import Access
from tellusonce import messages
from tellusonce.catalogue import current
from tellusonce.models import Delivery, Draft, Evidence, FindingKey, Instruction, Report, WriteKey
from tests import factories
from tests.accounts import visitors
from tests.callers import SCOPES, Caller
from tests.loads import recipients

pytestmark = pytest.mark.django_db
EVIDENCE = {"type": "register-entry", "entry": factories.ENTRY}
WHOLE: dict[str, Any] = {"kind": "death", "evidence": EVIDENCE, "answers": factories.TOLD, "submission": {}}


@pytest.fixture
def registrar() -> Caller:
    return Caller()


def owed(report_id: uuid.UUID) -> set[tuple[str, str, str, tuple[str, ...], bool]]:
    """Give what is owed to whom: state, reason, fields, and whether there is a day to confirm by."""
    return {
        (each.recipient.slug, each.state, each.reason, tuple(each.fields), each.confirm_by is not None)
        for each in Delivery.objects.filter(report=report_id).select_related("recipient")
    }


def written(report_id: uuid.UUID) -> tuple[Any, ...]:
    """Give all that is kept of a report, but for what differs between any two."""
    report = Report.objects.select_related("key").get(pk=report_id)
    entries = Access.objects.filter(about=f"report:{report.pk}").order_by("action").values_list("action", flat=True)
    return (
        report.state,
        report.submitted_at is not None,
        report.subject is not None,
        messages.latest_answers(report),
        [each.type for each in report.evidence.all()],
        [each.recipients for each in report.instructions.all()],
        sorted(FindingKey.objects.filter(report=report).values_list("path", "value")),
        sorted(set(entries) - {"report_answered", "report_read"}),
    )


def test_one_request_leaves_what_three_leave(registrar: Caller) -> None:
    factories.recipient("library")
    factories.recipient("charity", agreement={"lawful_basis": "consent"})
    begun = uuid.UUID(registrar.post("/reports", {"kind": "death", "evidence": EVIDENCE}).json()["id"])
    registrar.patch(f"/reports/{begun}/answers", factories.TOLD)
    registrar.post(f"/reports/{begun}/submission", {})
    Report.objects.update(kind="birth")  # so that the second is of nobody who was reported before

    answer = registrar.post("/reports", WHOLE)

    assert answer.status_code == 201
    whole = uuid.UUID(answer.json()["id"])
    assert owed(whole) == owed(begun) != set()
    Report.objects.update(kind="death")
    assert written(whole) == written(begun)
    assert not Draft.objects.exists()


def test_the_answer_says_who_will_be_told_and_who_not(registrar: Caller) -> None:
    factories.recipient("library")
    factories.recipient("charity", agreement={"lawful_basis": "consent"})
    consents = [{"recipient": "charity", "given": True, "wording": "tell-recipient/1"}]
    handed_in = registrar.post("/reports", WHOLE | {"submission": {"recipients": ["charity"], "consents": consents}})
    answer = handed_in.json()
    assert (answer["state"], answer["joins_earlier"]) == ("submitted", False)
    told = {each["recipient"]: (each["state"], each["reason"]) for each in answer["recipients"]}
    assert told == {"charity": ("pending", ""), "library": ("withheld", "not-chosen")}
    assert [(each["recipient"], each["act"]) for each in answer["consents"]] == [("charity", "given")]
    assert Delivery.objects.get(recipient__slug="charity").fields == ["death.died_on", "subject.name.family"]


def test_the_same_again_is_the_same_report_and_something_else_is_409(registrar: Caller) -> None:
    factories.recipient("library")
    first = registrar.post("/reports", WHOLE, key="one").json()
    assert registrar.post("/reports", WHOLE, key="one").json() == first
    assert registrar.post("/reports", WHOLE | {"submission": {"recipients": []}}, key="one").status_code == 409
    assert (Report.objects.count(), Delivery.objects.count()) == (1, 1)


def test_who_was_reported_before_is_not_told_of_twice(registrar: Caller) -> None:
    factories.recipient("library")
    registrar.post("/reports", WHOLE)
    second = registrar.post("/reports", WHOLE).json()
    assert (second["joins_earlier"], second["recipients"]) == (True, [])
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("missing", ["evidence:record", "reports:answer"])
def test_each_part_needs_the_scope_that_it_needs_alone(missing: str) -> None:
    caller = Caller(scopes=tuple(each for each in SCOPES if each != missing))
    answer = caller.post("/reports", WHOLE)
    assert answer.status_code == 403
    assert missing in answer["WWW-Authenticate"]
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"answers": {}}, {"answers.informant.name.family", "answers.informant.relationship"}),
        ({"answers": {**factories.TOLD, "death": {"died_on": "2026-10-29"}}}, {"answers.death.died_on"}),
        ({"submission": {"recipients": ["library", "museum"]}}, {"submission.recipients.1"}),
        (
            {"submission": {"consents": [{"recipient": "library", "given": True, "wording": "tell-recipient/1"}]}},
            {"submission.consents.0"},
        ),
        ({"submission": {"chosen": []}}, {"submission.chosen"}),
    ],
)
def test_what_is_wrong_is_said_where_it_stands_and_nothing_is_written(
    registrar: Caller, change: dict[str, Any], paths: set[str]
) -> None:
    factories.recipient("library")
    answer = registrar.post("/reports", WHOLE | change)
    assert answer.status_code == 422
    assert {each["path"] for each in answer.json()["faults"]} >= paths
    assert not any(model.objects.exists() for model in (Report, Evidence, Delivery, Instruction, WriteKey))


def test_without_evidence_what_needs_it_is_withheld_until_it_comes(registrar: Caller) -> None:
    factories.recipient("library")
    told = {**factories.TOLD, "subject": {**factories.ENTRY["subject"], **factories.TOLD["subject"]}}
    told |= {"death": factories.ENTRY["death"]}
    answer = registrar.post("/reports", {"kind": "death", "answers": told, "submission": {}})
    assert [each["reason"] for each in answer.json()["recipients"]] == ["unverified"]
    registrar.post(f"/reports/{answer.json()['id']}/evidence", EVIDENCE)
    assert Delivery.objects.get().state == "pending"


def test_twenty_recipients_cost_no_more_queries_than_one(registrar: Caller) -> None:
    registrar.post("/reports", WHOLE)
    counts = []
    for more in (1, 19):
        for _ in range(more):
            factories.recipient()
        current.catalogue()
        entry, told = recipients.somebody(more)
        with CaptureQueriesContext(connection) as asked:
            registrar.post("/reports", WHOLE | {"evidence": {**EVIDENCE, "entry": entry}, "answers": told})
        counts.append(len(asked))
    assert Delivery.objects.count() == 21
    assert counts[1] < counts[0] + 3 < 32  # and not by nineteen


def test_a_citizen_hands_in_a_whole_report_and_keeps_it() -> None:
    factories.recipient("library")
    browser = visitors.citizen()
    told = {**factories.TOLD, "subject": {**factories.ENTRY["subject"], **factories.TOLD["subject"]}}
    whole = {"kind": "death", "answers": told | {"death": factories.ENTRY["death"]}, "submission": {}}
    answer = browser.post("/api/v1/reports", whole, **{"Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["state"]) == (201, "submitted")
    assert browser.visitor["reports"] == [answer.json()["id"]]
