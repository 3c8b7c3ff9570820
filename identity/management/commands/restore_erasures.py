"""``manage.py restore_erasures``: destroy again what a restored database has brought back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from identity import erasures, ledger, vault
from identity.ledger import Action, Actor, Entry
from identity.management import bars

OPERATOR = Actor("operator")
AT_A_TIME = 500
BAD_USE = 2


class Command(BaseCommand):
    """Destroy every data key that the file of erasures names and that is there."""

    help = "After a restore: destroy again every data key that the file of erasures names. Safe to repeat and to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to say only what would be done."""
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *, dry_run: bool, **_: Any) -> None:
        """Destroy them, some at a time."""
        if erasures.file() is None:
            raise CommandError("Set ERASURES_FILE to the file that was kept outside the database.", returncode=BAD_USE)
        alive = erasures.alive()
        if dry_run:
            self.stdout.write(f"{len(alive):,} data keys would be destroyed again.")
            return
        with bars.bar("Destroying again", len(alive)) as advance:
            for start in range(0, len(alive), AT_A_TIME):
                page = alive[start : start + AT_A_TIME]
                with transaction.atomic():
                    vault.destroy(page)
                    ledger.record_many(
                        OPERATOR, [Entry(Action.KEY_DESTROYED, f"key:{key}", "restored") for key in page]
                    )
                advance(len(page))
        self.stdout.write(f"{len(alive):,} data keys destroyed again; the service may start.")
