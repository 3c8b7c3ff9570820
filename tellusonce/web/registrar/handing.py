"""Handing over a reference: a letter, a card, an e-mail or a text.

The address in the QR code carries the reference behind a ``#``: browsers keep that to themselves, so that it comes into
no log and to no other site, and the page that it opens puts it into its field.
"""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from tellusonce import events, handovers, reports, rules
from tellusonce.handovers import How
from tellusonce.models import Report
from tellusonce.notices import channels, owing
from tellusonce.notices.owing import CannotBeSent
from tellusonce.web import contacts, doors
from tellusonce.web.registrar import codes, wording
from tellusonce.web.registrar.registering import EARLIER

PAPERS = (How.LETTER, How.CARD)


@doors.page(rules.HAND_OVER)
def hand_over(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show the reference and the ways to hand it over, and take one."""
    report = reports.find(doors.actor(request), report_id)
    how = request.POST.get("how", "")
    if request.method != "POST" or how not in set(How):
        return _shown(request, report)
    if how in PAPERS:
        handovers.on_paper(doors.actor(request), report_id, How(how))
        return doors.go("registrar-paper", report_id=report_id, how=how)
    return _sent(request, report, how)


def _sent(request: HttpRequest, report: Report, how: str) -> HttpResponse:
    at, language = request.POST.get(how, "").strip(), request.POST.get("language", "en")
    fault = contacts.fault(how, at)
    if fault:
        return _shown(request, report, faults={how: fault}, typed={how: at})
    contact = contacts.contact(how, at, language=language)
    try:
        is_new = handovers.send(doors.actor(request), report.pk, contact)
    except CannotBeSent:
        return _shown(request, report, faults={how: _("This cannot be sent from here. Print the letter instead")})
    if not is_new:
        already = _("The reference was sent there before. Print the letter if it did not arrive")
        return _shown(request, report, faults={how: already}, typed={how: at})
    request.session["sent"] = how
    return doors.go("registrar-hand-over", report_id=report.pk)


def _shown(
    request: HttpRequest,
    report: Report,
    *,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    earlier = request.session.get(EARLIER, {}).get(str(report.pk))
    context = {
        "report": report,
        "kind_title": wording.title(events.find(report.kind)),
        "earlier": {"by": earlier["by"], "at": parse_datetime(earlier["at"])} if earlier else None,
        "ways": channels.ways(),
        "handed_over": [str(wording.HOW[each]) for each in handovers.made([report])[report.pk]],
        "is_sent": request.session.pop("sent", ""),
        "faults": faults or {},
        "typed": typed or {},
        "by_email": owing.EMAIL,
        "by_text": owing.TEXT,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "registrar/hand-over.html", context, status=status)


@doors.page(rules.HAND_OVER)
def paper(request: HttpRequest, report_id: UUID, how: str) -> HttpResponse:
    """Show a letter or a card, to be printed."""
    if how not in PAPERS:
        raise Http404
    report = reports.find(doors.actor(request), report_id)
    kind, page = events.find(report.kind), request.build_absolute_uri(reverse("open"))
    context = {
        "report": report,
        "kind": kind,
        "date": events.vocabulary(kind)[kind.letter].words if kind.letter else "",
        "address": page.partition("://")[2],
        "code": codes.draw(f"{page}#{report.reference}"),
    }
    return doors.show(request, f"registrar/{how}.html", context)
