"""Who got in touch about a report and why: by it we know how often people have to ask, and for what."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor
from tellusonce import clocks, repeats, reports
from tellusonce.models import Enquiry
from tellusonce.repeats import Done


@dataclass(frozen=True, slots=True)
class Asked:
    """Who got in touch, by which way and why."""

    by: Enquiry.By
    way: Enquiry.Way
    cause: Enquiry.Cause


def log(actor: Actor, report_id: UUID, asked: Asked, *, key: str) -> None:
    """Note it, once for each key. Raises UnknownReport and KeyReused."""
    said = f"enquiry {report_id} {asked.by} {asked.way} {asked.cause}".encode()

    def write() -> Done:
        report = reports.find(actor, report_id)
        Enquiry.objects.create(
            report=report,
            by=asked.by,
            way=asked.way,
            cause=asked.cause,
            logged_by=actor.name,
            logged_at=clocks.now(),
        )
        ledger.record(
            actor, action=Action.ENQUIRY_LOGGED, about=f"report:{report.pk}", purpose=asked.cause, on=asked.way
        )
        return Done(0, {})

    with transaction.atomic():
        repeats.once(actor, key, said=said, write=write)
