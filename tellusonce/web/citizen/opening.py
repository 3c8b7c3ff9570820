"""Coming in as a citizen: with the reference of a letter, or to a report that one has opened already."""

import datetime as dt
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from identity import sessions
from tellusonce import citizens, clocks, events, helping, keeping, progress, reports, rules
from tellusonce.events import dates
from tellusonce.models import Report
from tellusonce.visits.doors import address_of
from tellusonce.web import doors
from tellusonce.web.citizen import telling
from tellusonce.web.journeys import controls


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody typed of their letter, kept for another try."""

    reference: str
    surname: str
    on: str | None
    form: dict[str, str]


@doors.page(rules.SIGN_IN)
def by_reference(request: HttpRequest) -> HttpResponse:
    """Open a report by reference number, surname and date; asked in the words of a kind that is named."""
    if request.method != "POST":
        return doors.show(request, "citizen/reference.html", {"form": {}, "faults": {}, **_wording(request)})
    letter = _read(request)
    if faults := _faults(letter):
        return _again(request, letter, faults)
    claim = citizens.Claim(letter.reference, letter.surname, dt.date.fromisoformat(letter.on or ""))
    try:
        report = citizens.open_report(claim, address=address_of(request), at=clocks.now())
    except citizens.NotOpened:
        return _again(request, letter, {"reference": _not_opened()})
    sessions.open_report(request, report.pk)
    keeping.keep_opened(sessions.visitor(request))
    return doors.go("report", report_id=report.pk)


def _wording(request: HttpRequest) -> dict[str, str]:
    """Say what surname and date are asked for: those of the kind that the address names, or of any."""
    kind = events.kinds().get(request.GET.get("kind", ""))
    if kind is None or not kind.letter:
        whom, date = _("the person whom it is about"), _("Date of the death, the birth or the ceremony")
    else:
        whom, date = _(kind.called), _(events.vocabulary(kind)[kind.letter].words)
    return {"surname": _("Surname of %(whom)s") % {"whom": whom}, "date": date}


def _read(request: HttpRequest) -> Letter:
    form = request.POST.dict()
    return Letter(form.get("reference", "").strip(), form.get("surname", "").strip(), controls.date(form, "on"), form)


def _faults(letter: Letter) -> dict[str, str]:
    found = {
        "reference": "" if letter.reference else _("Enter the reference number of your letter"),
        "surname": "" if letter.surname else _("Enter the surname"),
        "on": "" if dates.is_day(letter.on or "") else _("Enter the whole date, like 27 3 2026"),
    }
    return {name: message for name, message in found.items() if message}


def _not_opened() -> str:
    return _(
        "This opens no report. Check the reference number, the surname and the date against the letter. "
        "After three tries nothing opens it for 20 minutes"
    )


def _again(request: HttpRequest, letter: Letter, faults: dict[str, str]) -> HttpResponse:
    context = {"form": letter.form, "faults": faults, **_wording(request)}
    return doors.show(request, "citizen/reference.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@doors.page(rules.FOLLOW_REPORT)
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Go to where a report is: on with telling it, or to what became of it."""
    found = reports.find(doors.actor(request), report_id)
    if progress.state_of(found, clocks.now()) == Report.State.STARTED:
        return telling.resume(request, report_id)
    return doors.go("follow", report_id=report_id)


@doors.page(rules.FOLLOW_REPORT)
def later(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Say how to come back to a report that is not finished."""
    found = reports.find(doors.actor(request), report_id)
    visitor = doors.visitor_of(request)
    context = {
        "report": found,
        "is_by_reference": rules.knows_by_reference_alone(visitor),
        "may_invite": helping.is_informant(visitor),
    }
    return doors.show(request, "citizen/later.html", context)
