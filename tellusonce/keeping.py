"""Reports that a citizen's account keeps: those they started, or opened by their letter, until they let go of them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor, Entry
from identity.models import Account, Role
from identity.sessions import Visitor
from tellusonce import clocks, rules
from tellusonce.models import KeptReport, Report


def keep_opened(visitor: Visitor | None) -> None:
    """Keep what a citizen who is signed in has opened in this visit; nobody else keeps anything."""
    if visitor and visitor.account and not visitor.organisation and Role.CITIZEN in visitor.roles:
        keep(visitor, visitor.reports)


def keep(citizen: Visitor, reports: Iterable[UUID]) -> None:
    """Tie reports to a citizen's account, if they have one; safe to repeat."""
    if citizen.account is None:
        return
    with transaction.atomic():
        account = Account.objects.get(pk=citizen.account)
        known = set(KeptReport.objects.filter(account=account).values_list("report", flat=True))
        new = sorted(set(reports) - known)
        moment = clocks.now()
        rows = [KeptReport(account=account, report_id=each, kept_at=moment) for each in new]
        KeptReport.objects.bulk_create(rows, ignore_conflicts=True)
        _note(citizen, Action.REPORT_KEPT, new)


def let_go(citizen: Visitor, report: UUID) -> None:
    """Untie a report from a citizen's account; safe to repeat."""
    with transaction.atomic():
        if KeptReport.objects.filter(account=citizen.account, report=report).delete()[0]:
            _note(citizen, Action.REPORT_LET_GO, [report])


def own(citizen: Visitor) -> Sequence[Report]:
    """List the reports whose informant somebody is: of this visit and of their account, the newest first."""
    return list(Report.objects.filter(pk__in=rules.opened_by(citizen)).order_by("-started_at", "pk"))


def _note(actor: Actor, action: Action, reports: Iterable[UUID]) -> None:
    ledger.record_many(actor, [Entry(action, f"report:{each}") for each in reports])
