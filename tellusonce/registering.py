"""Registering: a report with its register entry at once, made once however often it is sent."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import Q

from identity.ledger import Actor
from identity.sessions import Visitor
from tellusonce import clocks, deadlines, duplicates, events, proving, repeats, reports, rules
from tellusonce.events import Fault, Faults, Kind, entries
from tellusonce.models import Report
from tellusonce.repeats import Done
from tellusonce.reports import Proof

JSON = Any
MOST = 50
ENTRY = "register-entry"
NUMBER = "registration.number"


@dataclass(frozen=True, slots=True)
class Earlier:
    """Who reported the same before, and when: the organisation's slug, and the time."""

    organisation: str
    submitted_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of registering: the report, and the one that it will join, if there is one."""

    report: UUID
    earlier: Earlier | None


def kinds() -> list[Kind]:
    """List the kinds that are registered: those that rest on an entry, of which somebody knows the fields."""
    return [kind for kind in events.kinds().values() if kind.evidence and kind.registered]


def register(actor: Actor, kind: Kind, proof: Proof, *, key: str) -> Registered:
    """Start a report with its evidence. Raises Faults, WrongEvidence and KeyReused, and then nothing is written."""
    _check(kind, proof)
    said = f"register {kind.name} {proof.type}\n{json.dumps(proof.entry, sort_keys=True)}".encode()
    done = repeats.once(actor, key, said=said, write=lambda: _registered(actor, kind, proof))
    earlier = done.answer["earlier"]
    return Registered(
        UUID(done.answer["report"]),
        Earlier(earlier["organisation"], dt.datetime.fromisoformat(earlier["submitted_at"])) if earlier else None,
    )


def _registered(actor: Actor, kind: Kind, proof: Proof) -> Done:
    report = reports.start(actor, kind, told={}, proof=proof)
    earlier = reported_before(actor, report)
    before = {"organisation": earlier.organisation, "submitted_at": earlier.submitted_at.isoformat()} if earlier else {}
    return Done(HTTPStatus.CREATED, {"report": str(report.pk), "earlier": before})


def record(actor: Actor, report_id: UUID, proof: Proof, *, key: str) -> None:
    """Keep evidence that came after the start; once for each key. Raises as `register` does, and UnknownReport."""
    kind = events.find(reports.find(actor, report_id).kind)
    once(actor, report_id, kind, proof, key=key, among=None)


def once(actor: Actor, report_id: UUID, kind: Kind, proof: Proof, *, key: str, among: Q | None) -> None:
    """Do the same for a report `among` others than the actor's own."""
    _check(kind, proof)
    said = f"evidence {report_id} {proof.type}\n{json.dumps(proof.entry, sort_keys=True)}".encode()

    def write() -> Done:
        try:
            reports.record_evidence(actor, report_id, proof, among=among)
        except Faults as error:
            raise Faults(map(_as_seen_from_the_register, error.faults)) from error
        return Done(HTTPStatus.CREATED, {})

    repeats.once(actor, key, said=said, write=write)


def _as_seen_from_the_register(fault: Fault) -> Fault:
    """Whoever has the entry in their hands cannot ask the registrar: they are the one."""
    if fault.template != entries.FIXED:
        return fault
    return Fault.of(
        fault.path,
        "{Field} is not what was told: check it against the entry once more; this may not be the right one",
        **fault.values,
    )


def begin(actor: Actor, kind: Kind, *, key: str) -> UUID:
    """Start a report with no evidence yet, and with nothing told but what is known of a citizen; once for each key.

    Raises NotPermitted.
    """

    def write() -> Done:
        report = reports.start(actor, kind, told=_known(actor, kind))
        return Done(HTTPStatus.CREATED, {"report": str(report.pk)})

    done = repeats.once(actor, key, said=f"begin {kind.name}".encode(), write=write)
    return UUID(done.answer["report"])


def _known(actor: Actor, kind: Kind) -> dict[str, JSON]:
    """Give what a citizen who tells of somebody else need not type: their own name and birth date."""
    is_of_another = kind.teller != "subject"  # what is told of oneself rests on what was proved, and needs no draft
    return proving.own(actor, kind) if isinstance(actor, Visitor) and is_of_another else {}


def reported_before(actor: Actor, report: Report) -> Earlier | None:
    """Say who has reported this already; those who record no evidence learn nothing from a start."""
    if rules.RECORD_EVIDENCE.scope not in actor.scopes:
        return None
    earlier = duplicates.reported_before(actor, report, reports.answers(actor, report.pk))
    if earlier is None or earlier.submitted_at is None:
        return None
    return Earlier(earlier.organisation, earlier.submitted_at)


def started_today(actor: Actor) -> Sequence[Report]:
    """List what the actor's organisation started today, the newest first."""
    since = deadlines.midnight(clocks.now())
    return list(Report.objects.filter(rules.reports_of(actor), started_at__gte=since).order_by("-started_at", "-pk"))


def open_reports(actor: Actor) -> Sequence[Report]:
    """List what the actor's organisation has started and nobody has sent yet, the newest first."""
    started = Report.objects.filter(rules.reports_of(actor), state=Report.State.STARTED, expires_at__gt=clocks.now())
    return list(started.order_by("-started_at", "-pk")[:MOST])


def needed(kind: Kind) -> tuple[str, ...]:
    """Name the fields without which there is no entry of this kind."""
    return tuple(fault.path for fault in _faults(kind, Proof(ENTRY, {})))


def _check(kind: Kind, proof: Proof) -> None:
    """Want of an entry all that the kind wants of what is registered. Raises Faults."""
    if found := _faults(kind, proof):
        raise Faults(found)


def _faults(kind: Kind, proof: Proof) -> list[Fault]:
    found: list[Fault] = []
    try:
        events.validate(kind, proof.entry)
    except Faults as error:
        found = [each for each in error.faults if _is_registered(kind, each.path)]
    if proof.type == ENTRY and NUMBER in events.vocabulary(kind) and not _number(proof.entry):
        found.append(Fault(NUMBER, "Enter the registration number"))
    return found


def _number(entry: Mapping[str, JSON]) -> str:
    return str((entry.get("registration") or {}).get("number") or "").strip()


def _is_registered(kind: Kind, path: str) -> bool:
    return any(path == each or path.startswith(f"{each}.") for each in kind.registered)
