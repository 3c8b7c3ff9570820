"""Following: what each recipient was told, what it has done, and what to do about those who were not told."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import clocks, events, helping, progress, reports, rules, unproven
from tellusonce.disclosure import Reason
from tellusonce.models import Report
from tellusonce.web import doors, parcels
from tellusonce.web.citizen import invited


@doors.page(rules.FOLLOW_REPORT)
def follow(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show how far the telling has got with each recipient."""
    visitor, actor = doors.visitor_of(request), doors.actor(request)
    report, standings = progress.of_report(actor, report_id)
    state = progress.state_of(report, clocks.now())
    if state == Report.State.STARTED:
        return doors.go("report", report_id=report_id)
    found = parcels.of(standings)
    told = [each for each in found if not each.is_untold]
    waits = any(each.delivery.reason == Reason.UNVERIFIED for each in found) and not report.organisation
    answered = [each for each in told if each.has_answered]
    context = {
        "report": report,
        "has_expired": state == Report.State.EXPIRED,
        "told": told,
        "groups": [
            (_("Still to answer"), [each for each in told if not each.has_answered]),
            (_("Have answered"), answered),
            (_("Not told, or not known to be"), [each for each in found if each.is_untold]),
        ],
        "answered": len(answered),
        "invited": invited.lines(actor, report),
        "waits_for_register": waits,
        "missed_at": unproven.missed_at(report) if waits else None,
        "outsiders": events.find(report.kind).outsiders,
        "at": clocks.now(),
        "may_read": rules.allows(visitor, rules.ANSWER_REPORT),
        "may_invite": helping.is_informant(visitor),
        "is_large": request.GET.get("print") == "large",
    }
    return doors.show(request, "citizen/follow.html", context)


@doors.page(rules.FOLLOW_REPORT)
def sent(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Say that it is on its way, and under which number."""
    report = reports.find(doors.actor(request), report_id)
    context = {
        "report": report,
        "waits_for_register": unproven.waits(report),
        "may_invite": helping.is_informant(doors.visitor_of(request)),
    }
    return doors.show(request, "citizen/sent.html", context)
