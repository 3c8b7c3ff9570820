"""``manage.py erase``: erase a report because somebody asks for it, where the law allows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.ledger import Actor
from tellusonce import forgetting, holdings

BAD_USE = 2
REFUSED = 1


class Command(BaseCommand):
    """Erase a report, or say why it may not be erased."""

    help = "Erase a report for good where the law allows, or refuse with the reason; the ledger keeps which it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the report."""
        parser.add_argument("name", metavar="REFERENCE", help="a report's reference or id")
        parser.add_argument("--by", default="operator", help="who decided, for the ledger")
        parser.add_argument("--dry-run", action="store_true", help="only say whether it may be erased, and why")

    def handle(self, *, name: str, by: str, dry_run: bool, **_: Any) -> None:
        """Decide, and do it."""
        try:
            subject = holdings.find(name)
        except holdings.NothingHeld as error:
            raise CommandError(str(error), returncode=BAD_USE) from error
        if not subject.title.startswith("report"):
            raise CommandError(
                "Only a report can be erased; a person goes with the last of theirs.", returncode=BAD_USE
            )
        (report,) = subject.reports
        decision = forgetting.judge(report) if dry_run else forgetting.erase(Actor(by), report)
        if not decision.may_be:
            raise CommandError(f"Not erased. {decision.why}", returncode=REFUSED)
        self.stdout.write(f"{'May be erased.' if dry_run else 'Erased.'} {decision.why}")
