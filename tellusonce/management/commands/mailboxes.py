"""``manage.py mailboxes``: see each recipient's mailbox; stop and start sending."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count, Min, Q

from identity import ledger
from identity.ledger import Action, Actor
from tellusonce import clocks, events
from tellusonce.deliveries import hints, mailboxes
from tellusonce.models import Lane, Mailbox, Pause

BAD_USE = 2
EVERYTHING = "everything"


class Command(BaseCommand):
    """List mailboxes, and pause or resume one recipient's, one kind's or all sending."""

    help = "List mailboxes; pause or resume sending to one recipient, of one kind of event, or everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and to which."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="each mailbox: what waits, what stops it")
        for action, meaning in (("pause", "stop sending; nothing is lost"), ("resume", "send again")):
            switch = actions.add_parser(action, help=meaning)
            switch.add_argument("what", metavar="WHAT", help=f"a recipient's slug, kind:NAME, or {EVERYTHING!r}")
            switch.add_argument("--by", default="operator", help="who does it, for the record")
            switch.add_argument("--reason", default="", help="why, for the record")

    def handle(self, *, action: str, **options: Any) -> None:
        """Do it."""
        if action == "list":
            self._list()
            return
        what: str = options["what"]
        with transaction.atomic():
            changed = self._switch(action, what, by=options["by"], reason=options["reason"])
            if changed:
                code = Action.MAILBOX_PAUSED if action == "pause" else Action.MAILBOX_RESUMED
                ledger.record(Actor(options["by"]), action=code, about=f"mailbox:{what}")
        self.stdout.write(f"{what}: {action}d." if changed else f"{what}: nothing to {action}.")

    def _switch(self, action: str, what: str, *, by: str, reason: str) -> bool:
        if what == EVERYTHING or what.startswith("kind:"):
            return _switch_kind(action, _kind(what), by=by, reason=reason)
        mailbox = Mailbox.objects.filter(recipient__slug=what).first()
        if mailbox is None:
            raise CommandError(f"There is no recipient {what!r}; see `manage.py mailboxes list`.", returncode=BAD_USE)
        if action == "resume":
            transaction.on_commit(lambda: hints.wake([(mailbox.pk, name) for name in Lane.NAMES]))
            return mailboxes.resume(mailbox.pk)
        return mailboxes.pause(mailbox.pk, by=by, reason=reason or "operator")

    def _list(self) -> None:
        for pause in Pause.objects.all():
            self.stdout.write(
                f"PAUSED: {pause.kind or EVERYTHING} since {pause.paused_at:%Y-%m-%d %H:%M}, {pause.reason}"
            )
        waiting = Q(recipient__deliveries__state="pending")
        found = Mailbox.objects.select_related("recipient").annotate(
            waiting=Count("recipient__deliveries", filter=waiting),
            oldest=Min("recipient__deliveries__due_at", filter=waiting),
        )
        for mailbox in found.order_by("recipient__slug"):
            oldest = f"oldest due {mailbox.oldest:%Y-%m-%d %H:%M:%S}" if mailbox.oldest else ""
            self.stdout.write(
                f"{mailbox.recipient.slug}  {_state(mailbox)}  {mailbox.waiting} waiting  {oldest}".rstrip()
            )


def _state(mailbox: Mailbox) -> str:
    if mailbox.paused_at:
        return f"paused ({mailbox.pause_reason})"
    if mailbox.open_until and mailbox.open_until > clocks.now():
        return f"breaker open until {mailbox.open_until:%H:%M:%S}"
    return "slow" if mailbox.is_slow else "open"


def _kind(what: str) -> str:
    name = what.removeprefix("kind:") if what != EVERYTHING else Pause.EVERYTHING
    if name and name not in events.kinds():
        known = ", ".join(events.kinds())
        raise CommandError(f"There is no kind {name!r}; there are {known}.", returncode=BAD_USE)
    return name


def _switch_kind(action: str, kind: str, *, by: str, reason: str) -> bool:
    if action == "resume":
        gone, _ = Pause.objects.filter(kind=kind).delete()
        return bool(gone)
    _, is_new = Pause.objects.get_or_create(
        kind=kind, defaults={"paused_at": clocks.now(), "paused_by": by, "reason": reason or "operator"}
    )
    return is_new
