"""What operators read: states, reasons and spans of time, in words."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from identity import accounts
from tellusonce import deadlines
from tellusonce.deliveries import mailboxes
from tellusonce.deliveries.streams import Stream

MINUTE, HOUR, DAY = 60, 3600, 86400
ENGINE = "engine"

REASONS: Mapping[str, Promise] = {
    "their-wish": gettext_lazy("The recipient asked for it"),
    "their-fault": gettext_lazy("The recipient's system is not well"),
    "our-fault": gettext_lazy("Something on our side is wrong"),
    "maintenance": gettext_lazy("Maintenance"),
    "drill": gettext_lazy("A drill"),
    "mended": gettext_lazy("What was wrong has been mended"),
}


def reason(code: str) -> str:
    """Say why sending is paused; what the command line or the engine said stays as it is."""
    return str(REASONS.get(code, code))


def people(actors: Iterable[str]) -> dict[str, str]:
    """Give those who did something as operators know them: by their logins."""
    named = {each: each for each in actors}
    return {**named, ENGINE: _("the service itself"), **accounts.logins(named)}


def state(stream: Stream, at: dt.datetime) -> tuple[str, str]:
    """Sum up a mailbox in a word with a colour: what stops it, the gravest first."""
    mailbox, recipient = stream.mailbox, stream.recipient
    if not recipient.is_active:
        return _("Not in use"), "grey"
    if mailbox.paused_at is not None:
        return _("Paused"), "red"
    if recipient.assured_until < deadlines.today(at):
        return _("Connection lapsed"), "red"
    if mailbox.open_until is not None and mailbox.open_until > at:
        return _("Breaker open"), "orange"
    if not mailboxes.is_open(recipient.opening_hours, at):
        return _("Outside its hours"), "blue"
    return (_("Slow"), "yellow") if mailbox.is_slow else (_("Working"), "green")


def oldest(stream: Stream, at: dt.datetime) -> str:
    """Say since when, or until when, the oldest delivery waits; nothing where none does."""
    if stream.oldest_due is None:
        return ""
    late = (at - stream.oldest_due).total_seconds()
    if late < 0:
        return _("Due in %(span)s") % {"span": span(-late)}
    return _("Due for %(span)s") % {"span": span(late)}


def span(seconds: float) -> str:
    """Write how long something lasts, to the unit that matters."""
    count = max(0, int(seconds))
    if count < MINUTE:
        return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": count}
    if count < HOUR:
        return ngettext("%(count)s minute", "%(count)s minutes", count // MINUTE) % {"count": count // MINUTE}
    if count < DAY:
        return ngettext("%(count)s hour", "%(count)s hours", count // HOUR) % {"count": count // HOUR}
    return ngettext("%(count)s day", "%(count)s days", count // DAY) % {"count": count // DAY}
