"""Handing over a reference: on paper, or by a message; each time in the ledger, never with an address."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor
from identity.models import Access
from tellusonce import reports
from tellusonce.models import Report
from tellusonce.notices import occasions
from tellusonce.notices.owing import Contact


class How(StrEnum):
    """In which way a reference is handed over."""

    LETTER = "letter"
    CARD = "card"
    EMAIL = "email"
    TEXT = "text"


def on_paper(actor: Actor, report_id: UUID, how: How) -> Report:
    """Note that a letter or a card is printed. Raises UnknownReport."""
    with transaction.atomic():
        report = reports.find(actor, report_id)
        _note(actor, report, how)
    return report


def send(actor: Actor, report_id: UUID, contact: Contact) -> bool:
    """Owe somebody the reference; False if it is owed or was sent there already. Raises UnknownReport, CannotBeSent."""
    with transaction.atomic():
        report = reports.find(actor, report_id)
        is_new = occasions.hand_over(report, contact)
        if is_new:
            _note(actor, report, How(contact.by))
    return is_new


def made(found: Iterable[Report]) -> dict[UUID, list[How]]:
    """Say for each report in which ways it has been handed over; one query for all."""
    abouts = {f"report:{each.pk}": each.pk for each in found}
    ways: dict[UUID, list[How]] = {pk: [] for pk in abouts.values()}
    noted = Access.objects.filter(about__in=list(abouts), action=Action.REPORT_HANDED_OVER).order_by("pk")
    for about, how in noted.values_list("about", "on"):
        if how not in ways[abouts[about]]:
            ways[abouts[about]].append(How(how))
    return ways


def _note(actor: Actor, report: Report, how: How) -> None:
    ledger.record(
        actor, action=Action.REPORT_HANDED_OVER, about=f"report:{report.pk}", purpose=report.kind, on=how.value
    )
