"""The way of a report: started, answered, previewed, submitted; all of it or nothing."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import IntegrityError

from identity.ledger import Actor
from identity.models import Access
from tellusonce import answering, events, offers, references, reports
from tellusonce.disclosure import Grant, Reason, Refusal
from tellusonce.models import Answers, Delivery, DeliveryNumber, Draft, Evidence, Instruction, Report
from tests import factories

pytestmark = pytest.mark.django_db
STRANGER = Actor("stranger", organisation="elsewhere")


def states() -> dict[str, tuple[str, str]]:
    """Give each recipient's state and reason."""
    rows = Delivery.objects.values_list("recipient__slug", "state", "reason")
    return {slug: (state, reason) for slug, state, reason in rows}


def test_a_report_starts_under_a_reference_of_its_own() -> None:
    report = factories.started()
    assert references.parse(report.reference) == report.reference
    assert (report.state, report.organisation) == ("started", "northmoor")
    assert report.expires_at - report.started_at == dt.timedelta(days=28)


def test_evidence_of_a_kind_that_does_not_fit_is_refused() -> None:
    with pytest.raises(reports.WrongEvidence, match="register-entry or coroners-certificate"):
        reports.start(factories.REGISTRAR, events.find("death"), told={}, proof=reports.Proof("hearsay", {}))
    assert not Report.objects.exists()


def test_what_the_register_says_cannot_be_told_otherwise() -> None:
    report = factories.started()
    with pytest.raises(events.Faults) as faults:
        reports.save(factories.REGISTRAR, report.pk, patch={"death": {"died_on": "2026-10-29"}})
    assert [each.path for each in faults.value.faults] == ["death.died_on"]


def test_answers_are_merged_and_null_takes_one_away() -> None:
    report = factories.started()
    reports.save(factories.REGISTRAR, report.pk, patch={"informant": {"email": "bram@example.org"}})
    assert reports.answers(factories.REGISTRAR, report.pk)["informant"]["email"] == "bram@example.org"
    reports.save(factories.REGISTRAR, report.pk, patch={"informant": {"email": None}})
    told = reports.answers(factories.REGISTRAR, report.pk)
    assert "email" not in told["informant"]
    assert told["informant"]["relationship"] == "son"


def test_answers_with_faults_leave_the_draft_as_it_was() -> None:
    report = factories.started()
    before = Draft.objects.get().sealed
    with pytest.raises(events.Faults):
        reports.save(factories.REGISTRAR, report.pk, patch={"informant": {"email": "no address"}})
    assert bytes(Draft.objects.get().sealed) == bytes(before)


def save_nothing(actor: Actor, report_id: uuid.UUID) -> object:
    """Save without changing anything."""
    return reports.save(actor, report_id, patch={})


def record_nothing(actor: Actor, report_id: uuid.UUID) -> object:
    """Record an entry that says nothing."""
    return reports.record_evidence(actor, report_id, reports.Proof("register-entry", {}))


@pytest.mark.parametrize(
    "step", [reports.find, reports.answers, reports.preview, reports.submit, save_nothing, record_nothing]
)
def test_another_organisation_cannot_tell_a_report_from_one_that_is_not_there(step: Any) -> None:
    report = factories.started()
    with pytest.raises(reports.UnknownReport) as theirs:
        step(STRANGER, report.pk)
    with pytest.raises(reports.UnknownReport) as nobodys:
        step(STRANGER, uuid.uuid4())
    assert str(theirs.value) == str(nobodys.value)


def test_a_preview_says_what_each_recipient_would_get_and_why_not() -> None:
    factories.recipient("library", grants=["subject.name.family"])
    factories.recipient("charity", agreement={"lawful_basis": "consent"})
    offers = reports.preview(factories.REGISTRAR, factories.started().pk).offers
    by_slug = {offer.recipient.slug: offer.decision for offer in offers}
    assert isinstance(by_slug["library"], Grant)
    assert by_slug["charity"] == Refusal(Reason.CONSENT_NEEDED)
    assert not Delivery.objects.exists()


def test_submission_closes_the_answers_and_owes_each_recipient_once() -> None:
    factories.recipient("library")
    factories.recipient("charity", agreement={"lawful_basis": "consent"})
    report = factories.submitted()
    assert states() == {"library": ("pending", ""), "charity": ("withheld", "consent-needed")}
    assert (report.state, Answers.objects.count(), Draft.objects.count()) == ("submitted", 1, 0)
    assert DeliveryNumber.objects.filter(sequence=1, purpose="notify").count() == 2


def test_a_choice_leaves_out_what_was_not_chosen_but_for_what_the_law_requires() -> None:
    for slug in ("library", "leisure"):
        factories.recipient(slug)
    factories.recipient("council-tax", agreement={"is_required": True})
    factories.submitted(chosen=["library"])
    assert states() == {
        "library": ("pending", ""),
        "leisure": ("withheld", "not-chosen"),
        "council-tax": ("pending", ""),
    }
    assert len(Instruction.objects.get().recipients) == 1


def test_choosing_somebody_who_does_not_apply_is_refused_and_nothing_written() -> None:
    factories.recipient("library")
    report = factories.started()
    with pytest.raises(offers.UnknownRecipients):
        reports.submit(factories.REGISTRAR, report.pk, chosen=["library", "museum"])
    assert not Delivery.objects.exists()
    assert Report.objects.get().state == "started"


def test_incomplete_answers_are_refused_with_every_fault_and_nothing_written() -> None:
    factories.recipient("library")
    report = factories.started(told={})
    with pytest.raises(events.Faults) as faults:
        reports.submit(factories.REGISTRAR, report.pk)
    assert {each.path for each in faults.value.faults} >= {"informant.name.family", "informant.relationship"}
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("step", [reports.submit, save_nothing])
def test_a_submitted_report_is_not_submitted_or_changed_again(step: Any) -> None:
    factories.recipient("library")
    report = factories.submitted()
    with pytest.raises(reports.NotOpen):
        step(factories.REGISTRAR, report.pk)
    assert Delivery.objects.count() == 1


def test_an_expired_report_cannot_be_submitted() -> None:
    report = factories.started()
    Report.objects.update(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with pytest.raises(reports.NotOpen, match="expired"):
        reports.submit(factories.REGISTRAR, report.pk)


def test_nobody_is_notified_of_a_report_twice_even_if_the_code_forgets() -> None:
    factories.recipient("library")
    factories.submitted()
    first = DeliveryNumber.objects.get()
    with pytest.raises(IntegrityError, match="delivery_notifies_once"):
        DeliveryNumber.objects.create(
            delivery_id=uuid.uuid4(),
            report_id=first.report_id,
            recipient_id=first.recipient_id,
            sequence=2,
            purpose="notify",
        )


def test_a_death_without_evidence_waits_until_it_is_recorded() -> None:
    factories.recipient("library")
    factories.recipient("leisure")
    told = answering.patched(factories.TOLD, factories.ENTRY)
    report = factories.started(told=told, entry=None)
    reports.submit(factories.REGISTRAR, report.pk, chosen=["library"])
    assert states() == {"library": ("withheld", "unverified"), "leisure": ("withheld", "not-chosen")}
    reports.record_evidence(factories.REGISTRAR, report.pk, reports.Proof("register-entry", factories.ENTRY))
    assert states() == {"library": ("pending", ""), "leisure": ("withheld", "not-chosen")}
    assert Delivery.objects.get(recipient__slug="library").agreement is not None


def test_evidence_recorded_before_submission_is_laid_under_the_answers() -> None:
    factories.recipient("library")
    report = factories.started(entry=None)
    reports.record_evidence(factories.REGISTRAR, report.pk, reports.Proof("register-entry", factories.ENTRY))
    reports.submit(factories.REGISTRAR, report.pk)
    assert states() == {"library": ("pending", "")}
    assert reports.answers(factories.REGISTRAR, report.pk)["death"] == {"died_on": "2026-10-30"}


def test_a_fetched_recipient_has_it_made_available() -> None:
    factories.recipient("registry", route={"adapter": "inbox"})
    factories.submitted()
    assert states() == {"registry": ("available", "")}


def test_each_open_delivery_has_a_day_by_which_it_is_to_be_confirmed() -> None:
    factories.recipient("library", confirm_within_days=3)
    factories.submitted()
    day = Delivery.objects.get().confirm_by
    assert day is not None
    assert not Delivery.objects.overdue(day).exists()
    assert Delivery.objects.overdue(day + dt.timedelta(days=1)).exists()


@pytest.mark.parametrize("count", [0, 1, 40])
def test_a_report_is_owed_to_none_one_or_forty(count: int) -> None:
    """F31: no recipient, one, forty."""
    for _ in range(count):
        factories.recipient()
    factories.submitted()
    assert Delivery.objects.filter(state="pending").count() == count


def test_every_step_is_written_into_the_ledger() -> None:
    report = factories.started()
    reports.save(factories.REGISTRAR, report.pk, patch={})
    reports.answers(factories.REGISTRAR, report.pk)
    reports.preview(factories.REGISTRAR, report.pk)
    reports.submit(factories.REGISTRAR, report.pk)
    entries = Access.objects.filter(about=f"report:{report.pk}").order_by("id").values_list("action", flat=True)
    assert list(entries) == [
        "report_started",
        "evidence_recorded",
        "report_answered",
        "report_read",
        "report_previewed",
        "report_submitted",
    ]


def test_no_answer_stands_in_the_clear() -> None:
    factories.started()
    sealed = [bytes(row.sealed) for model in (Draft, Evidence) for row in model.objects.all()]
    assert sealed
    assert not any(b"Quill" in each or b"1931" in each for each in sealed)
