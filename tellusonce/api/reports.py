"""Starting a report, and following it."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from identity.clients import NotAllowed
from identity.ledger import Actor
from tellusonce import (
    adults,
    clocks,
    drafts,
    events,
    progress,
    references,
    registering,
    reports,
    rules,
    submissions,
    wording,
)
from tellusonce.api import doors, instructions, pages, writes
from tellusonce.api.problems import Faulty
from tellusonce.api.shapes import (
    DoneOut,
    InvitedOut,
    OrganisationOut,
    ReportOut,
    ReportsOut,
    StandingOut,
    StartedOut,
    StartIn,
    StatusOut,
    SubmissionIn,
    SubmittedOut,
)
from tellusonce.events import Fault, Kind
from tellusonce.models import Recipient, Report
from tellusonce.notices import occasions, owing
from tellusonce.notices.owing import Contact

router = Router(tags=["reports"])


@router.post(
    "/reports",
    response={201: StartedOut | SubmittedOut},
    summary="Start a report, or hand in a whole one",
    **doors.write(rules.START_REPORT),
)
def start(request: HttpRequest, body: StartIn) -> HttpResponse:
    """Open a report under a new reference, with whatever is known already, and its evidence if it is there.

    With a `submission` it is submitted at once, and everybody who applies is told: all of it is done, or nothing.
    """
    actor = doors.actor(request)
    _check_scopes(actor, body)
    kind = _kind(body.kind)
    _check(kind, body)
    contacts = _contacts(body)
    proof = reports.Proof(body.evidence.type, body.evidence.entry) if body.evidence else None

    def write() -> tuple[HTTPStatus, StartedOut | SubmittedOut]:
        try:
            if body.submission is not None:
                return HTTPStatus.CREATED, _handed_in(actor, kind, body, proof, contacts)
            report = reports.start(actor, kind, told=body.answers, proof=proof)
        except events.Faults as error:
            raise Faulty(_below("answers", error)) from error
        for contact in contacts:
            occasions.hand_over(report, contact)
        return HTTPStatus.CREATED, StartedOut.model_validate(
            skeleton(report) | {"reported_before": _before(actor, report)}
        )

    return writes.once(request, write)


def _check_scopes(actor: Actor, body: StartIn) -> None:
    """Raise NotAllowed where a part of the body needs a scope that the token has not."""
    parts = {rules.RECORD_EVIDENCE.scope: body.evidence, rules.ANSWER_REPORT.scope: body.submission}
    for scope, part in parts.items():
        if part is not None and scope not in actor.scopes:
            act = "hand in evidence" if scope == rules.RECORD_EVIDENCE.scope else "submit at once"
            raise NotAllowed(
                HTTPStatus.FORBIDDEN,
                f"To {act} this needs a token with the scope {scope}.",
                challenge=f'Bearer error="insufficient_scope", scope="{rules.START_REPORT.scope} {scope}"',
            )


def _handed_in(
    actor: Actor, kind: Kind, body: StartIn, proof: reports.Proof | None, contacts: list[Contact]
) -> SubmittedOut:
    """Start and submit. Raises Faults of the answers, and Faulty where the instruction is unfit."""
    instruction = body.submission or SubmissionIn()
    try:
        instructed = instructions.read(instruction)
        done = submissions.hand_in(actor, kind, told=body.answers, proof=proof, instructed=instructed)
    except instructions.UNFIT as error:
        found = instructions.faults(instruction, error)
        raise Faulty(Fault(f"submission.{each.path}", each.message) for each in found) from error
    for contact in contacts:
        occasions.hand_over(done.report, contact)
    return SubmittedOut.model_validate(skeleton(done.report) | instructions.done(done))


def _before(actor: Actor, report: Report) -> dict[str, object] | None:
    earlier = registering.reported_before(actor, report)
    return {"organisation": earlier.organisation, "submitted_at": earlier.submitted_at} if earlier else None


def _kind(name: str) -> Kind:
    if name not in events.kinds():
        raise Faulty([Fault("kind", f"Choose one of: {', '.join(events.kinds())}")])
    return events.find(name)


def _check(kind: Kind, body: StartIn) -> None:
    """Find the faults of answers and evidence together, each at its path in the body. Raises Faulty."""
    found: list[Fault] = []
    parts = {"answers": body.answers}
    if body.evidence is not None:
        parts["evidence.entry"] = body.evidence.entry
        if body.evidence.type not in kind.evidence:
            found.append(Fault("evidence.type", wrong_evidence(kind)))
    for place, told in parts.items():
        try:
            events.validate_partial(kind, told)
        except events.Faults as error:
            found.extend(_below(place, error))
    if found:
        raise Faulty(found)


def _contacts(body: StartIn) -> list[Contact]:
    """Say where the reference is to go. Raises Faulty where it cannot."""
    if body.hand_over is None:
        return []
    wish = body.hand_over
    given = {"email": (owing.EMAIL, wish.email), "phone": (owing.TEXT, wish.phone)}
    wanted = {name: Contact(by, at, wish.language) for name, (by, at) in given.items() if at}
    if not wanted:
        raise Faulty([Fault("hand_over", "Give an e-mail address or a telephone number")])
    found: list[Fault] = []
    for name, contact in wanted.items():
        try:
            owing.check("reference", contact.by)
        except owing.CannotBeSent as error:
            found.append(Fault(f"hand_over.{name}", str(error)))
    if found:
        raise Faulty(found)
    return list(wanted.values())


def wrong_evidence(kind: Kind) -> str:
    """Say what evidence a kind rests on."""
    if not kind.evidence:
        return f"{kind.title} needs no evidence; leave it out"
    return f"Choose one of: {', '.join(kind.evidence)}"


def _below(place: str, error: events.Faults) -> list[Fault]:
    return [Fault(f"{place}.{each.path}" if each.path else place, each.message) for each in error.faults]


def shown(report: Report) -> ReportOut:
    """Show a report's skeleton."""
    return ReportOut.model_validate(skeleton(report))


def skeleton(report: Report) -> dict[str, object]:
    """Give the columns of a report that anyone of its organisation may see."""
    names = ("id", "reference", "kind", "started_at", "expires_at", "submitted_at")
    columns = {name: getattr(report, name) for name in names}
    state = progress.state_of(report, clocks.now())
    return columns | {"state": state, "joins_earlier": report.joins_id is not None}


@router.get("/reports", response=ReportsOut, summary="List reports", **doors.read(rules.FOLLOW_REPORT))
def list_reports(
    request: HttpRequest,
    reference: str | None = Query(None, description="Only the report with this reference", max_length=40),
    cursor: pages.Cursor = None,
    limit: pages.Limit = 50,
) -> ReportsOut:
    """List the reports of your own organisation, newest first."""
    found = Report.objects.filter(rules.reports_of(doors.actor(request)))
    if reference is not None:
        found = found.filter(reference=_reference(reference))
    after = pages.read(cursor)
    if after is not None:
        found = found.filter(started_at__lte=after.at).filter(Q(started_at__lt=after.at) | Q(pk__lt=after.id))
    rows = list(found.order_by("-started_at", "-pk")[: limit + 1])
    page, following = pages.cut(rows, limit, place_of=lambda row: pages.Place(row.started_at, row.pk))
    return ReportsOut(items=[shown(each) for each in page], next=following)


def _reference(typed: str) -> str:
    try:
        return references.parse(typed)
    except references.BadReference as error:
        raise Faulty([Fault("reference", str(error))]) from None


@router.get("/reports/{report_id}", response=StatusOut, summary="Follow a report", **doors.read(rules.FOLLOW_REPORT))
def status(request: HttpRequest, report_id: UUID) -> StatusOut:
    """Say for each recipient whether it was told, and what it did; no personal data."""
    actor = doors.actor(request)
    report, standings = progress.of_report(actor, report_id)
    told = [standing(each) for each in standings]
    invited = [
        InvitedOut(state=state.value, expires_at=each.expires_at) for each, state in adults.states(actor, report)
    ]
    return StatusOut.model_validate(skeleton(report) | {"recipients": told, "invited": invited})


@router.post(
    "/reports/{report_id}/extension",
    response={200: ReportOut},
    summary="Keep a draft for longer",
    **doors.write(rules.ANSWER_REPORT),
)
def extend(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Keep what was not submitted yet for 28 days from now, and until 84 days after the start at the most."""
    actor = doors.actor(request)
    return writes.once(request, lambda: (HTTPStatus.OK, shown(drafts.extend(actor, report_id))))


def standing(each: progress.Standing) -> StandingOut:
    """Show how far one recipient has got."""
    delivery = each.delivery
    done = [
        DoneOut(code=action["code"], on=action.get("on"), said_at=said.occurred_at)
        for said in each.said
        for action in said.actions
    ]
    return StandingOut(
        delivery=delivery.pk,
        recipient=delivery.recipient.slug,
        name=delivery.recipient.name,
        organisation=organisation(delivery.recipient),
        purpose=delivery.purpose,
        sequence=delivery.sequence,
        state=delivery.state,
        reason=delivery.reason,
        reason_in_words=wording.explain(delivery.reason),
        may_have_been_told=delivery.may_have_been_told,
        outcome=delivery.outcome,
        told_at=delivery.sent_at,
        confirm_by=delivery.confirm_by,
        is_overdue=each.is_overdue,
        closed_at=delivery.closed_at,
        actions=done,
    )


def organisation(recipient: Recipient) -> OrganisationOut:
    """Show whose service it is."""
    return OrganisationOut(slug=recipient.organisation.slug, name=recipient.organisation.name)
