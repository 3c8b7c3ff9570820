"""``manage.py retention``: forget whatever has been kept for as long as the schedule says."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from identity.management import bars
from tellusonce import retention


class Command(BaseCommand):
    """Apply the schedule, or show what it would come to."""

    help = "Forget whatever has been kept for as long as the schedule says; the scheduler does it daily."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to say only what would be done."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be forgotten")

    def handle(self, *, dry_run: bool, **_: Any) -> None:
        """Apply it."""
        found = retention.due()
        if not dry_run:
            with bars.bar("Forgetting", sum(each.count for each in found)) as advance:
                found = retention.apply(advance)
        for each in found:
            after = each.rule.after().days
            kept = f"kept {after} days" if after else "as soon as it has expired"
            self.stdout.write(f"{each.rule.name}: {each.count:,} {'due' if dry_run else 'forgotten'} ({kept})")
