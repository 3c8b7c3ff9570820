"""Consents: what the informant is asked and has answered, taking one back, and receipts, which anybody may verify."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from identity import receipts, signatures
from identity.models import Consent
from tellusonce import permissions, reports, rules, withdrawals, wording
from tellusonce.api import doors, writes
from tellusonce.api.problems import Faulty
from tellusonce.api.shapes import (
    ConsentIn,
    ConsentOut,
    ConsentsIn,
    ConsentsOut,
    OwedOut,
    QuestionOut,
    ReceiptIn,
    VerifiedOut,
    WithdrawalIn,
    WithdrawnOut,
)
from tellusonce.events import Fault
from tellusonce.models import Delivery, Report
from tellusonce.notices import occasions
from tellusonce.offers import Offer
from tellusonce.permissions import Choice

router = Router(tags=["consents"])


@router.get(
    "/reports/{report_id}/consents",
    response=ConsentsOut,
    summary="See the consents",
    **doors.read(rules.FOLLOW_REPORT),
)
def history(request: HttpRequest, report_id: UUID) -> ConsentsOut:
    """List what the informant gave, refused and withdrew, each with its receipt; no personal data."""
    report = reports.find(doors.actor(request), report_id)
    return ConsentsOut(items=of(report))


@router.post(
    "/reports/{report_id}/consents",
    response={201: ConsentsOut},
    summary="Answer for consent",
    **doors.write(rules.ANSWER_CONSENTS),
)
def answer(request: HttpRequest, report_id: UUID, body: ConsentsIn) -> HttpResponse:
    """Give or refuse before the submission, or after it: what was withheld for want of a consent is told then."""
    actor = doors.actor(request)

    def write() -> tuple[HTTPStatus, ConsentsOut]:
        try:
            taken = reports.answer_consents(actor, report_id, choices(body.consents))
        except permissions.UnfitConsents as error:
            raise Faulty(unfit(error)) from error
        _send_receipts(reports.find(actor, report_id))
        return HTTPStatus.CREATED, ConsentsOut(items=[shown(each) for each in taken])

    return writes.once(request, write)


@router.post(
    "/reports/{report_id}/consents/withdrawal",
    response={201: WithdrawnOut},
    summary="Withdraw a consent",
    **doors.write(rules.ANSWER_CONSENTS),
)
def withdraw(request: HttpRequest, report_id: UUID, body: WithdrawalIn) -> HttpResponse:
    """Withhold what was not told yet; whoever was told, or may have been, is told of this and asked to confirm."""
    actor = doors.actor(request)

    def write() -> tuple[HTTPStatus, WithdrawnOut]:
        taken_back = withdrawals.withdraw(actor, report_id, body.recipient)
        _send_receipts(reports.find(actor, report_id))
        changed = [owed(each) for each in taken_back.deliveries]
        return HTTPStatus.CREATED, WithdrawnOut(consent=shown(taken_back.consent), deliveries=changed)

    return writes.once(request, write)


@router.post("/receipts/verification", response=VerifiedOut, summary="Verify a receipt", **doors.anyone())
@rules.named(rules.READ_PUBLISHED)
def verify(request: HttpRequest, body: ReceiptIn) -> VerifiedOut:  # noqa: ARG001 - django-ninja hands it over
    """Say whether a receipt is as it was issued here. Nothing is looked up or kept: its signature alone decides."""
    try:
        record = receipts.verify(body.receipt, published=signatures.public_keys())
    except receipts.BadReceipt as error:
        return VerifiedOut(is_valid=False, fault=str(error), record=None)
    return VerifiedOut(is_valid=True, fault="", record=record)


def _send_receipts(report: Report) -> None:
    occasions.send_receipts(report, permissions.history(report))


def of(report: Report) -> list[ConsentOut]:
    """Show all that the informant of a report answered."""
    return [shown(each) for each in permissions.history(report)]


def shown(consent: Consent) -> ConsentOut:
    """Show one act, with its receipt."""
    return ConsentOut.model_validate(
        {"recipient": consent.audience, "act": consent.act, "at": consent.at, "receipt": consent.receipt}
    )


def owed(delivery: Delivery) -> OwedOut:
    """Show what a delivery has become."""
    return OwedOut(
        delivery=delivery.pk,
        recipient=delivery.recipient.slug,
        state=delivery.state,
        reason=delivery.reason,
        reason_in_words=wording.explain(delivery.reason),
    )


def question(report: Report, offer: Offer, *, language: str) -> QuestionOut | None:
    """Show in which words the informant is to be asked, where the agreement rests on their consent."""
    agreement = offer.rests_on_consent
    if agreement is None:
        return None
    words = permissions.shown(report, offer.recipient, agreement, language=language)
    return QuestionOut(
        wording=words.name,
        language=words.language,
        question=words.question,
        notice=list(words.notice),
        withdrawal=words.withdrawal,
        rights=list(words.rights),
    )


def choices(given: list[ConsentIn]) -> list[Choice]:
    """Read what the informant answered."""
    return [Choice(each.recipient, each.given, each.wording, each.language) for each in given]


def unfit(error: permissions.UnfitConsents) -> list[Fault]:
    """Place the faults of consents in the body."""
    return [Fault(f"consents.{place}", words) for place, words in error.faults.items()]
