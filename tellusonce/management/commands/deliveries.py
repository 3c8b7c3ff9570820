"""``manage.py deliveries``: see what failed and why, and put it back."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from identity.ledger import Actor
from tellusonce.deliveries import hints, replays
from tellusonce.models import Delivery, Recipient

BAD_USE = 2
OPERATOR = Actor("operator")


class Command(BaseCommand):
    """List failed deliveries, and let them be tried again once somebody has looked into them."""

    help = "List failed deliveries, or put some of them back so that they are tried again under the same message id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and with which."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("failed", help="list what failed, with the reason")
        listing.add_argument("--recipient", metavar="SLUG", help="only this recipient's")
        replaying = actions.add_parser("replay", help="put failed deliveries back")
        replaying.add_argument("ids", nargs="*", type=UUID, metavar="ID", help="which; see `failed`")
        replaying.add_argument("--recipient", metavar="SLUG", help="all that failed at this recipient, instead of ids")
        replaying.add_argument(
            "--anew", action="store_true", help="say it anew by today's route, after its mapping was mended"
        )
        replaying.add_argument("--dry-run", action="store_true", help="say what would be put back, and do nothing")

    def handle(self, *, action: str, recipient: str | None, **options: Any) -> None:
        """Do it."""
        failed = Delivery.objects.filter(state=Delivery.State.FAILED).select_related("recipient", "report")
        if recipient is not None:
            if not Recipient.objects.filter(slug=recipient).exists():
                raise CommandError(
                    f"There is no recipient {recipient!r}; see `manage.py mailboxes list`.", returncode=BAD_USE
                )
            failed = failed.filter(recipient__slug=recipient)
        if action == "failed":
            self._list(list(failed.order_by("created_at")))
        else:
            self._replay(list(failed), ids=options["ids"], is_by_recipient=recipient is not None, **_chosen(options))

    def _list(self, failed: Sequence[Delivery]) -> None:
        for each in failed:
            self.stdout.write(
                f"{each.pk}  {each.report.reference}  {each.recipient.slug}  {each.reason}  {each.tries} tries"
            )
        self.stdout.write(f"{len(failed)} failed.")

    def _replay(
        self, failed: Sequence[Delivery], *, ids: Sequence[UUID], is_by_recipient: bool, anew: bool, dry_run: bool
    ) -> None:
        if bool(ids) == is_by_recipient:
            raise CommandError("Name either ids or one recipient.", returncode=BAD_USE)
        chosen = [each for each in failed if is_by_recipient or each.pk in ids]
        if dry_run:
            self._list(chosen)
            return
        lanes = replays.replay(OPERATOR, [each.pk for each in chosen], anew=anew)
        hints.wake(sorted(set(lanes)))
        self.stdout.write(f"{len(lanes)} put back.")
        if len(ids) > len(lanes):
            self.stdout.write(f"{len(ids) - len(lanes)} had not failed, and were left as they are.")


def _chosen(options: dict[str, Any]) -> dict[str, bool]:
    return {"anew": options["anew"], "dry_run": options["dry_run"]}
