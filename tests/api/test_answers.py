"""Answers are changed by merge patch, previewed field by field, and closed by the submission."""

from typing import Any

import pytest

from identity.models import Access
from tellusonce.models import Delivery, Evidence, Report
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar() -> Caller:
    return Caller()


def path(report: Report, end: str) -> str:
    return f"/reports/{report.pk}/{end}"


def test_answers_are_merged_into_those_before(registrar: Caller) -> None:
    report = factories.started()
    registrar.patch(path(report, "answers"), {"informant": {"phone": "020 7946 0018", "relationship": None}})
    answers = registrar.get(path(report, "answers")).json()
    assert "relationship" not in answers["informant"]
    assert answers["informant"]["name"]["given"] == ["Bram"]
    assert answers["death"]["died_on"] == "2026-10-30"


def test_a_patch_with_a_fault_changes_nothing(registrar: Caller) -> None:
    report = factories.started()
    before = registrar.get(path(report, "answers")).json()
    response = registrar.patch(path(report, "answers"), {"informant": {"relationship": "aunt", "email": "Zebedee"}})
    assert [fault["path"] for fault in response.json()["faults"]] == ["informant.email"]
    assert registrar.get(path(report, "answers")).json() == before


def test_the_answer_to_a_patch_repeats_nothing_personal(registrar: Caller) -> None:
    report = factories.started()
    response = registrar.patch(path(report, "answers"), {"informant": {"relationship": "aunt"}})
    assert response.status_code == 200
    assert response.json()["reference"] == report.reference
    assert not any(word in response.content.decode() for word in ("aunt", "Quillfeather"))


def test_each_reading_and_writing_is_in_the_ledger(registrar: Caller) -> None:
    report = factories.started()
    registrar.get(path(report, "answers"))
    registrar.get(path(report, "preview"))
    registrar.patch(path(report, "answers"), {})
    seen = Access.objects.filter(actor=registrar.name, about=f"report:{report.pk}").order_by("pk")
    assert list(seen.values_list("action", flat=True)) == ["report_read", "report_previewed", "report_answered"]


def test_the_preview_says_what_each_would_get_and_by_what_right(registrar: Caller) -> None:
    factories.recipient(
        "libraries",
        grants=["subject.name.family", "subject.addresses.postcode", "subject.identifiers.nino"],
        agreement={"slug": "dsa-libraries", "document_reference": "NM/2026/17", "lawful_basis": "public-task"},
    )
    (offer,) = registrar.get(path(factories.started(), "preview")).json()["recipients"]
    assert offer["is_told"] is True
    assert offer["agreement"] == {
        "slug": "dsa-libraries",
        "document_reference": "NM/2026/17",
        "lawful_basis": "public-task",
        "article_9_condition": "",
    }
    assert {field["path"]: field["has_value"] for field in offer["fields"]} == {
        "subject.name.family": True,
        "subject.addresses.postcode": True,
        "subject.identifiers.nino": False,
    }
    assert offer["fields"][0]["title"] == "Person who died: name: family name"


def test_the_preview_says_in_words_why_somebody_gets_nothing(registrar: Caller) -> None:
    factories.recipient(agreement={"in_force_until": "2025-01-01"})
    (offer,) = registrar.get(path(factories.started(), "preview")).json()["recipients"]
    assert (offer["is_told"], offer["reason"], offer["agreement"], offer["fields"]) == (
        False,
        "agreement-not-in-force",
        None,
        [],
    )
    assert "agreement" in offer["reason_in_words"]


def test_the_preview_says_what_somebody_would_get_who_waits_for_evidence(registrar: Caller) -> None:
    factories.recipient(agreement={"document_reference": "NM/2026/17"})
    (offer,) = registrar.get(path(factories.started(entry=None), "preview")).json()["recipients"]
    assert (offer["is_told"], offer["reason"]) == (False, "unverified")
    assert offer["agreement"]["document_reference"] == "NM/2026/17"
    assert [field["path"] for field in offer["fields"]] == ["subject.name.family", "death.died_on"]
    assert "register entry" in offer["reason_in_words"]


def test_the_preview_gives_no_values(registrar: Caller) -> None:
    factories.recipient()
    text = registrar.get(path(factories.started(), "preview")).content.decode()
    assert not any(value in text for value in ("Quillfeather", "Alma", "1931", "Larch", "ZX1"))


def submission(registrar: Caller, chosen: Any) -> dict[str, str]:
    for slug in ("council-tax", "libraries", "elections"):
        factories.recipient(slug, agreement={"is_required": slug == "elections"})
    response = registrar.post(path(factories.started(), "submission"), {"recipients": chosen})
    assert response.status_code == 201, response.content
    return {each["recipient"]: each["state"] for each in response.json()["recipients"]}


def test_all_that_apply_are_told_unless_some_were_chosen(registrar: Caller) -> None:
    assert submission(registrar, None) == {"council-tax": "pending", "elections": "pending", "libraries": "pending"}


def test_those_not_chosen_are_withheld_unless_the_agreement_requires_them(registrar: Caller) -> None:
    told = submission(registrar, ["libraries"])
    assert told == {"council-tax": "withheld", "elections": "pending", "libraries": "pending"}
    assert Delivery.objects.get(recipient__slug="council-tax").reason == "not-chosen"


def test_choosing_what_was_not_offered_is_a_fault_and_submits_nothing(registrar: Caller) -> None:
    factories.recipient("libraries")
    report = factories.started()
    chosen = ["libraries", "no-such-service"]
    (fault,) = registrar.post(path(report, "submission"), {"recipients": chosen}).json()["faults"]
    assert fault["path"] == "recipients.1"
    report.refresh_from_db()
    assert report.state == "started"


def test_what_is_missing_at_the_submission_comes_all_at_once(registrar: Caller) -> None:
    report = factories.started(told={}, entry=None)
    response = registrar.post(path(report, "submission"), {})
    assert response.status_code == 422
    assert {"subject.name.family", "informant.relationship", "death.died_on"} <= {
        fault["path"] for fault in response.json()["faults"]
    }


def test_a_submitted_report_changes_no_more(registrar: Caller) -> None:
    report = factories.submitted()
    for response in (
        registrar.patch(path(report, "answers"), {"informant": {"relationship": "aunt"}}),
        registrar.post(path(report, "submission"), {}),
    ):
        assert response.status_code == 409
        assert response.json()["type"] == "urn:tell-us-once:problem:not-open"
    assert registrar.get(path(report, "answers")).json()["informant"]["relationship"] == "son"


def test_evidence_after_the_submission_frees_what_waited_for_it(registrar: Caller) -> None:
    factories.recipient()
    told = factories.TOLD | {
        "subject": factories.ENTRY["subject"] | factories.TOLD["subject"],
        "death": factories.ENTRY["death"],
    }
    report = factories.started(told=told, entry=None)
    registrar.post(path(report, "submission"), {})
    assert Delivery.objects.get().reason == "unverified"
    response = registrar.post(path(report, "evidence"), {"type": "register-entry", "entry": factories.ENTRY})
    assert response.status_code == 201, response.content
    assert Delivery.objects.get().state == "pending"


@pytest.mark.parametrize(
    ("evidence", "at"),
    [
        ({"type": "hearsay", "entry": {}}, "type"),
        ({"type": "register-entry", "entry": {"death": {"died_on": "soon"}}}, "entry.death.died_on"),
        ({"type": "register-entry", "entry": {"surprise": 1}}, "entry.surprise"),
    ],
)
def test_evidence_with_a_fault_is_not_kept(registrar: Caller, evidence: dict[str, Any], at: str) -> None:
    response = registrar.post(path(factories.started(entry=None), "evidence"), evidence)
    assert response.status_code == 422
    assert [fault["path"] for fault in response.json()["faults"]] == [at]
    assert not Evidence.objects.exists()
