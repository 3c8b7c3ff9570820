"""Registers' extracts as started reports with their evidence: a file wholly or not at all, and never twice.

Updates are kept beside, whether they come before or after their registration.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import BinaryIO

from django.db import connection, transaction

from adapters.registers import gro
from identity import ledger, vault
from identity.ledger import Action, Actor
from tellusonce import clocks, events, reports
from tellusonce.models import Batch, Registration, Report

EVIDENCE = "register-entry"
KIND = "death"
NUMBER = "register-number"
BLOCK = 1024 * 1024
LOCK = 7_245_012  # of our own choosing, for imports alone


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing in the file that cannot be taken: its line, the register's number where there is one, and why."""

    line: int
    number: str
    why: str


class Refused(Exception):
    """The file was not taken, for these reasons; nothing of it was written."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__(f"{len(refusals)} records were refused; nothing of the file was taken.")
        self.refusals = refusals


@dataclass(slots=True)
class Taken:
    """What a file brought: reports started, updates kept, and records that were known already."""

    started: int = 0
    kept: int = 0
    known: int = 0
    is_known_file: bool = False
    refusals: list[Refusal] = field(default_factory=list)


def take(actor: Actor, stream: BinaryIO) -> Taken:
    """Read a General Register Office extract for the actor's organisation, in one transaction. Raises Refused.

    `stream` is read twice and has to be seekable: once for its digest, once record by record.
    """
    digest = _digest(stream)
    taken = Taken()
    batch = Batch(digest=digest, read_at=clocks.now(), read_by=actor.name)
    with transaction.atomic():
        _one_at_a_time()
        if Batch.objects.filter(digest=digest).exists():
            return Taken(is_known_file=True)
        for record in gro.read(stream):
            _take_one(actor, batch, record, taken)
        if taken.refusals:
            raise Refused(taken.refusals)
        # Its records point at it already; the constraint looks when the transaction ends.
        batch.registrations, batch.updates = taken.started, taken.kept
        batch.save(force_insert=True)
        ledger.record(actor, action=Action.REGISTRATIONS_IMPORTED, about=f"batch:{batch.pk}", purpose=KIND)
    return taken


def _one_at_a_time() -> None:
    """Wait for any other import to end: two of the same file would each take half of it for known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _digest(stream: BinaryIO) -> bytes:
    running = hashlib.sha256()
    while block := stream.read(BLOCK):
        running.update(block)
    stream.seek(0)
    return vault.digest("batch", running.digest())


def _take_one(actor: Actor, batch: Batch, record: gro.Record | gro.Fault, taken: Taken) -> None:
    if isinstance(record, gro.Fault):
        taken.refusals.append(Refusal(record.line, record.number, record.why))
        return
    mark = vault.digest("registration", _dumped(record))
    if Registration.objects.filter(mark=mark).exists():
        taken.known += 1
        return
    try:
        _keep(actor, batch, record, mark, taken)
    except events.Faults as faults:
        why = "; ".join(f"{fault.path}: {fault.message}" for fault in faults.faults)
        taken.refusals.append(Refusal(record.line, record.number, why))


def _keep(actor: Actor, batch: Batch, record: gro.Record, mark: bytes, taken: Taken) -> None:
    index, *_ = known_as = vault.blind_indexes(NUMBER, record.number)
    if record.kind == "update":
        _save(batch, record, mark, index, report=None)
        taken.kept += 1
    elif Registration.objects.filter(number_index__in=known_as, is_update=False).exists():
        why = "This number was registered before with other particulars; a change has to come as an update."
        taken.refusals.append(Refusal(record.line, record.number, why))
    else:
        proof = reports.Proof(EVIDENCE, record.entry)
        _save(batch, record, mark, index, report=reports.start(actor, events.find(KIND), told={}, proof=proof))
        taken.started += 1


def _save(batch: Batch, record: gro.Record, mark: bytes, index: bytes, *, report: Report | None) -> None:
    key = report.key if report else vault.create_key()
    kept = Registration(
        batch=batch,
        number_index=index,
        mark=mark,
        is_update=report is None,
        recorded_at=record.occurred_at,
        report=report,
        key=key,
    )
    kept.sealed = vault.seal(key, _dumped(record), place=f"tellusonce_registration.sealed:{kept.pk}")
    kept.save(force_insert=True)


def index_anew(kept: Registration) -> bytes | None:
    """Make a registration's blind index under the newest key; None when what it was made of has been erased."""
    try:
        said = vault.unseal(kept.key, kept.sealed, place=f"tellusonce_registration.sealed:{kept.pk}")
    except vault.KeyDestroyed:
        return None
    return vault.blind_index(NUMBER, json.loads(said)["number"])


def _dumped(record: gro.Record) -> bytes:
    """Write all of a record but its line, in one way."""
    words = {"kind": record.kind, "number": record.number, "reason": record.reason, "entry": record.entry}
    words["at"] = record.occurred_at.isoformat()
    return json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
