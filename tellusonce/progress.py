"""How far the telling has got: each recipient of a report, and what it has done so far. No personal data."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from identity.ledger import Actor
from tellusonce import clocks, deadlines, reports
from tellusonce.models import Confirmation, Delivery, Report


@dataclass(frozen=True, slots=True)
class Said:
    """What a recipient said, in the order in which it happened; `actions` hold a code and perhaps a day."""

    outcome: str
    actions: tuple[dict[str, Any], ...]
    occurred_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One delivery and all that was said about it."""

    delivery: Delivery
    said: tuple[Said, ...]
    is_overdue: bool


def of_report(actor: Actor, report_id: UUID) -> tuple[Report, list[Standing]]:
    """Give a report of the actor's organisation with its deliveries. Raises UnknownReport."""
    report = reports.find(actor, report_id)
    return report, standings_of(report)


def standings_of(report: Report) -> list[Standing]:
    """Give the deliveries of a report, each with what was said about it; before it is sent there are none."""
    if report.state != Report.State.SUBMITTED:
        return []
    known = report.deliveries.select_related("recipient__organisation")
    return standings(known.order_by("recipient__slug", "sequence"))


def standings(deliveries: Iterable[Delivery], *, today: dt.date | None = None) -> list[Standing]:
    """Put beside each delivery what was said about it; one query for all, and one for the day unless it is given."""
    deliveries = list(deliveries)
    if not deliveries:
        return []
    today = today or deadlines.today(clocks.now())
    said = _said([each.pk for each in deliveries])
    return [Standing(each, tuple(said[each.pk]), _is_overdue(each, today)) for each in deliveries]


def _said(delivery_ids: list[UUID]) -> dict[UUID, list[Said]]:
    found: dict[UUID, list[Said]] = defaultdict(list)
    kept = Confirmation.objects.filter(delivery_id__in=delivery_ids).order_by("occurred_at", "recorded_at")
    for each in kept:
        found[each.delivery_id].append(Said(each.outcome, tuple(each.actions), each.occurred_at))
    return found


def _is_overdue(delivery: Delivery, today: dt.date) -> bool:
    return delivery.state in Delivery.OPEN and delivery.confirm_by is not None and delivery.confirm_by < today


def state_of(report: Report, at: dt.datetime) -> str:
    """Name a report's state at that moment: one that was never submitted expires without anybody writing it down."""
    has_expired = report.state == Report.State.STARTED and report.expires_at <= at
    return str(Report.State.EXPIRED if has_expired else report.state)
