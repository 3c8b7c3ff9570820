"""What became of a notice after it was taken, as GOV.UK Notify says by and by: delivered, or why not.

Source: https://docs.notifications.service.gov.uk/rest-api.html, "Delivery receipts" (read in November 2026). What is
said may come twice, late and in any order: the newest by their own time counts.
"""

import datetime as dt
from typing import Literal
from uuid import UUID

from django.db import transaction

from tellusonce import metrics
from tellusonce.models import Notice

Status = Literal["delivered", "permanent-failure", "temporary-failure", "technical-failure"]
DELIVERED = "delivered"


def note(notice_id: UUID, status: Status, *, at: dt.datetime) -> bool:
    """Write down what became of a notice; False where it is not ours, or something newer is known."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(pk=notice_id).first()
        if notice is None or (notice.arrival_at is not None and at <= notice.arrival_at):
            return False
        notice.arrival, notice.arrival_at = status, at
        if status == DELIVERED:
            _has_arrived(notice, at)
        elif notice.state == Notice.State.SENT:
            notice.state, notice.reason, notice.sent_at = Notice.State.FAILED, f"notify-{status}", None
        notice.save()
    metrics.NOTICES.labels(notice.kind, status).inc()
    return True


def _has_arrived(notice: Notice, at: dt.datetime) -> None:
    """Settle what we did not know had been taken, or had given up."""
    if notice.state in {Notice.State.OWED, Notice.State.FAILED}:
        notice.state, notice.reason, notice.sent_at = Notice.State.SENT, "", at
        notice.due_at = notice.leased_until = None
