"""Where an adviser begins: start a report for somebody, or go on with one."""

from django.http import Http404, HttpRequest, HttpResponse

from tellusonce import events, registering, rules
from tellusonce.web import doors, tokens
from tellusonce.web.citizen import helping
from tellusonce.web.registrar import desk, wording


@doors.page(rules.TELL_FOR_OTHERS)
def begin(request: HttpRequest) -> HttpResponse:
    """Start a report of some kind, or show what can be gone on with."""
    if request.method == "POST":
        return _begun(request)
    context = {
        "kinds": [(kind.name, wording.title(kind)) for kind in events.kinds().values() if kind.pages],
        "helped": helping.lines(doors.visitor_of(request)),
        "lines": desk.lines(registering.open_reports(doors.actor(request))),
        "most": registering.MOST,
        "once": tokens.fresh(),
    }
    return doors.show(request, "adviser/desk.html", context)


def _begun(request: HttpRequest) -> HttpResponse:
    kind = events.kinds().get(request.POST.get("kind", ""))
    if kind is None or not kind.pages:
        raise Http404
    # One page may start several reports, but a kind only once.
    report = registering.begin(doors.actor(request), kind, key=f"{kind.name}-{tokens.sent(request)}")
    return doors.go("adviser-answers", report_id=report)
