"""All questions of a kind on one long page, for the telephone: in any order, saved at any time.

Each section is a page of the journey. What fits is saved, and what does not stays as it was typed, with its fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from tellusonce import events, reports, rules
from tellusonce.events import Fault, Faults, Kind
from tellusonce.events.pages import Page
from tellusonce.reports import Telling
from tellusonce.web import doors, memories
from tellusonce.web.citizen import telling as citizens
from tellusonce.web.journeys import flows, forms, words
from tellusonce.web.journeys.forms import Sheet

JSON = Any
ADD, REMOVE, GO_ON = "add", "remove", "go-on"


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the long page, filled in."""

    sheet: Sheet
    heading: str
    question: str
    hint: str
    is_hidden: bool

    @property
    def page(self) -> Page:
        """The page of the journey that it is."""
        return self.sheet.page


@doors.page(rules.ANSWER_REPORT)
def tell(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show all questions, or save what was answered and show what has changed by it."""
    telling = citizens.opened(request, report_id)
    if request.method != "POST":
        more = request.GET.get("more", "")
        return _shown(request, telling, {page.name: _show(telling, page, more) for page in _pages(telling)})
    sheets = [_take(telling, page, request) for page in _pages(telling) if page.name in request.POST.getlist("page")]
    faulty = _save(request, telling, sheets)
    if faulty:
        return _shown(request, citizens.opened(request, report_id), {each.page.name: each for each in faulty})
    return _onward(request, report_id)


def _pages(telling: Telling) -> list[Page]:
    return flows.asked(events.find(telling.report.kind), telling.told, entry=telling.entry)


def _show(telling: Telling, page: Page, more: str = "") -> Sheet:
    answers = {} if page.each and citizens.is_hidden(telling, page) else telling.told
    is_longer = page.name == more
    return forms.show(events.find(telling.report.kind), page, answers, more=int(is_longer))


def _take(telling: Telling, page: Page, request: HttpRequest) -> Sheet:
    name, _, place = request.POST.get(REMOVE, "").partition(".")
    without = int(place) if name == page.name and place.isdigit() else None
    return forms.take(events.find(telling.report.kind), page, request.POST.dict(), without=without)


def _save(request: HttpRequest, telling: Telling, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Save all that fits together, and give the sheets that do not, each with its faults."""
    left, faulty = list(sheets), []
    while left:
        found = _try(request, telling, left)
        if not found:
            break
        wrong = [sheet for sheet in left if _of(sheet, found)] or left
        faulty += [sheet.with_faults(_of(sheet, found) or found) for sheet in wrong]
        left = [sheet for sheet in left if sheet not in wrong]
    for sheet in left:
        memories.note_typed(request, telling.report, sheet.page)
    return faulty


def _try(request: HttpRequest, telling: Telling, sheets: Sequence[Sheet]) -> list[Fault]:
    kept = [sheet for sheet in sheets if not forms.keeps(sheet, hidden=telling.hidden)]
    patch: dict[str, JSON] = {}
    for sheet in kept:
        patch = _joined(patch, forms.patch(sheet, telling.told, hidden=telling.hidden))
    try:
        reports.save(doors.actor(request), telling.report.pk, patch=patch)
    except Faults as error:
        return list(error.faults)
    return []


def _joined(one: Mapping[str, JSON], other: Mapping[str, JSON]) -> dict[str, JSON]:
    """Put two merge patches into one; unlike applying the second, that keeps what either takes away."""
    made = dict(one)
    for name, value in other.items():
        below = made.get(name)
        is_group = isinstance(below, Mapping) and isinstance(value, Mapping)
        made[name] = _joined(below, value) if is_group and below is not None else value
    return made


def _of(sheet: Sheet, found: Sequence[Fault]) -> list[Fault]:
    return [fault for fault in found if citizens.is_asked_on(sheet.page, fault)]


def _onward(request: HttpRequest, report_id: UUID) -> HttpResponse:
    if GO_ON in request.POST:
        return doors.go("answers", report_id=report_id)
    response = doors.go("adviser-answers", report_id=report_id)
    place = request.POST.get(ADD, "") or request.POST.get(REMOVE, "").partition(".")[0]
    known = {page.name for kind in events.kinds().values() for page in kind.pages}
    if place in known:
        response["Location"] += f"{f'?more={place}' if ADD in request.POST else ''}#{place}"
    else:
        response["Location"] += "?saved"
    return response


def _shown(request: HttpRequest, telling: Telling, sheets: Mapping[str, Sheet]) -> HttpResponse:
    kind = events.find(telling.report.kind)
    asked = [_section(telling, kind, sheets.get(page.name) or _show(telling, page)) for page in _pages(telling)]
    headings = list(dict.fromkeys(each.heading for each in asked))
    sections = sorted(asked, key=lambda each: headings.index(each.heading))  # what belongs together stands together
    context = {
        "telling": telling,
        "report": telling.report,
        "subject": words.subject(kind, telling.told),
        "sections": sections,
        "registered": words.registered(kind, telling.entry),
        "faults": {name: text for section in sections for name, text in section.sheet.faults.items()},
        "is_saved": "saved" in request.GET and request.method != "POST",
        "count": sum(flows.is_answered(section.page, telling.told) for section in sections),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if context["faults"] else HTTPStatus.OK
    return doors.show(request, "adviser/questions.html", context, status=status)


def _section(telling: Telling, kind: Kind, sheet: Sheet) -> Section:
    return Section(
        sheet,
        words.put(sheet.page.section, kind, telling.told),
        words.put(sheet.page.question, kind, telling.told),
        words.put(sheet.page.hint, kind, telling.told),
        citizens.is_hidden(telling, sheet.page),
    )
