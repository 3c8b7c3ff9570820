"""Telling: the pages of a kind, one after the other, and all answers on one page before they are sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from tellusonce import events, helping, proving, reports, rules
from tellusonce.events import Fault, Kind
from tellusonce.events.pages import Page
from tellusonce.models import Report
from tellusonce.reports import Telling
from tellusonce.web import doors, memories
from tellusonce.web.journeys import flows, forms, words
from tellusonce.web.journeys.forms import Sheet

JSON = Any


@doors.page(rules.ANSWER_REPORT)
def ask(request: HttpRequest, report_id: UUID, name: str) -> HttpResponse:
    """Ask one page's question, and take its answer."""
    telling = opened(request, report_id)
    kind = events.find(telling.report.kind)
    page = flows.find(kind, name)
    if page is None or page not in flows.asked(kind, telling.told, entry=telling.entry):
        return doors.go("answers", report_id=report_id)
    if request.method != "POST":
        more = 1 if page.each and "more" in request.GET else 0
        return _asked(request, telling, forms.show(kind, page, _shown(telling, page), more=more))
    return _taken(request, telling, page)


def opened(request: HttpRequest, report_id: UUID) -> Telling:
    """Open a report that is still being told. Raises UnknownReport and NotOpen."""
    telling = reports.telling(doors.actor(request), report_id, typed=memories.typed(request, report_id))
    if telling.report.state != Report.State.STARTED:
        raise reports.NotOpen
    return telling


def _shown(telling: Telling, page: Page) -> Mapping[str, JSON]:
    """Show a list of which something is hidden as if it were empty: what is shown in part would be sent in part."""
    return {} if page.each and is_hidden(telling, page) else telling.told


def is_hidden(telling: Telling, page: Page) -> bool:
    """Whether something was answered here that is not shown to whoever came by a reference alone."""
    paths = (page.each,) if page.each else page.fields
    return any(hidden == path or hidden.startswith(f"{path}.") for hidden in telling.hidden for path in paths)


def _taken(request: HttpRequest, telling: Telling, page: Page) -> HttpResponse:
    kind = events.find(telling.report.kind)
    place = request.POST.get("remove", "")
    sheet = forms.take(kind, page, request.POST.dict(), without=int(place) if place.isdigit() else None)
    found = forms.missing(sheet)
    if not found and not forms.keeps(sheet, hidden=telling.hidden):
        found = _saved(request, telling, sheet)
    if found:
        return _asked(request, telling, sheet.with_faults(found), status=422)
    memories.note_typed(request, telling.report, page)
    return _onward(request, telling.report, page)


def _saved(request: HttpRequest, telling: Telling, sheet: Sheet) -> list[Fault]:
    patch = forms.patch(sheet, telling.told, hidden=telling.hidden)
    try:
        reports.save(doors.actor(request), telling.report.pk, patch=patch)
    except events.Faults as error:
        return list(error.faults)
    return []


def _onward(request: HttpRequest, report: Report, page: Page) -> HttpResponse:
    """Go on: to the same page for one more entry, back to where all is checked, or to the next question."""
    if "add" in request.POST or "remove" in request.POST:
        response = doors.go("answer", report_id=report.pk, name=page.name)
        response["Location"] += "?more" if "add" in request.POST else ""
        return response
    telling = opened(request, report.pk)
    pages = flows.asked(events.find(report.kind), telling.told, entry=telling.entry)
    following = flows.after(pages, page.name)
    if following is None or ("check" in request.GET and flows.is_answered(following, telling.told)):
        return doors.go("answers", report_id=report.pk)
    response = doors.go("answer", report_id=report.pk, name=following.name)
    response["Location"] += "?check" if "check" in request.GET else ""
    return response


def _asked(request: HttpRequest, telling: Telling, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    kind, page = sheet.kind, sheet.page
    pages = flows.asked(kind, telling.told, entry=telling.entry)
    is_about_teller = any(path.startswith(f"{kind.teller}.") for path in page.fields)
    is_for_another = not helping.is_informant(doors.visitor_of(request))
    context = {
        "telling": telling,
        "sheet": sheet,
        "page": page,
        "question": words.put(page.question, kind, telling.told),
        "hint": words.put(page.hint, kind, telling.told),
        "section": words.put(page.section, kind, telling.told),
        "before": flows.before(pages, page.name),
        "is_hidden": is_hidden(telling, page),
        "is_own": is_about_teller and not is_for_another,
        "is_for_another": is_about_teller and is_for_another,
        "is_from_sign_in": is_about_teller and _is_from_sign_in(request, sheet),
    }
    return doors.show(request, "journeys/page.html", context, status=status)


def _is_from_sign_in(request: HttpRequest, sheet: Sheet) -> bool:
    """Whether a page shows what was filled in from what was proved of whoever tells."""
    own = proving.own(doors.visitor_of(request), sheet.kind)
    filled = forms.show(sheet.kind, sheet.page, own).form.items()
    return bool(filled) and filled <= sheet.form.items()


@doors.page(rules.ANSWER_REPORT)
def check(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show all answers on one page, and what is still missing."""
    telling = opened(request, report_id)
    kind = events.find(telling.report.kind)
    pages = flows.asked(kind, telling.told, entry=telling.entry)
    context = {
        "telling": telling,
        "subject": words.subject(kind, telling.told),
        "sections": _sections(kind, pages, telling),
        "registered": words.registered(kind, telling.entry),
        "is_proved": kind.teller == "subject" and not telling.report.organisation,
        "missing": [(fault, _page_of(pages, fault)) for fault in telling.missing],
        "first_open": flows.first_open(pages, telling.told),
    }
    return doors.show(request, "journeys/answers.html", context)


def _sections(kind: Kind, pages: list[Page], telling: Telling) -> dict[str, list[dict[str, JSON]]]:
    """Put what was answered on each page under the heading of its section."""
    found: dict[str, list[dict[str, JSON]]] = {}
    for page in pages:
        entry = {
            "page": page,
            "question": words.put(page.question, kind, telling.told),
            "rows": words.sheet_rows(kind, page, telling.told),
            "is_hidden": is_hidden(telling, page),
        }
        found.setdefault(words.put(page.section, kind, telling.told), []).append(entry)
    return found


def _page_of(pages: list[Page], fault: Fault) -> Page | None:
    return next((page for page in pages if is_asked_on(page, fault)), None)


def is_asked_on(page: Page, fault: Fault) -> bool:
    """Whether a page asks for what is at fault, or for something above or below it."""
    path = ".".join(part for part in fault.path.split(".") if not part.isdigit())
    paths = (page.each, *page.fields) if page.each else page.fields
    return any(path == each or path.startswith(f"{each}.") or each.startswith(f"{path}.") for each in paths)


def resume(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Go to the first question that is open, or to all answers."""
    telling = opened(request, report_id)
    kind = events.find(telling.report.kind)
    first = flows.first_open(flows.asked(kind, telling.told, entry=telling.entry), telling.told)
    if first is None:
        return doors.go("answers", report_id=report_id)
    return doors.go("answer", report_id=report_id, name=first.name)
