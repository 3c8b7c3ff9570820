"""What one recipient was told, or would have been, word by word, for whoever told us."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor
from tellusonce import answering, disclosure, events, messages, progress, reports, rules
from tellusonce.deliveries import namings
from tellusonce.events import Kind
from tellusonce.models import Delivery
from tellusonce.progress import Standing
from tellusonce.reports import UnknownReport

JSON = Any


@dataclass(frozen=True, slots=True)
class Content:
    """Where one recipient of a report stands, oldest first, and the fields that were granted to it with their values.

    `is_veiled` where something is not shown to whoever came by a reference alone; `has_names` where the recipient was
    given, too, what it calls the person itself, which is shown to nobody else.
    """

    standings: list[Standing]
    kind: Kind
    told: Mapping[str, JSON] = field(repr=False)
    is_veiled: bool = False
    has_names: bool = False

    @property
    def delivery(self) -> Delivery:
        """What it was owed first."""
        return self.standings[0].delivery


def of_recipient(actor: Actor, report_id: UUID, delivery_id: UUID) -> Content:
    """Open what the recipient of a delivery was granted, which is written down.

    Raises UnknownReport, also where the delivery is not one of that report.
    """
    with transaction.atomic():
        report = reports.find(actor, report_id)
        owed = report.deliveries.select_related("recipient__organisation", "agreement", "answers")
        found = list(owed.filter(recipient__deliveries=delivery_id).order_by("sequence"))
        if not found or found[0].pk != delivery_id:
            raise UnknownReport
        first = found[0]
        about, on = f"report:{report.pk}", f"delivery:{first.pk}"
        ledger.record(actor, action=Action.REPORT_READ, about=about, purpose=report.kind, on=on)
        told = messages.answers_of(first.answers, report.key)
    kind = events.find(report.kind)
    shown = {path for path in first.fields if not path.startswith(namings.PREFIX)}
    granted = disclosure.project(told, shown)
    hidden: Collection[str] = ()
    if rules.knows_by_reference_alone(actor):
        granted, hidden = answering.veiled(kind, granted)
    return Content(progress.standings(found), kind, granted, bool(hidden), has_names=first.known_as is not None)
