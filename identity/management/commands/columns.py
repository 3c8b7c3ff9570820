"""``manage.py columns``: see that no column of any table holds anything that nobody declared."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity import columns


class Command(BaseCommand):
    """Name columns of which nobody said what they hold; fails if there are any."""

    help = "Check that each column is declared as sealed, blind or in the clear; fails on one that is not."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        """Say what is wrong."""
        if found := columns.undeclared():
            raise CommandError("\n".join(found), returncode=1)
        self.stdout.write("Each column is declared: what is personal is sealed or blind.")
