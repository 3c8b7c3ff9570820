"""What an informant decides: who may help with their report, for what and until when; and when that ends."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from identity.invitations import MOST_IN_A_DAY, TooManyInvitations
from identity.mandates import UnfitMandate
from identity.models import Invitation, Mandate
from tellusonce import clocks, deadlines, helping, repeats, reports, rules
from tellusonce.events import dates
from tellusonce.helping import Wish
from tellusonce.models import Organisation
from tellusonce.notices import channels, owing
from tellusonce.notices.owing import CannotBeSent
from tellusonce.rules import Purpose
from tellusonce.web import contacts, doors, memories, phrases, tokens
from tellusonce.web.journeys import controls

USUALLY_FOR = dt.timedelta(days=91)
HANDED_OVER, SENT = "show", "invited"
REFUSED: tuple[type[Exception], ...] = (UnfitMandate, TooManyInvitations, CannotBeSent)
CHOSEN = (Purpose.ANSWER, Purpose.CONSENT)  # to follow the report goes with either


@dataclass(frozen=True, slots=True)
class Line:
    """One mandate as its informant sees it; `by` names the organisation, and is empty for a person of their own."""

    mandate: Mandate
    by: str
    purposes: Sequence[str]
    last_at: dt.datetime
    ended_at: dt.datetime | None
    is_over: bool


@doors.page(rules.GIVE_MANDATES)
def given(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show who may help, who has been invited, and a new code this once."""
    visitor = doors.visitor_of(request)
    mandates, invitations = helping.given(visitor, report_id)
    report = reports.find(visitor, report_id)
    context = {
        "report": report,
        "lines": _lines(mandates),
        "invitations": [(each, _purposes(each)) for each in invitations],
        "code": memories.take_code(request, report),
        "is_sent": request.session.pop(SENT, ""),
    }
    return doors.show(request, "citizen/helpers.html", context)


def _lines(mandates: Sequence[Mandate]) -> list[Line]:
    slugs = {each.helper.partition(":")[2] for each in mandates if each.helper.startswith("organisation:")}
    names = dict(Organisation.objects.filter(slug__in=slugs).values_list("slug", "name")) if slugs else {}
    now = clocks.now()
    return [_line(each, names, now) for each in mandates]


def _line(mandate: Mandate, names: Mapping[str, str], at: dt.datetime) -> Line:
    ending = getattr(mandate, "ending", None)
    kind, _colon, helper = mandate.helper.partition(":")
    return Line(
        mandate,
        names.get(helper, helper) if kind == "organisation" else "",
        _purposes(mandate),
        last_at=phrases.last_of(mandate.until),
        ended_at=ending.ended_at if ending else None,
        is_over=ending is not None or mandate.until <= at,
    )


def _purposes(of: Mandate | Invitation) -> list[str]:
    return [str(phrases.PURPOSES[each]) for each in Purpose if each in of.purposes]


@doors.page(rules.GIVE_MANDATES)
def end(request: HttpRequest, report_id: UUID, mandate_id: UUID) -> HttpResponse:
    """End a mandate at once."""
    if request.method == "POST":
        helping.end(doors.visitor_of(request), report_id, mandate_id)
    return doors.go("helpers", report_id=report_id)


@doors.page(rules.GIVE_MANDATES)
def take_back(request: HttpRequest, report_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back that nobody has accepted."""
    if request.method == "POST":
        helping.take_back(doors.visitor_of(request), report_id, invitation_id)
    return doors.go("helpers", report_id=report_id)


@doors.page(rules.GIVE_MANDATES)
def invite(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Ask what a helper is to do, until when, and how the code reaches them; then invite, once."""
    visitor, form = doors.visitor_of(request), request.POST.dict()
    helping.given(visitor, report_id)  # what is not theirs to give is not there
    if request.method != "POST":
        return _asked(request, report_id, _usual())
    if faults := _faults(form):
        return _asked(request, report_id, form, faults)
    try:
        code = helping.invite_once(visitor, report_id, _wish(form), key=tokens.sent(request))
    except repeats.KeyReused:
        return _asked(request, report_id, form)
    except REFUSED as error:
        return _asked(request, report_id, form, _refused(error))
    return _invited(request, report_id, code, form["how"])


def _invited(request: HttpRequest, report_id: UUID, code: str, how: str) -> HttpResponse:
    if code:
        memories.keep_code(request, reports.find(doors.visitor_of(request), report_id), code)
    elif how != HANDED_OVER:
        request.session[SENT] = how
    return doors.go("helpers", report_id=report_id)


def _usual() -> dict[str, str]:
    until = deadlines.today(clocks.now()) + USUALLY_FOR
    parts = {"until.day": until.day, "until.month": until.month, "until.year": until.year}
    return {"how": HANDED_OVER, **{name: str(number) for name, number in parts.items()}}


def _faults(form: Mapping[str, str]) -> dict[str, str]:
    how = form.get("how", "")
    found = {
        Purpose.CONSENT: _("To let them agree for you, let them answer the questions too")
        if Purpose.CONSENT in form and Purpose.ANSWER not in form
        else "",
        "until": "" if dates.is_day(controls.date(form, "until") or "") else _("Enter the whole date, like 27 3 2027"),
        "how": "" if how == HANDED_OVER or how in _ways() else _("Say how the code reaches them"),
    }
    if how in _ways():
        found[how] = contacts.fault(how, form.get(how, "").strip())
    return {str(name): message for name, message in found.items() if message}


def _ways() -> list[str]:
    return [each for each in (owing.EMAIL, owing.TEXT) if each in channels.ways()]


def _wish(form: Mapping[str, str]) -> Wish:
    purposes = frozenset({Purpose.FOLLOW, *(each for each in CHOSEN if each in form)})
    until = deadlines.end_of(dt.date.fromisoformat(controls.date(form, "until") or ""))
    how = form["how"]
    contact = contacts.contact(how, form[how].strip(), language=doors.language()) if how != HANDED_OVER else None
    return Wish(purposes, until, contact)


def _refused(error: Exception) -> dict[str, str]:
    if isinstance(error, UnfitMandate):
        return {"until": _("Choose a day from today on, within a year")}
    if isinstance(error, CannotBeSent):
        return {"how": _("This cannot be sent from here. Have the code shown instead")}
    many = _("You have invited %(number)s times within a day. Try again tomorrow") % {"number": MOST_IN_A_DAY}
    return {"how": many}


def _asked(
    request: HttpRequest, report_id: UUID, form: Mapping[str, str], faults: Mapping[str, str] | None = None
) -> HttpResponse:
    context = {
        "report": reports.find(doors.visitor_of(request), report_id),
        "form": form,
        "faults": faults or {},
        "purposes": [(str(each), phrases.PURPOSES[each]) for each in CHOSEN],
        "ways": _ways(),
        "by_email": owing.EMAIL,
        "once": tokens.fresh(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "citizen/invite.html", context, status=status)
