"""Submitting a report, with the news that follows: to the informant, and to other adults whom it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from identity.ledger import Actor
from identity.models import Consent
from identity.sessions import Visitor
from tellusonce import adults, events, permissions, pressure, reports
from tellusonce.closing import Instructed
from tellusonce.models import Delivery, Report
from tellusonce.notices import occasions
from tellusonce.reports import Proof

JSON = Any


@dataclass(frozen=True, slots=True)
class Submitted:
    """A report that has just been submitted: who is owed what, and what the informant has answered for consent."""

    report: Report
    deliveries: Sequence[Delivery]
    consents: Sequence[Consent]


def submit(actor: Actor, report_id: UUID, instructed: Instructed) -> Submitted:
    """Submit what was told, as `reports.submit` does, and raises what it does; and pressure.PutOff."""
    pressure.check()
    with transaction.atomic():
        deliveries = reports.submit(actor, report_id, chosen=instructed.chosen, consents=instructed.consents)
        report = deliveries[0].report if deliveries else reports.find(actor, report_id)
        return _followed(actor, report, deliveries)


def hand_in(
    actor: Actor, kind: events.Kind, *, told: Mapping[str, JSON], proof: Proof | None, instructed: Instructed
) -> Submitted:
    """Start and submit at once, in the caller's transaction. Raises what `reports.start` and `submit` do."""
    pressure.check()
    if isinstance(actor, Visitor) and not actor.organisation:  # who is proved otherwise, and keeps their reports
        return submit(actor, reports.start(actor, kind, told=told, proof=proof).pk, instructed)
    report, deliveries = reports.hand_in(actor, kind, told=told, proof=proof, instructed=instructed)
    return _followed(actor, report, deliveries, has_consents=bool(instructed.consents))


def _followed(actor: Actor, report: Report, deliveries: Sequence[Delivery], *, has_consents: bool = True) -> Submitted:
    occasions.await_answers(deliveries)
    consents = permissions.history(report) if has_consents else []
    occasions.send_receipts(report, consents)
    adults.invite(actor, report)
    return Submitted(report, deliveries, consents)
