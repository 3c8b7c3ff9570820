"""Reports that wait for a register: a citizen began them without a letter, so that they are no organisation's.

A registrar finds one by the reference number that the citizen tells them, and with a reason. They see what is told of
that which an entry says, and nothing else; then they record the entry, or that there is none.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from identity import ledger, lockouts
from identity.ledger import Action, Actor, Entry
from identity.lockouts import Door
from identity.models import Access
from tellusonce import clocks, disclosure, events, references, registering, reports
from tellusonce.events import Kind
from tellusonce.models import Evidence, Report
from tellusonce.reports import Proof
from tellusonce.searches import Reason

JSON = Any
DOOR = Door("unproven", tries=10)
REASONS = (Reason.EVIDENCE_CAME, Reason.ASKED_FOR_PROGRESS, Reason.COMPLAINT)


@dataclass(frozen=True, slots=True)
class Unproven:
    """A report that waits, and what is told of that which an entry of its kind says."""

    report: Report
    kind: Kind
    told: Mapping[str, JSON] = field(repr=False)


def find(actor: Actor, typed: str, reason: Reason) -> UUID | None:
    """Give the report that waits under a reference; nothing where none does, whatever else there is under it.

    A search in vain is written down too, and after ten of them nothing is found for twenty minutes. Raises
    BadReference. Never in a transaction.
    """
    reference = references.parse(typed)
    is_open = lockouts.spend(DOOR, actor.name, at=clocks.now())
    report = Report.objects.filter(waiting(), reference=reference).first() if is_open else None
    entries = [Entry(Action.REPORTS_SEARCHED, f"organisation:{actor.organisation}", reason, "reference")]
    if report:
        lockouts.refund(DOOR, actor.name)
        entries.append(Entry(Action.REPORT_FOUND, f"report:{report.pk}", reason, "reference"))
    ledger.record_many(actor, entries)
    return report.pk if report else None


def look(actor: Actor, report_id: UUID, reason: Reason) -> Unproven:
    """Give what is to be compared with the register. Raises UnknownReport, also where it waits no longer."""
    with transaction.atomic():
        report = reports.find(actor, report_id, among=waiting())
        ledger.record(actor, action=Action.REPORT_COMPARED, about=f"report:{report.pk}", purpose=reason)
        told = reports.told_of(report)
    kind = events.find(report.kind)
    shown = [leaf for path in kind.registered for leaf in events.expand(kind, path)]
    return Unproven(report, kind, disclosure.project(told, shown))


def record(actor: Actor, report_id: UUID, proof: Proof, *, key: str) -> None:
    """Record the entry, and free what waits for it; once for each key. Raises as `registering.record` does."""
    registering.once(actor, report_id, kind_of(actor, report_id), proof, key=key, among=waiting())


def kind_of(actor: Actor, report_id: UUID) -> Kind:
    """Give the kind of a citizen's report, whether it waits or not. Raises UnknownReport."""
    return events.find(reports.find(actor, report_id, among=_theirs()).kind)


def miss(actor: Actor, report_id: UUID, reason: Reason) -> None:
    """Say that the register has no entry that fits; the report goes on waiting. Raises UnknownReport."""
    report = reports.find(actor, report_id, among=waiting())
    ledger.record(actor, action=Action.ENTRY_MISSED, about=f"report:{report.pk}", purpose=reason)


def missed_at(report: Report) -> dt.datetime | None:
    """Say when a registrar last looked for its entry in vain."""
    looked = Access.objects.filter(about=f"report:{report.pk}", action=Action.ENTRY_MISSED)
    return looked.order_by("-pk").values_list("at", flat=True).first()


def waits(report: Report) -> bool:
    """Say whether a report waits for a register."""
    return Report.objects.filter(waiting(), pk=report.pk).exists()


def waiting() -> Q:
    """Select the reports of no organisation that are open or sent, and for which there is no evidence yet."""
    is_open = Q(state=Report.State.STARTED, expires_at__gt=clocks.Now()) | Q(state=Report.State.SUBMITTED)
    return _theirs() & is_open & Q(joins=None, key__destroyed_at=None) & ~_has_evidence()


def _theirs() -> Q:
    return Q(organisation="", kind__in=[kind.name for kind in registering.kinds()])


def _has_evidence() -> Q:
    found = Q()
    for kind in registering.kinds():
        proofs = Evidence.objects.filter(report=OuterRef("pk"), type__in=kind.evidence)
        found |= Q(kind=kind.name) & Q(Exists(proofs))
    return found
