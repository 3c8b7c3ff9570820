"""What a helper sees: whom they may act for, the code by which they begin, acting and stopping, and laying it down."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from identity import sessions
from identity.codes import NotAccepted
from identity.mandates import UnfitMandate, UnknownMandate
from identity.models import Mandate
from identity.sessions import Visitor
from tellusonce import helping, rules
from tellusonce.models import Report
from tellusonce.rules import Purpose
from tellusonce.visits.doors import address_of
from tellusonce.web import doors, phrases

LONGEST_CODE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One mandate as its helper sees it: for which report, what it lets them do, and whether they act on it now."""

    mandate: Mandate
    report: Report
    purposes: Sequence[str]
    last_at: dt.datetime
    is_for_organisation: bool
    is_acting: bool


def lines(helper: Visitor) -> list[Line]:
    """Put the mandates in force that somebody holds, themselves or by their organisation, as lists show them."""
    return [
        Line(
            mandate,
            report,
            [str(phrases.PURPOSES[each]) for each in Purpose if each in mandate.purposes],
            last_at=phrases.last_of(mandate.until),
            is_for_organisation=mandate.helper != helper.name,
            is_acting=helper.acts_for == report.pk,
        )
        for mandate, report in helping.helped(helper)
    ]


@doors.page(rules.HOLD_MANDATES)
def held(request: HttpRequest) -> HttpResponse:
    """Show for whom somebody may act."""
    visitor = doors.visitor_of(request)
    context = {"helped": lines(visitor), "has_account": visitor.account is not None}
    return doors.show(request, "citizen/helping.html", context)


@doors.page(rules.HOLD_MANDATES)
def accept(request: HttpRequest) -> HttpResponse:
    """Ask for the code of an invitation, and take it on."""
    visitor, typed = doors.visitor_of(request), request.POST.get("code", "").strip()[:LONGEST_CODE]
    if visitor.account is None:
        return doors.go("helping")
    if request.method != "POST":
        return _asked(request)
    if not typed:
        return _asked(request, fault=_("Enter the code"))
    try:
        helping.accept(visitor, typed, address=address_of(request))
    except NotAccepted:
        words = _(
            "This is no code that can be used. Check it, or ask for another one. "
            "After five tries nothing is taken for 20 minutes"
        )
        return _asked(request, fault=words)
    except UnfitMandate:
        return _asked(request, fault=_("This is your own report. Whoever is to help you enters the code"))
    return doors.go("helping")


def _asked(request: HttpRequest, *, fault: str = "") -> HttpResponse:
    context = {"code": request.POST.get("code", "")[:LONGEST_CODE], "fault": fault}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
    return doors.show(request, "citizen/help-code.html", context, status=status)


@doors.page(rules.HOLD_MANDATES)
def act(request: HttpRequest) -> HttpResponse:
    """Act for the informant of a report from now on and open it, or act for oneself again."""
    chosen = request.POST.get("report")
    if chosen is None:
        return doors.go("helping")
    if not chosen:
        sessions.act_for(request, None)
        return doors.go("helping")
    report_id = _id(chosen)
    purposes = helping.purposes_for(doors.visitor_of(request), report_id)
    sessions.act_for(request, report_id)
    return doors.go("report" if Purpose.FOLLOW in purposes else "answers", report_id=report_id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@doors.page(rules.HOLD_MANDATES)
def lay_down(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """Ask whether somebody wants to help no more, and lay the mandate down."""
    visitor = doors.visitor_of(request)
    line = next((each for each in lines(visitor) if each.mandate.pk == mandate_id), None)
    if line is None:
        raise UnknownMandate
    if request.method != "POST":
        return doors.show(request, "citizen/lay-down.html", {"line": line})
    helping.lay_down(visitor, mandate_id)
    if line.is_acting:
        sessions.act_for(request, None)
    return doors.go("helping")
