"""Telling: the answers of a report, its evidence, who would get what, and the submission."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Body, Query

from tellusonce import events, reports, rules, submissions, wording
from tellusonce.api import consents, doors, instructions, writes
from tellusonce.api import reports as report_doors
from tellusonce.api.problems import Faulty
from tellusonce.api.shapes import (
    AgreementOut,
    EvidenceIn,
    FieldOut,
    OfferOut,
    PreviewOut,
    QuestionOut,
    ReportOut,
    SubmissionIn,
    SubmittedOut,
)
from tellusonce.disclosure import Grant
from tellusonce.events import Fault, Kind
from tellusonce.models import Agreement
from tellusonce.offers import Offer

JSON = Any
router = Router(tags=["answers"])
ANSWERS = Body(..., description="The fields of the kind, as /api/v1/kinds/{kind}/schema describes them")


@router.get(
    "/reports/{report_id}/answers",
    response=dict[str, JSON],
    summary="Read the answers",
    **doors.read(rules.ANSWER_REPORT),
)
def read(request: HttpRequest, report_id: UUID) -> dict[str, JSON]:
    """Read the answers as they stand, over what the register says."""
    return reports.answers(doors.actor(request), report_id)


@router.patch(
    "/reports/{report_id}/answers",
    response={200: ReportOut},
    summary="Change the answers",
    **doors.patch(rules.ANSWER_REPORT),
)
def change(request: HttpRequest, report_id: UUID, patch: dict[str, JSON] = ANSWERS) -> HttpResponse:
    """Change answers by JSON Merge Patch (RFC 7396): null takes a field away, a list replaces a list."""

    def write() -> tuple[HTTPStatus, ReportOut]:
        report = reports.save(doors.actor(request), report_id, patch=patch)
        return HTTPStatus.OK, report_doors.shown(report)

    return writes.once(request, write)


@router.post(
    "/reports/{report_id}/evidence",
    response={201: ReportOut},
    summary="Record evidence",
    **doors.write(rules.RECORD_EVIDENCE),
)
def record_evidence(request: HttpRequest, report_id: UUID, body: EvidenceIn) -> HttpResponse:
    """Record a register entry or the like; whoever was not told for want of it is told now."""

    def write() -> tuple[HTTPStatus, ReportOut]:
        try:
            report = reports.record_evidence(doors.actor(request), report_id, reports.Proof(body.type, body.entry))
        except events.Faults as error:
            raise Faulty(
                Fault(f"entry.{each.path}" if each.path else "entry", each.message) for each in error.faults
            ) from error
        except reports.WrongEvidence as error:
            raise Faulty([Fault("type", str(error))]) from error
        return HTTPStatus.CREATED, report_doors.shown(report)

    return writes.once(request, write)


@router.get(
    "/reports/{report_id}/preview",
    response=PreviewOut,
    summary="See who would get what",
    **doors.read(rules.ANSWER_REPORT),
)
def preview(
    request: HttpRequest,
    report_id: UUID,
    language: Literal["en", "cy"] = Query("en", description="In which the informant is asked for consent"),
) -> PreviewOut:
    """Say for each recipient that may apply what it would get and by what right, or why it would get nothing."""
    preview = reports.preview(doors.actor(request), report_id)
    report, kind, present = preview.report, events.find(preview.report.kind), frozenset(events.leaves(preview.told))
    return PreviewOut(
        id=report.pk,
        reference=report.reference,
        kind=report.kind,
        recipients=[
            _offer(each, kind, present, asked=consents.question(report, each, language=language))
            for each in preview.offers
        ],
    )


def _offer(offer: Offer, kind: Kind, present: frozenset[str], *, asked: QuestionOut | None) -> OfferOut:
    decision = offer.decision
    reason = "" if isinstance(decision, Grant) else decision.reason
    agreement = decision.agreement
    granted = decision.fields if isinstance(decision, Grant) else agreement.fields if agreement else ()
    return OfferOut(
        recipient=offer.recipient.slug,
        name=offer.recipient.name,
        organisation=report_doors.organisation(offer.recipient),
        is_told=isinstance(decision, Grant),
        reason=reason,
        reason_in_words=wording.explain(reason),
        agreement=_agreement(agreement) if agreement else None,
        fields=_fields(granted, kind, present),
        consent=asked,
    )


def _agreement(agreement: Agreement) -> AgreementOut:
    return AgreementOut(
        slug=agreement.slug,
        document_reference=agreement.document_reference,
        lawful_basis=agreement.lawful_basis,
        article_9_condition=agreement.article_9_condition,
    )


def _fields(granted: Collection[str], kind: Kind, present: frozenset[str]) -> list[FieldOut]:
    return [
        FieldOut(path=path, title=field.title, is_sensitive=field.is_sensitive, has_value=path in present)
        for path, field in events.grantable(kind).items()
        if path in granted
    ]


@router.post(
    "/reports/{report_id}/submission",
    response={201: SubmittedOut},
    summary="Submit",
    **doors.write(rules.ANSWER_REPORT),
)
def submit(request: HttpRequest, report_id: UUID, body: SubmissionIn) -> HttpResponse:
    """Close the answers and have every recipient told that applies, or those that were chosen."""
    actor = doors.actor(request)

    def write() -> tuple[HTTPStatus, SubmittedOut]:
        try:
            done = submissions.submit(actor, report_id, instructions.read(body))
        except instructions.UNFIT as error:
            raise Faulty(instructions.faults(body, error)) from error
        shown = report_doors.skeleton(done.report) | instructions.done(done)
        return HTTPStatus.CREATED, SubmittedOut.model_validate(shown)

    return writes.once(request, write)
