"""``manage.py mailboxes``: see each recipient's mailbox; stop and start sending."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.ledger import Actor
from tellusonce import clocks
from tellusonce.deliveries import streams, switches
from tellusonce.deliveries.streams import ENOUGH
from tellusonce.deliveries.switches import EVERYTHING
from tellusonce.models import Mailbox, Pause

BAD_USE = 2


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
        switch = {"pause": switches.pause, "resume": switches.resume}[action]
        try:
            changed = switch(Actor(options["by"]), what, reason=options["reason"])
        except switches.UnknownSwitch as unknown:
            raise CommandError(str(unknown), returncode=BAD_USE) from unknown
        self.stdout.write(f"{what}: {action}d." if changed else f"{what}: nothing to {action}.")

    def _list(self) -> None:
        for pause in Pause.objects.all():
            self.stdout.write(
                f"PAUSED: {pause.kind or EVERYTHING} since {pause.paused_at:%Y-%m-%d %H:%M}, {pause.reason}"
            )
        ids = Mailbox.objects.order_by("recipient__slug").values_list("pk", flat=True)
        for stream in streams.of(list(ids)):
            oldest = f"oldest due {stream.oldest_due:%Y-%m-%d %H:%M:%S}" if stream.oldest_due else ""
            waiting = f"{stream.waiting}{' or more' if stream.waiting == ENOUGH else ''} waiting"
            self.stdout.write(f"{stream.recipient.slug}  {_state(stream.mailbox)}  {waiting}  {oldest}".rstrip())


def _state(mailbox: Mailbox) -> str:
    if mailbox.paused_at:
        return f"paused ({mailbox.pause_reason})"
    if mailbox.open_until and mailbox.open_until > clocks.now():
        return f"breaker open until {mailbox.open_until:%H:%M:%S}"
    return "slow" if mailbox.is_slow else "open"
