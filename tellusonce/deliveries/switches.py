"""Stopping and starting: one recipient's mailbox, all of one kind, or everything; each with who, why and an entry."""

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor
from tellusonce import clocks, events
from tellusonce.deliveries import hints, mailboxes
from tellusonce.models import Lane, Mailbox, Pause

EVERYTHING = "everything"
KIND = "kind:"
# Why, as a code that the ledger may keep; what the command line is told beside these stays with the pause.
REASONS = ("their-wish", "their-fault", "our-fault", "maintenance", "drill", "mended")


class UnknownSwitch(LookupError):
    """There is no such recipient or kind; the message says what there is."""


def pause(actor: Actor, what: str, *, reason: str = "") -> bool:
    """Stop sending: to a recipient by its slug, of ``kind:NAME``, or everything. False when it was stopped before.

    What is due stays due. Raises UnknownSwitch.
    """
    with transaction.atomic():
        changed = _pause(what, by=actor.name, reason=reason or "operator")
        if changed:
            _note(actor, Action.MAILBOX_PAUSED, what, reason)
    return changed


def resume(actor: Actor, what: str, *, reason: str = "") -> bool:
    """Send again; False when it was not stopped. Raises UnknownSwitch."""
    with transaction.atomic():
        changed = _resume(what)
        if changed:
            _note(actor, Action.MAILBOX_RESUMED, what, reason)
    return changed


def _note(actor: Actor, action: Action, what: str, reason: str) -> None:
    ledger.record(actor, action=action, about=f"mailbox:{what}", purpose=reason if reason in REASONS else "")


def _pause(what: str, *, by: str, reason: str) -> bool:
    if not _is_wide(what):
        return mailboxes.pause(_mailbox(what).pk, by=by, reason=reason)
    usual = {"paused_at": clocks.now(), "paused_by": by, "reason": reason}
    _, is_new = Pause.objects.get_or_create(kind=_kind(what), defaults=usual)
    return is_new


def _resume(what: str) -> bool:
    if not _is_wide(what):
        mailbox = _mailbox(what)
        transaction.on_commit(lambda: hints.wake([(mailbox.pk, name) for name in Lane.NAMES]))
        return mailboxes.resume(mailbox.pk)
    gone, _ = Pause.objects.filter(kind=_kind(what)).delete()
    return bool(gone)


def _is_wide(what: str) -> bool:
    return what == EVERYTHING or what.startswith(KIND)


def _mailbox(what: str) -> Mailbox:
    mailbox = Mailbox.objects.filter(recipient__slug=what).first()
    if mailbox is None:
        raise UnknownSwitch(f"There is no recipient {what!r}; see `manage.py mailboxes list`.")
    return mailbox


def _kind(what: str) -> str:
    name = what.removeprefix(KIND) if what != EVERYTHING else Pause.EVERYTHING
    if name and name not in events.kinds():
        raise UnknownSwitch(f"There is no kind {name!r}; there are {', '.join(events.kinds())}.")
    return name
