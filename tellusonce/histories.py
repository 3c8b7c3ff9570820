"""What staff did with a report that staff should see: evidence recorded, reference handed over, who got in touch."""

import datetime as dt
from dataclasses import dataclass

from identity.ledger import Action
from identity.models import Access
from tellusonce.models import Report

SHOWN = (Action.EVIDENCE_RECORDED, Action.REPORT_HANDED_OVER, Action.ENQUIRY_LOGGED)


@dataclass(frozen=True, slots=True)
class Event:
    """One of them; `how` is the sort of evidence or the way of doing it, and `why` is the cause."""

    action: str
    at: dt.datetime
    how: str
    why: str


def of(report: Report) -> list[Event]:
    """List them from the ledger, oldest first; one query."""
    noted = Access.objects.filter(about=f"report:{report.pk}", action__in=SHOWN).order_by("pk")
    return [Event(each.action, each.at, each.on, each.purpose) for each in noted]
