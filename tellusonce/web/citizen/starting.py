"""A citizen's own reports: those they find again, a new one, and one that they let go of."""

import datetime as dt
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from identity import sessions
from tellusonce import clocks, events, keeping, progress, registering, reports, rules
from tellusonce.models import Report
from tellusonce.web import doors, tokens
from tellusonce.web.registrar import wording


@doors.page(rules.KEEP_REPORTS)
def own(request: HttpRequest) -> HttpResponse:
    """Show the reports whose informant somebody is, and what else can be told."""
    visitor, now = doors.visitor_of(request), clocks.now()
    context = {
        "lines": [_line(each, now) for each in keeping.own(visitor)],
        "has_account": visitor.account is not None,
        "may_start": rules.allows(visitor, rules.START_REPORT),
        "kinds": [(kind.name, wording.title(kind)) for kind in events.kinds().values() if kind.pages],
        "once": tokens.fresh(),
    }
    return doors.show(request, "citizen/reports.html", context)


def _line(report: Report, at: dt.datetime) -> tuple[Report, str, str, str]:
    """Say of a report of which kind it is, and how far, in a word and a colour."""
    words, colour = wording.STATES[progress.state_of(report, at)]
    return report, wording.title(events.find(report.kind)), str(words), colour


@doors.page(rules.START_REPORT)
def begin(request: HttpRequest) -> HttpResponse:
    """Start a report; sent twice, it is started once."""
    if request.method != "POST":
        return doors.go("own-reports")
    kind = events.kinds().get(request.POST.get("kind", ""))
    if kind is None or not kind.pages:
        raise Http404
    report = registering.begin(doors.actor(request), kind, key=f"{kind.name}-{tokens.sent(request)}")
    return doors.go("report", report_id=report)


@doors.page(rules.KEEP_REPORTS)
def let_go(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Ask whether a report is to be let go of, and let go of it."""
    visitor = doors.visitor_of(request)
    report = reports.find(doors.actor(request), report_id)
    if request.method != "POST":
        return doors.show(request, "citizen/let-go.html", {"report": report})
    keeping.let_go(visitor, report_id)
    sessions.close_report(request, report_id)
    return doors.go("own-reports")
