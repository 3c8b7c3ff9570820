"""Who looked at a report and at what was told of it, and why: the ledger, for the people it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor
from identity.models import Access
from tellusonce import reports
from tellusonce.models import Delivery

IN_WORDS: Mapping[str, str] = {
    Action.REPORT_STARTED: "started the report",
    Action.EVIDENCE_RECORDED: "recorded its evidence",
    Action.REPORT_ANSWERED: "answered questions of it",
    Action.REPORT_PREVIEWED: "looked at what each recipient would be told",
    Action.REPORT_SUBMITTED: "submitted it",
    Action.REPORT_READ: "read its answers",
    Action.REPORT_HANDED_OVER: "handed over its reference",
    Action.REPORT_FOUND: "found it by searching",
    Action.ENQUIRY_LOGGED: "noted that somebody got in touch about it",
    Action.REPORT_EXPIRED: "erased it, since nobody submitted it in time",
    Action.REPORT_FORGOTTEN: "erased it, at the end of its time",
    Action.REPORT_ERASED: "erased it, since somebody asked for it",
    Action.ERASURE_REFUSED: "refused to erase it",
    Action.SUBJECT_ACCESS_GIVEN: "wrote out all that is held, since somebody asked for it",
    Action.ACCESSES_READ: "looked at who had looked",
    Action.DELIVERY_SENT: "told a recipient",
    Action.DELIVERY_FETCHED: "fetched what a recipient is told",
    Action.DELIVERY_REFUSED: "could not take what a recipient is told",
    Action.DELIVERY_READ: "looked at where a recipient stands",
    Action.DELIVERY_REPLAYED: "put a delivery back, to be sent",
    Action.DELIVERY_WITHHELD: "withheld something from a recipient",
    Action.NOTICE_SENT: "wrote to somebody about it",
    Action.CONFIRMATION_RECORDED: "said what was done",
    Action.REPORT_OPENED: "opened it by its letter",
    Action.REPORT_COMPARED: "compared it with the register",
    Action.ENTRY_MISSED: "found no entry in the register that fits it",
    Action.REPORT_KEPT: "kept it under their account",
    Action.REPORT_LET_GO: "let go of it",
    Action.CONSENT_GIVEN: "gave a consent",
    Action.CONSENT_REFUSED: "refused a consent",
    Action.CONSENT_WITHDRAWN: "withdrew a consent",
    Action.INVITATION_MADE: "invited a helper",
    Action.INVITATION_TAKEN_BACK: "took back an invitation to help",
    Action.ADULT_INVITED: "invited another adult to tell for themselves",
    Action.ADULT_ACCEPTED: "agreed to tell for themselves, and was given what both have in common",
    Action.ADULT_DECLINED: "declined to tell for themselves",
    Action.MANDATE_ACCEPTED: "agreed to help",
    Action.MANDATE_GRANTED: "let a helper act",
    Action.MANDATE_ENDED: "ended what a helper may do",
    Action.MANDATE_LAID_DOWN: "helps no more",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One entry, and the recipient that it concerns if it concerns one."""

    entry: Access
    recipient: str

    @property
    def in_words(self) -> str:
        """What was done, as a sentence that begins with whoever did it goes on."""
        return IN_WORDS.get(self.entry.action, self.entry.action.replace("_", " "))

    @property
    def for_whom(self) -> str:
        """On whose behalf it was done, in words; empty where somebody did it for themselves."""
        return "on behalf of the informant" if self.entry.on_behalf_of else ""


def of_report(actor: Actor, report_id: UUID, *, after: int, limit: int) -> tuple[list[Look], bool]:
    """Give a page of looks at a report that is the actor's to see, oldest first, and whether there are more.

    Looking is itself written down. Raises UnknownReport.
    """
    with transaction.atomic():
        report = reports.find(actor, report_id)
        deliveries = Delivery.objects.filter(report=report).values_list("pk", "recipient__slug")
        slugs = {f"delivery:{pk}": slug for pk, slug in deliveries}
        about = f"report:{report.pk}"
        found = list(Access.objects.filter(about__in=[about, *slugs], pk__gt=after).order_by("pk")[: limit + 1])
        ledger.record(actor, action=Action.ACCESSES_READ, about=about)
    return [Look(each, slugs.get(each.about, "")) for each in found[:limit]], len(found) > limit
