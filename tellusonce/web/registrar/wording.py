"""Codes in words, for the desks of registrars and advisers."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.ledger import Action
from tellusonce.events import Kind
from tellusonce.handovers import How
from tellusonce.histories import Event
from tellusonce.models import Enquiry, Report
from tellusonce.searches import Reason

Words = Promise | str
STATES: Mapping[str, tuple[Words, str]] = {
    Report.State.STARTED: (_("Started"), "yellow"),
    Report.State.SUBMITTED: (_("Sent"), "green"),
    Report.State.EXPIRED: (_("Expired"), "grey"),
}
HOW: Mapping[How, Words] = {
    How.LETTER: _("Letter"),
    How.CARD: _("Card"),
    How.EMAIL: _("E-mail"),
    How.TEXT: _("Text"),
}
EVIDENCE: Mapping[str, Words] = {
    "register-entry": _("Register entry"),
    "coroners-certificate": _("Coroner's certificate"),
    "marriage-certificate": _("Marriage certificate"),
    "civil-partnership-certificate": _("Civil partnership certificate"),
    "deed-poll": _("Deed poll"),
    "proved-identity": _("Identity proved at the sign-in"),
}
REASONS: Mapping[Reason, Words] = {
    Reason.LETTER_LOST: _("The letter or the reference was lost"),
    Reason.ASKED_FOR_PROGRESS: _("Somebody asks how far it is"),
    Reason.EVIDENCE_CAME: _("Evidence has come"),
    Reason.GOES_ON_TELLING: _("Somebody wants to go on telling"),
    Reason.REPORTED_ALREADY: _("To see whether it was reported already"),
    Reason.CORRECTION: _("Something in it is wrong"),
    Reason.COMPLAINT: _("Somebody complains"),
}
BY: Mapping[str, Words] = {
    Enquiry.By.INFORMANT: _("Whoever told us"),
    Enquiry.By.HELPER: _("Somebody who helps them"),
    Enquiry.By.FAMILY: _("Somebody else of the family"),
    Enquiry.By.RECIPIENT: _("A service that was told"),
    Enquiry.By.OTHER: _("Somebody else"),
}
WAYS: Mapping[str, Words] = {
    Enquiry.Way.PHONE: _("By telephone"),
    Enquiry.Way.DESK: _("At the desk"),
    Enquiry.Way.EMAIL: _("By e-mail"),
    Enquiry.Way.LETTER: _("By letter"),
    Enquiry.Way.MESSAGE: _("By text or chat"),
}
CAUSES: Mapping[str, Words] = {
    Enquiry.Cause.PROGRESS: _("Asked how far it is"),
    Enquiry.Cause.TELL: _("Wanted to tell us, or to go on telling"),
    Enquiry.Cause.NEW: _("Had something new to tell"),
    Enquiry.Cause.CORRECTION: _("Said that something is wrong"),
    Enquiry.Cause.COMPLAINT: _("Complained"),
    Enquiry.Cause.LETTER_RECEIVED: _("Had a letter or a bill that should not have come"),
    Enquiry.Cause.REFERENCE: _("Had lost the reference"),
    Enquiry.Cause.OTHER: _("Something else"),
}


def event(each: Event) -> str:
    """Say what staff did with a report."""
    if each.action == Action.REPORT_HANDED_OVER:
        return _said(_("Handed over"), HOW[How(each.how)])
    if each.action == Action.ENQUIRY_LOGGED:
        return f"{CAUSES[each.why]} ({WAYS[each.how]})"
    return _said(_("Evidence recorded"), evidence(each.how)) if each.how else gettext("Evidence recorded")


def _said(what: Words, how: Words) -> str:
    return f"{what}: {how}"


def bad_reference() -> str:
    """Say what a reference looks like."""
    return gettext("A reference has 12 letters and digits, like K7MD-4RTW-X9QF. Check it once more")


def title(kind: Kind) -> str:
    """Name a kind."""
    return gettext(kind.title)


def evidence(kind: str) -> str:
    """Name a sort of evidence; by its code where no words were written."""
    return str(EVIDENCE.get(kind) or gettext(kind.replace("-", " ").capitalize()))
