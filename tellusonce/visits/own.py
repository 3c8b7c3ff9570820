"""One's own visit: who one is, how long it lasts, how it ends; and, for citizens, opening a report."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import get_token
from pydantic import StringConstraints

from identity import sessions
from identity.sessions import Visitor
from tellusonce import citizens, clocks, forgetting, keeping, rules
from tellusonce.api.problems import Faulty
from tellusonce.api.shapes import Day, Slug
from tellusonce.events import Fault
from tellusonce.visits import doors

JSON = Any
Short = Annotated[str, StringConstraints(max_length=200)]


class ClaimIn(doors.In):
    """What the letter says."""

    reference: Short
    surname: Short
    on: Day


class OrganisationIn(doors.In):
    """One of the organisations for which one holds a role."""

    organisation: Slug


@doors.get(rules.SIGN_IN)
def visit(request: HttpRequest) -> doors.Answer:
    """Say who is signed in and for how much longer, without making it longer; and give the CSRF token."""
    visitor = sessions.visitor(request, is_looking_only=True)
    return {"csrf_token": get_token(request), "visitor": _shown(request, visitor) if visitor else None}


@doors.post(rules.KEEP_VISIT)
def stay(request: HttpRequest) -> doors.Answer:
    """Make the visit longer, as anything does that one does in it."""
    return {"seconds_left": sessions.seconds_left(request)}


@doors.post(rules.SIGN_IN)
def leave(request: HttpRequest) -> doors.Answer:
    """Sign out; may be repeated."""
    sessions.end(request)
    return {"next": ""}


@doors.post(rules.KEEP_VISIT)
def leave_everywhere(request: HttpRequest) -> doors.Answer:
    """Sign out here and wherever else one is signed in."""
    sessions.end_everywhere(request)
    return {"next": ""}


@doors.post(rules.KEEP_VISIT)
def act_for(request: HttpRequest) -> doors.Answer:
    """Act for another of one's organisations."""
    given = doors.body_of(request, OrganisationIn)
    if not sessions.choose(request, given.organisation):
        raise Faulty([Fault("organisation", "Choose an organisation for which you hold a role")])
    return {"organisation": given.organisation}


@doors.post(rules.SIGN_IN)
def open_report(request: HttpRequest) -> doors.Answer:
    """Open a report by reference number, surname and date; for this visit, or for good with an account."""
    given = doors.body_of(request, ClaimIn)
    claim = citizens.Claim(given.reference, given.surname, given.on)
    report = citizens.open_report(claim, address=doors.address_of(request), at=clocks.now())
    sessions.open_report(request, report.pk)
    keeping.keep_opened(sessions.visitor(request))
    return {"report": str(report.pk)}


@doors.post(rules.KEEP_REPORTS)
def let_go(request: HttpRequest, report: UUID) -> doors.Answer:
    """Let go of a report: neither this visit nor a later one sees it, unless it is opened again."""
    keeping.let_go(doors.visitor_of(request), report)
    sessions.close_report(request, report)
    return {"report": str(report)}


@doors.post(rules.KEEP_REPORTS)
def end_account(request: HttpRequest) -> doors.Answer:
    """End one's account for good, and what is known by it; the reports stay as they are."""
    visitor = doors.visitor_of(request)
    if visitor.account is not None:
        forgetting.end_account(visitor, visitor.account)
    sessions.end(request)
    return {"next": ""}


def _shown(request: HttpRequest, visitor: Visitor) -> dict[str, JSON]:
    return {
        "name": visitor.name,
        "organisation": visitor.organisation,
        "roles": sorted(visitor.roles),
        "reports": sorted(map(str, rules.opened_by(visitor))),
        "confidence": visitor.confidence,
        "acts_for": str(visitor.acts_for) if visitor.acts_for else "",
        "seconds_left": sessions.seconds_left(request),
    }
