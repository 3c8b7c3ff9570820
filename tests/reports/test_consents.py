"""Where an agreement rests on consent, the informant is asked, and nobody is told without their yes."""

from dataclasses import replace
from typing import Any

import pytest

from identity import consents as kept
from identity import receipts, signatures
from identity.ledger import Actor
from identity.models import Access, Consent
from tellusonce import clocks, offers, permissions, reports, withdrawals
from tellusonce.disclosure import Grant, Reason
from tellusonce.models import Attempt, Delivery, Instruction, Report
from tellusonce.permissions import Choice
from tests import factories

pytestmark = pytest.mark.django_db
ON_CONSENT = {"lawful_basis": "consent"}


def yes(recipient: str = "charity", *, wording: str = "tell-recipient/1", language: str = "en") -> Choice:
    return Choice(recipient, is_given=True, wording=wording, language=language)


YES, NO = yes(), replace(yes(), is_given=False)
UNVERIFIED = {"subject": {**factories.ENTRY["subject"], **factories.TOLD["subject"]}, "death": factories.ENTRY["death"]}


@pytest.fixture(autouse=True)
def recipients() -> None:
    factories.recipient("charity", agreement=ON_CONSENT)
    factories.recipient("council-tax")


def states() -> dict[str, tuple[str, str]]:
    rows = Delivery.objects.values_list("recipient__slug", "purpose", "state", "reason")
    return {f"{slug}/{purpose}": (state, reason) for slug, purpose, state, reason in rows}


def submitted(*choices: Choice, **evidence: Any) -> Report:
    report = factories.started(**evidence)
    reports.submit(factories.REGISTRAR, report.pk, consents=choices)
    return report


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ((), ("withheld", "consent-needed")),
        ((NO,), ("withheld", "consent-refused")),
        ((YES,), ("pending", "")),
    ],
)
def test_only_a_yes_lets_a_recipient_be_told(choices: tuple[Choice, ...], expected: tuple[str, str]) -> None:
    submitted(*choices)
    assert states() == {"charity/notify": expected, "council-tax/notify": ("pending", "")}


def test_the_preview_shows_what_consent_would_allow_and_asks_only_where_it_is_the_basis() -> None:
    offers = reports.preview(factories.REGISTRAR, factories.started().pk).offers
    charity, council_tax = offers
    assert charity.decision.agreement is not None
    assert charity.rests_on_consent == charity.decision.agreement
    assert isinstance(council_tax.decision, Grant)
    assert council_tax.rests_on_consent is None


def test_consents_and_receipts_are_recorded_with_the_submission_or_not_at_all() -> None:
    report = factories.started()
    with pytest.raises(offers.UnknownRecipients):
        reports.submit(factories.REGISTRAR, report.pk, consents=[YES], chosen=["nobody"])
    assert not Consent.objects.exists()
    reports.submit(factories.REGISTRAR, report.pk, consents=[YES])
    (given,) = permissions.history(report)
    record = receipts.verify(given.receipt, published=signatures.public_keys())
    assert record["metadata"]["pii_principal_id"] == f"report:{report.pk}"
    assert [each["pii_type"] for each in record["pii_processing"]["purposes"][0]["pii_information"]] == [
        "death.died_on",
        "subject.name.family",
    ]
    assert Access.objects.filter(action="consent_given", about=f"report:{report.pk}").count() == 1


def test_a_yes_is_for_one_report_and_one_recipient() -> None:
    factories.recipient("other-charity", agreement=ON_CONSENT)
    submitted(YES)
    second = submitted()
    assert states()["other-charity/notify"] == ("withheld", "consent-needed")
    assert second.deliveries.get(recipient__slug="charity").reason == "consent-needed"


def test_a_consent_is_no_instruction() -> None:
    report = factories.started()
    reports.submit(factories.REGISTRAR, report.pk, consents=[YES], chosen=["council-tax"])
    assert states()["charity/notify"] == ("withheld", "not-chosen")
    assert len(Instruction.objects.get().recipients) == 1


@pytest.mark.parametrize(
    ("choices", "faults"),
    [
        ([yes("council-tax")], {0: "Nobody is asked for consent here"}),
        ([yes("nobody")], {0: "Nobody is asked for consent here"}),
        ([YES, NO], {1: "stands in the list already"}),
        ([yes(wording="tell-recipient/9")], {0: "There is no such wording"}),
        ([yes(language="fr")], {0: "not there in that language"}),
        (
            [yes("council-tax"), yes(wording="x")],
            {0: "Nobody is asked", 1: "There is no such wording"},
        ),
    ],
)
def test_consents_that_nobody_asked_for_are_refused_each_at_its_place(
    choices: list[Choice], faults: dict[int, str]
) -> None:
    with pytest.raises(permissions.UnfitConsents) as unfit:
        submitted(*choices)
    assert set(unfit.value.faults) == set(faults)
    assert all(words in unfit.value.faults[place] for place, words in faults.items())
    assert not Consent.objects.exists()
    assert not Delivery.objects.exists()


def test_evidence_that_comes_later_frees_by_the_consent_in_force() -> None:
    report = submitted(YES, entry=None, told=factories.TOLD | UNVERIFIED)
    assert states()["charity/notify"] == ("withheld", "unverified")
    reports.record_evidence(factories.REGISTRAR, report.pk, reports.Proof("register-entry", factories.ENTRY))
    assert states()["charity/notify"] == ("pending", "")


def test_evidence_that_comes_later_does_not_free_what_was_withdrawn() -> None:
    report = submitted(YES, entry=None, told=factories.TOLD | UNVERIFIED)
    withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity")
    reports.record_evidence(factories.REGISTRAR, report.pk, reports.Proof("register-entry", factories.ENTRY))
    assert states()["charity/notify"][0] == "withheld"


def test_a_withdrawal_before_sending_withholds_and_tells_nobody() -> None:
    report = submitted(YES)
    taken_back = withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity")
    assert states() == {
        "charity/notify": ("withheld", Reason.CONSENT_WITHDRAWN),
        "council-tax/notify": ("pending", ""),
    }
    assert [each.purpose for each in taken_back.deliveries] == ["notify"]
    record = receipts.verify(taken_back.consent.receipt, published=signatures.public_keys())
    assert record["event"]["event_state"] == "withdrawn"
    delivery = Delivery.objects.get(recipient__slug="charity")
    assert list(Access.objects.filter(about=f"delivery:{delivery.pk}").values_list("action", "on")) == [
        ("delivery_withheld", "consent-withdrawn")
    ]


def test_what_an_inbox_holds_unfetched_is_withheld_too() -> None:
    factories.recipient("inbox-charity", agreement=ON_CONSENT, route={"adapter": "inbox"})
    report = submitted(yes("inbox-charity"))
    assert states()["inbox-charity/notify"] == ("available", "")
    withdrawals.withdraw(factories.REGISTRAR, report.pk, "inbox-charity")
    assert states()["inbox-charity/notify"] == ("withheld", Reason.CONSENT_WITHDRAWN)


@pytest.mark.parametrize("choices", [(), (NO,)])
def test_what_was_not_given_cannot_be_withdrawn(choices: tuple[Choice, ...]) -> None:
    report = submitted(*choices)
    with pytest.raises(kept.NotInForce):
        withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity")


def test_a_second_withdrawal_finds_nothing_in_force() -> None:
    report = submitted(YES)
    withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity")
    with pytest.raises(kept.NotInForce):
        withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity")
    assert Delivery.objects.count() == 2


def test_another_organisation_withdraws_nothing() -> None:
    report = submitted(YES)
    with pytest.raises(reports.UnknownReport):
        withdrawals.withdraw(Actor("stranger", organisation="elsewhere"), report.pk, "charity")
    assert states()["charity/notify"] == ("pending", "")


def answer(report: Report, *choices: Choice) -> list[Consent]:
    return reports.answer_consents(factories.REGISTRAR, report.pk, choices)


@pytest.mark.parametrize("before", [(), (NO,)])
def test_a_yes_that_comes_after_the_submission_frees_what_was_withheld_for_want_of_it(before: tuple[Choice]) -> None:
    report = submitted(*before)
    (given,) = answer(report, YES)
    assert given.act == "given"
    assert states()["charity/notify"] == ("pending", "")


def test_a_no_that_comes_later_frees_nothing() -> None:
    answer(submitted(), NO)
    assert states()["charity/notify"][0] == "withheld"


def test_a_yes_before_the_submission_counts_in_it() -> None:
    report = factories.started()
    answer(report, YES)
    reports.submit(factories.REGISTRAR, report.pk)
    assert states()["charity/notify"] == ("pending", "")


def test_a_no_after_a_yes_has_to_be_a_withdrawal() -> None:
    with pytest.raises(permissions.UnfitConsents) as unfit:
        answer(submitted(YES), NO)
    assert "withdraw it instead" in unfit.value.faults[0]


def test_what_was_withdrawn_before_it_was_told_can_be_given_again() -> None:
    report = submitted(YES)
    withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity")
    answer(report, YES)
    assert states()["charity/notify"] == ("pending", "")


def test_whoever_was_told_of_a_withdrawal_is_not_told_again() -> None:
    report = submitted(YES)
    told = Delivery.objects.get(recipient__slug="charity")
    Attempt.objects.create(delivery_id=told.pk, number=1, fence=1, digest=b"", started_at=clocks.now())
    withdrawals.withdraw(factories.REGISTRAR, report.pk, "charity")
    with pytest.raises(permissions.UnfitConsents) as unfit:
        answer(report, YES)
    assert "told of a withdrawal" in unfit.value.faults[0]
