"""Erasing a report because somebody asks for it (UK GDPR Article 17), where the law allows; or saying why not."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from identity import ledger, mandates, vault
from identity.ledger import Action, Actor
from identity.models import Account
from tellusonce import clocks, deadlines, finding, retention
from tellusonce.models import Agreement, Delivery, Draft, Report


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a report may be erased now, and the reason in words that can be given to whoever asked."""

    may_be: bool
    why: str


def judge(report: Report) -> Decision:
    """Say whether the law lets us erase a report now; see docs/dpia.md for the reasons."""
    if report.key.destroyed_at is not None:
        return Decision(may_be=False, why="It has been erased already.")
    if report.state != Report.State.SUBMITTED:
        return Decision(may_be=True, why="Nobody has been told anything, and nothing obliges us to keep it.")
    if report.deliveries.filter(state__in=retention.UNSETTLED).exists():
        return Decision(
            may_be=False,
            why="Recipients still have to say what they did, and we are bound to follow that up: a public task, "
            "UK GDPR Article 17(3)(b). It can be corrected or voided instead.",
        )
    if _rests_on_consent_alone(report):
        return Decision(may_be=True, why="All of it was told on the strength of consent alone, Article 17(1)(b).")
    until = _settled_at(report) + dt.timedelta(days=settings.RETENTION_DAYS)
    if until > clocks.now():
        return Decision(
            may_be=False,
            why=f"It is kept until {deadlines.today(until)}, to put right what was told and to answer for it: UK GDPR "
            "Article 17(3)(b) and (e). After that it is erased without being asked for.",
        )
    return Decision(may_be=True, why="It has been kept for as long as it had to be.")


def erase(actor: Actor, report: Report) -> Decision:
    """Erase a report for good if the law allows, and write down which it was; safe to repeat."""
    with transaction.atomic():
        report = Report.objects.select_for_update(of=("self",)).select_related("key").get(pk=report.pk)
        decision = judge(report)
        if decision.may_be:
            Draft.objects.filter(report=report).delete()
            Report.objects.filter(pk=report.pk, state=Report.State.STARTED).update(state=Report.State.EXPIRED)
            vault.destroy([report.key])
            finding.forget([report])
            retention.forget_subject(report)
        action = Action.REPORT_ERASED if decision.may_be else Action.ERASURE_REFUSED
        ledger.record(actor, action=action, about=f"report:{report.pk}", purpose="right to erasure")
    return decision


def end_account(actor: Actor, account_id: UUID) -> None:
    """End a citizen's account for good, with what is known of them by it and the mandates they hold; safe to repeat.

    Reports that it kept stay as they are: they are the informant's telling, and end in their own time.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(pk=account_id).first()
        if account is None:
            return
        name, person, at = f"account:{account.pk}", account.person_id, clocks.now()
        for held in mandates.held_by([name], at=at):
            mandates.lay_down(actor, [name], held.pk, at=at)
        ledger.record(actor, action=Action.ACCOUNT_ENDED, about=name)
        account.delete()
        if person is not None:
            retention.forget_person(person)


def _rests_on_consent_alone(report: Report) -> bool:
    bases = set(
        Agreement.objects.filter(
            pk__in=Delivery.objects.filter(report=report, tries__gt=0).values("agreement")
        ).values_list("lawful_basis", flat=True)
    )
    return bases == {"consent"}


def _settled_at(report: Report) -> dt.datetime:
    moment: dt.datetime = (
        Report.objects.annotate(at=retention.settled_at()).values_list("at", flat=True).get(pk=report.pk)
    )
    return moment
