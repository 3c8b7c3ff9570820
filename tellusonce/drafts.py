"""Reports that nobody has submitted yet: their day can be put off, and whoever tells hears before it comes.

A draft lasts for 28 days. Whoever tells may have it kept for 28 more from that moment, as often as they like, until 84
days after the start; an operator may go beyond, for a reason that is theirs to know.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from identity import ledger, vault
from identity.ledger import Action, Actor
from tellusonce import clocks, references, reports
from tellusonce.models import Notice, Report
from tellusonce.notices import occasions

LONGEST = dt.timedelta(days=84)
REMIND_BEFORE = dt.timedelta(days=5)


class CannotExtend(ValueError):
    """It has been put off for as long as it can be."""

    def __init__(self) -> None:
        super().__init__(
            f"A report is kept for {LONGEST.days} days from its start, and no longer, unless it is submitted. "
            "Submit it, or ask us to keep it."
        )


def extend(actor: Actor, report_id: UUID) -> Report:
    """Keep a draft for 28 days from now. Raises UnknownReport, NotOpen, CannotExtend; safe to repeat."""
    with transaction.atomic():
        report = reports.find_open(actor, report_id)
        until = min(clocks.now() + reports.DRAFT_LASTS, report.started_at + LONGEST)
        if until <= report.expires_at:
            raise CannotExtend
        return _put_off(actor, report, until)


def extend_by(operator: Actor, reference: str, *, days: int) -> Report:
    """Keep a draft for so many days from now, which may not be fewer than it has. Raises BadReference, UnknownReport.

    NotOpen where it has been submitted or has expired: what was forgotten cannot be had back.
    """
    with transaction.atomic():
        found = Report.objects.select_for_update(of=("self",)).filter(reference=references.parse(reference)).first()
        if found is None:
            raise reports.UnknownReport
        reports.check_open(found)
        until = max(found.expires_at, clocks.now() + dt.timedelta(days=days))
        return _put_off(operator, found, until)


def _put_off(actor: Actor, report: Report, until: dt.datetime) -> Report:
    report.expires_at = until
    report.save(update_fields=["expires_at"])
    ledger.record(actor, action=Action.REPORT_EXTENDED, about=f"report:{report.pk}", purpose=report.kind)
    return report


def remind() -> int:
    """Owe those who tell the news that their draft expires within five days; how many. Once for each such day."""
    return sum(_remind(each) for each in list(_expiring().values_list("pk", flat=True)))


def _expiring() -> QuerySet[Report]:
    now = clocks.now()
    told = Notice.objects.filter(
        report=OuterRef("pk"), kind=occasions.DRAFT_EXPIRES, created_at__gte=OuterRef("expires_at") - REMIND_BEFORE
    )
    return Report.objects.filter(
        ~Exists(told), state=Report.State.STARTED, expires_at__gt=now, expires_at__lte=now + REMIND_BEFORE
    )


def _remind(report_id: UUID) -> bool:
    with transaction.atomic():
        # Whoever submits or extends it this moment has it locked, and is reminded of nothing.
        due = _expiring().select_for_update(of=("self",), skip_locked=True).select_related("key")
        report = due.filter(pk=report_id).first()
        try:
            return report is not None and occasions.remind(report)
        except vault.KeyDestroyed:
            return False
