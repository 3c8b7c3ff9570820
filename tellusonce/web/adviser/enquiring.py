"""Noting who got in touch about a report, by which way, and why."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import enquiries, repeats, reports, rules
from tellusonce.enquiries import Asked
from tellusonce.models import Enquiry, Report
from tellusonce.web import doors, tokens
from tellusonce.web.registrar import wording


@doors.page(rules.LOG_ENQUIRY)
def log(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Ask for it, and note it once."""
    report = reports.find(doors.actor(request), report_id)
    if request.method != "POST":
        return _shown(request, report, {"by": Enquiry.By.INFORMANT, "way": Enquiry.Way.PHONE}, {})
    form = {name: request.POST.get(name, "") for name in ("by", "way", "cause")}
    if faults := _faults(form):
        return _shown(request, report, form, faults)
    asked = Asked(Enquiry.By(form["by"]), Enquiry.Way(form["way"]), Enquiry.Cause(form["cause"]))
    try:
        enquiries.log(doors.actor(request), report_id, asked, key=tokens.sent(request))
    except repeats.KeyReused:
        return _shown(request, report, form, {})
    return doors.go(_back(request), report_id=report_id)


def _back(request: HttpRequest) -> str:
    is_adviser = rules.allows(doors.visitor_of(request), rules.TELL_FOR_OTHERS)
    return "adviser-report" if is_adviser else "registrar-report"


def _faults(form: dict[str, str]) -> dict[str, str]:
    found = {
        "by": "" if form["by"] in Enquiry.By.values else _("Say who got in touch"),
        "way": "" if form["way"] in Enquiry.Way.values else _("Say how they got in touch"),
        "cause": "" if form["cause"] in Enquiry.Cause.values else _("Say why they got in touch"),
    }
    return {name: message for name, message in found.items() if message}


def _shown(request: HttpRequest, report: Report, form: dict[str, str], faults: dict[str, str]) -> HttpResponse:
    context = {
        "report": report,
        "form": form,
        "faults": faults,
        "back": _back(request),
        "once": tokens.fresh(),
        "questions": [
            ("by", _("Who got in touch?"), list(wording.BY.items())),
            ("way", _("How?"), list(wording.WAYS.items())),
            ("cause", _("Why?"), list(wording.CAUSES.items())),
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "adviser/enquiry.html", context, status=status)
