"""Reports that may be of somebody reported before: side by side, for a person to decide.

Who compares them sees two people's data, so that it takes the registrar whose report it is, or an operator of the whole
service where neither of two offices can decide over the other; each look is written down for both reports.
"""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity import doubts
from tellusonce import events, likenesses, rules
from tellusonce.likenesses import Row
from tellusonce.models import Report
from tellusonce.web import doors
from tellusonce.web.journeys import words

ANSWERS: Mapping[str, doubts.Verdict] = {"same": "same", "different": "different"}
FIELDS: Mapping[str, Promise] = {
    "given": gettext_lazy("Given names"),
    "family": gettext_lazy("Family name"),
    "born_on": gettext_lazy("Date of birth"),
    "sex": gettext_lazy("Sex"),
    "street": gettext_lazy("Address"),
    "house": gettext_lazy("House number"),
    "town": gettext_lazy("Town"),
    "postcode": gettext_lazy("Postcode"),
    "identifier": gettext_lazy("Numbers known"),
}
LEVELS: Mapping[str, Promise] = {
    "exact": gettext_lazy("The same"),
    "part": gettext_lazy("The same as far as it goes"),
    "close": gettext_lazy("One slip apart"),
    "like": gettext_lazy("Alike"),
    "swapped": gettext_lazy("Given and family name changed about"),
    "initial": gettext_lazy("The same initial"),
    "turned": gettext_lazy("Day and month changed about"),
    "near": gettext_lazy("Close to each other"),
    "different": gettext_lazy("Different"),
    "elsewhere": gettext_lazy("Another address"),
}
# What the weights are told to be careful about, by its name there.
CAUTIONS: Mapping[str, Promise] = {
    "one household: another given name": gettext_lazy("They may be two of one household: the given names differ."),
    "one household: neither given name nor birth date agree": gettext_lazy(
        "They may be two of one household: neither given name nor date of birth agree."
    ),
    "parent and child of one name: another birth date": gettext_lazy(
        "They may be parent and child of one name: the dates of birth differ."
    ),
}
SPEAKS_FROM = 0.5  # bits, below which a field speaks neither way


@doors.page(rules.SEE_DUPLICATES)
def listed(request: HttpRequest) -> HttpResponse:
    """List what waits, with nothing about the people."""
    visitor = doors.visitor_of(request)
    context = {
        "rows": [(each, _happened(each.report)) for each in likenesses.waiting(visitor)],
        "most": likenesses.A_PAGE,
        "may_decide": rules.allows(visitor, rules.DECIDE_DUPLICATES),
        "done": "done" in request.GET,
    }
    return doors.show(request, "operations/duplicates.html", context)


@doors.page(rules.DECIDE_DUPLICATES)
def duplicate(request: HttpRequest, doubt_id: UUID) -> HttpResponse:
    """Show both sides, and take an opinion."""
    if request.method != "POST":
        return _show(request, doubt_id)
    answer = ANSWERS.get(request.POST.get("answer", ""))
    if answer is None:
        return _show(request, doubt_id, has_fault=True)
    likenesses.decide(doors.visitor_of(request), doubt_id, answer)
    response = doors.go("duplicates")
    response["Location"] += "?done=yes"
    return response


def _show(request: HttpRequest, doubt_id: UUID, *, has_fault: bool = False) -> HttpResponse:
    likeness = likenesses.look(doors.visitor_of(request), doubt_id)
    context = {
        "likeness": likeness,
        "happened": _happened(likeness.report),
        "rows": [(str(FIELDS[each.field]), *_sides(each), *_meaning(each)) for each in likeness.rows],
        "cautions": [str(CAUTIONS.get(each, each)) for each in likeness.doubt.cautions],
        "has_fault": has_fault,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if has_fault else HTTPStatus.OK
    return doors.show(request, "operations/duplicate.html", context, status=status)


def _happened(report: Report) -> str:
    return _(events.find(report.kind).title)


def _sides(row: Row) -> tuple[str, str]:
    if row.field == "born_on":
        return words.day(row.new), words.day(row.known)
    if row.field == "sex":
        return _(row.new.capitalize()), _(row.known.capitalize())
    return row.new, row.known


def _meaning(row: Row) -> tuple[str, str]:
    """Say how alike two values are, and for what that speaks."""
    if row.level not in LEVELS:
        return _("Not compared"), ""
    level = str(LEVELS[row.level])
    if abs(row.bits) < SPEAKS_FROM:
        return level, ""
    return level, _("Speaks for one person") if row.bits > 0 else _("Speaks for two people")
