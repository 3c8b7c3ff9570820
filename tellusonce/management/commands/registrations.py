"""``manage.py registrations import FILE``: death extracts of the General Register Office as started reports."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich import progress
from rich.console import Console

from identity.ledger import Actor
from tellusonce import registrations
from tellusonce.models import Organisation

BAD_USE = 2


class Command(BaseCommand):
    """Import a register's extract, wholly or not at all; the same file again changes nothing."""

    help = "Start a report for each new registration in a General Register Office death extract, and keep its updates."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, and whose reports they become."""
        actions = parser.add_subparsers(dest="action", required=True)
        importing = actions.add_parser("import", help="read one file, wholly or not at all")
        importing.add_argument("file", type=Path, metavar="FILE", help="the extract, XML")
        importing.add_argument("--organisation", required=True, metavar="SLUG", help="whose registrars continue them")

    def handle(self, *, file: Path, organisation: str, **_: Any) -> None:
        """Import it, and say what became of each part."""
        if not Organisation.objects.filter(slug=organisation).exists():
            known = ", ".join(Organisation.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise CommandError(
                f"There is no organisation {organisation!r} in the catalogue; there are: {known}.", returncode=BAD_USE
            )
        try:
            taken = self._take(file, Actor("registrations-import", organisation=organisation))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=BAD_USE) from error
        except registrations.Refused as refused:
            for each in refused.refusals:
                self.stderr.write(f"{file}:{each.line}: {f'record {each.number}: ' if each.number else ''}{each.why}")
            raise CommandError(str(refused), returncode=BAD_USE) from refused
        self.stdout.write(self._summary(taken))

    def _take(self, file: Path, actor: Actor) -> registrations.Taken:
        console = Console(stderr=True)
        with progress.open(
            file, "rb", description="Reading", console=console, disable=not sys.stderr.isatty()
        ) as stream:
            return registrations.take(actor, stream)

    def _summary(self, taken: registrations.Taken) -> str:
        if taken.is_known_file:
            return "This file was imported before; nothing was changed."
        known = f" {taken.known} records were known already." if taken.known else ""
        return f"{taken.started} reports started, {taken.kept} updates kept.{known}"
