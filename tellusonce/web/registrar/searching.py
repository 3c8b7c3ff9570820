"""Searching for a report, with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import references, rules, searches
from tellusonce.events import dates
from tellusonce.models import Report
from tellusonce.searches import Reason, Sought
from tellusonce.web import doors
from tellusonce.web.journeys import controls
from tellusonce.web.registrar import desk, wording

Faults = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed."""

    reference: str
    surname: str
    given: str
    day: str | None
    reason: str
    form: Mapping[str, str]


@doors.page(rules.SEARCH_REPORTS)
def search(request: HttpRequest, room: str) -> HttpResponse:
    """Ask what is looked for and why, and show what there is of their organisation."""
    if request.method != "POST":
        return _shown(request, room, form={})
    wanted = _read(request)
    faults = _faults(wanted)
    found = [] if faults else _found(request, wanted, faults)
    return _shown(request, room, form=wanted.form, faults=faults, found=None if faults else found)


def _read(request: HttpRequest) -> Wanted:
    form = request.POST.dict()
    texts = {name: form.get(name, "").strip()[:200] for name in ("reference", "surname", "given", "reason")}
    return Wanted(**texts, day=controls.date(form, "day"), form=form)


def _faults(wanted: Wanted) -> Faults:
    found: Faults = {}
    if not wanted.reference and not wanted.surname and not wanted.day:
        found["reference"] = _("Enter a reference number, or a surname and a date")
    elif not wanted.reference and not wanted.surname:
        found["surname"] = _("Enter the surname, too")
    elif not wanted.reference and not dates.is_day(wanted.day or ""):
        found["day"] = _("Enter the whole date, like 27 3 1954")
    if wanted.reason not in set(Reason):
        found["reason"] = _("Say why you search")
    return found


def _found(request: HttpRequest, wanted: Wanted, faults: Faults) -> Sequence[Report]:
    actor, reason = doors.actor(request), Reason(wanted.reason)
    if not wanted.reference:
        sought = Sought(wanted.surname, wanted.given.split(), wanted.day or "")
        return searches.by_person(actor, sought, reason)
    try:
        return searches.by_reference(actor, wanted.reference, reason)
    except references.BadReference:
        faults["reference"] = wording.bad_reference()
        return []


def _shown(
    request: HttpRequest,
    room: str,
    *,
    form: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    found: Sequence[Report] | None = None,
) -> HttpResponse:
    context = {
        "room": room,
        "form": form,
        "faults": faults or {},
        "lines": None if found is None else desk.lines(found),
        "most": searches.MOST,
        "reasons": list(wording.REASONS.items()),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "registrar/search.html", context, status=status)
