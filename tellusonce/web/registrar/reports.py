"""One report as staff see it: how far it is, what it rests on, and what each recipient has done."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from identity import vault
from identity.ledger import Actor
from tellusonce import clocks, events, histories, progress, registering, repeats, reports, rules
from tellusonce.events import Faults
from tellusonce.models import Report
from tellusonce.reports import Proof, Telling
from tellusonce.web import doors, parcels, tokens
from tellusonce.web.journeys import words
from tellusonce.web.registrar import desk, wording
from tellusonce.web.registrar import registering as entries
from tellusonce.web.registrar.registering import Entry


@doors.page(rules.SEE_DESK)
def report(request: HttpRequest, report_id: UUID, room: str) -> HttpResponse:
    """Show one report, and what can be done with it."""
    actor = doors.actor(request)
    telling = _telling(actor, report_id)
    found, kind = telling.report, events.find(telling.report.kind)
    line = desk.line(found)
    is_registrar = rules.allows(doors.visitor_of(request), rules.RECORD_EVIDENCE)
    context = {
        "room": room,
        "line": line,
        "report": found,
        "subject": words.subject(kind, telling.told),
        "registered": words.registered(kind, telling.entry),
        "is_evidence_wanted": bool(kind.evidence) and not telling.entry,
        "may_record": is_registrar and any(kind is each for each in registering.kinds()),
        "is_open": line.is_open,
        "parcels": parcels.of(progress.standings_of(found)),
        "history": [(each.at, wording.event(each)) for each in histories.of(found)],
    }
    return doors.show(request, "registrar/report.html", context)


def _telling(actor: Actor, report_id: UUID) -> Telling:
    """Read a report; of one that was erased there is only the skeleton."""
    try:
        return reports.telling(actor, report_id)
    except vault.KeyDestroyed:
        return Telling(reports.find(actor, report_id), {}, {})


@doors.page(rules.RECORD_EVIDENCE)
def evidence(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Record evidence that came after the start: typed from the document, and never filled in beforehand."""
    found = reports.find(doors.actor(request), report_id)
    kind = events.find(found.kind)
    if kind not in registering.kinds() or progress.state_of(found, clocks.now()) == Report.State.EXPIRED:
        raise reports.NotOpen
    if request.method != "POST":
        return _asked(request, found, entries.shown(kind, {}), token=tokens.fresh())
    entry, token = entries.taken(kind, request), tokens.sent(request)
    try:
        registering.record(doors.actor(request), report_id, Proof(entry.proof, entries.said(entry)), key=token)
    except Faults as error:
        return _asked(request, found, entries.with_faults(entry, error), token=token)
    except repeats.KeyReused:
        return _asked(request, found, entry, token=tokens.fresh())
    return doors.go("registrar-report", report_id=report_id)


def _asked(request: HttpRequest, found: Report, entry: Entry, *, token: str) -> HttpResponse:
    context = {
        "entry": entry,
        "report": found,
        "kind_title": wording.title(entry.kind),
        "proofs": [(each, wording.evidence(each)) for each in entry.kind.evidence],
        "once": token,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if entry.faults else HTTPStatus.OK
    return doors.show(request, "registrar/evidence.html", context, status=status)
