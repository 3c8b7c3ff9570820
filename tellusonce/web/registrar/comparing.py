"""Comparing what a citizen told with the register: found by its reference, with a reason; then recorded or missed."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import references, repeats, reports, rules, unproven
from tellusonce.events import Faults
from tellusonce.reports import Proof
from tellusonce.searches import Reason
from tellusonce.unproven import Unproven
from tellusonce.web import doors, tokens
from tellusonce.web.journeys import words
from tellusonce.web.registrar import registering as entries
from tellusonce.web.registrar import wording
from tellusonce.web.registrar.registering import Entry

FOUND, DONE = "unproven", "unproven-done"
RECORDED, MISSED = "recorded", "missed"


@doors.page(rules.RECORD_FOR_CITIZENS)
def find(request: HttpRequest) -> HttpResponse:
    """Ask for a reference and a reason, and lead to the report that waits under it."""
    if request.method != "POST":
        return _sought(request, {}, done=request.session.pop(DONE, ""))
    form = {name: request.POST.get(name, "").strip()[:200] for name in ("reference", "reason")}
    faults = {} if form["reason"] in unproven.REASONS else {"reason": _("Say why you search")}
    if not form["reference"]:
        faults["reference"] = _("Enter the reference number")
    if faults:
        return _sought(request, form, faults)
    try:
        found = unproven.find(doors.actor(request), form["reference"], Reason(form["reason"]))
    except references.BadReference:
        return _sought(request, form, {"reference": wording.bad_reference()})
    if found is None:
        return _sought(request, form, is_in_vain=True)
    # Whoever knows no more than the address of the page has neither the reference nor given a reason.
    request.session[FOUND] = {**request.session.get(FOUND, {}), str(found): form["reason"]}
    return doors.go("registrar-compare", report_id=found)


def _sought(
    request: HttpRequest,
    form: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    *,
    is_in_vain: bool = False,
    done: str = "",
) -> HttpResponse:
    context = {
        "form": form,
        "faults": faults or {},
        "is_in_vain": is_in_vain,
        "done": done,
        "reasons": [(each, wording.REASONS[each]) for each in unproven.REASONS],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "registrar/unproven.html", context, status=status)


@doors.page(rules.RECORD_FOR_CITIZENS)
def compare(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show what was told of that which an entry says, and take the entry: typed from it, never filled in."""
    reason, actor = _reason(request, report_id), doors.actor(request)
    if request.method != "POST":
        found = unproven.look(actor, report_id, reason)
        return _compared(request, found, entries.shown(found.kind, {}), token=tokens.fresh())
    entry, token = entries.taken(unproven.kind_of(actor, report_id), request), tokens.sent(request)
    try:
        unproven.record(actor, report_id, Proof(entry.proof, entries.said(entry)), key=token)
    except Faults as error:
        found, entry = unproven.look(actor, report_id, reason), entries.with_faults(entry, error)
        return _compared(request, found, entry, token=token)
    except repeats.KeyReused:
        return _compared(request, unproven.look(actor, report_id, reason), entry, token=tokens.fresh())
    return _done(request, RECORDED)


@doors.page(rules.RECORD_FOR_CITIZENS)
def miss(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Take it down that the register has no entry that fits."""
    reason = _reason(request, report_id)
    if request.method != "POST":
        return doors.go("registrar-compare", report_id=report_id)
    unproven.miss(doors.actor(request), report_id, reason)
    return _done(request, MISSED)


def _reason(request: HttpRequest, report_id: UUID) -> Reason:
    reason = request.session.get(FOUND, {}).get(str(report_id))
    if reason is None:
        raise reports.UnknownReport
    return Reason(reason)


def _done(request: HttpRequest, what: str) -> HttpResponse:
    request.session[DONE] = what
    return doors.go("registrar-unproven")


def _compared(request: HttpRequest, found: Unproven, entry: Entry, *, token: str) -> HttpResponse:
    context = {
        "entry": entry,
        "report": found.report,
        "kind_title": wording.title(found.kind),
        "told": words.registered(found.kind, found.told),
        "proofs": [(each, wording.evidence(each)) for each in found.kind.evidence],
        "once": token,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if entry.faults else HTTPStatus.OK
    return doors.show(request, "registrar/compare.html", context, status=status)
