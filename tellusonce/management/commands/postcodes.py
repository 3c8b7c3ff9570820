"""``manage.py postcodes``: take the ONS Postcode Directory, and look a postcode up in it."""

import io
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich import progress
from rich.console import Console

from tellusonce.models import Area
from tellusonce.postcodes import directories, finding, importing
from tellusonce.postcodes.importing import Taken

BAD_USE = 2


class Command(BaseCommand):
    """Import a directory, as a whole or not at all; the same file again changes nothing."""

    help = "Take the ONS Postcode Directory (CSV), or say in which areas a postcode lies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the two verbs."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="import|show")
        importing_ = actions.add_parser("import", help="replace the directory by a file, as a whole or not at all")
        importing_.add_argument("file", type=Path, metavar="FILE", help="the directory, CSV")
        importing_.add_argument("--dry-run", action="store_true", help="only say what would change")
        importing_.add_argument("--shrink", action="store_true", help="even if many postcodes would be gone")
        showing = actions.add_parser("show", help="say in which areas a postcode lies")
        showing.add_argument("postcode", nargs="+", metavar="POSTCODE", help="with or without its space")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run one verb."""
        if action == "show":
            self._show("".join(options["postcode"]))
        else:
            self.stdout.write(self._import(options["file"], options))

    def _import(self, file: Path, options: dict[str, Any]) -> str:
        try:
            taken = _take(file, is_dry_run=options["dry_run"], may_shrink=options["shrink"])
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=BAD_USE) from error
        except (directories.Unreadable, importing.Partial) as fault:
            raise CommandError(f"{file}: {fault} Nothing was changed.", returncode=BAD_USE) from fault
        return _summary(taken, is_dry_run=options["dry_run"])

    def _show(self, text: str) -> None:
        found = finding.find(text)
        if found is None:
            raise CommandError(
                f"{finding.tidy(text)} is not in the directory; its area goes by the catalogue's `postcodes` alone.",
                returncode=BAD_USE,
            )
        self.stdout.write(f"{found.code}: {found.nation}{', no longer in use' if found.is_terminated else ''}")
        names = dict(Area.objects.values_list("code", "name"))
        for what, code in (("district", found.district), ("county", found.county)):
            name = names.get(code, "not in the catalogue")
            self.stdout.write(f"  {what}: {f'{code} ({name})' if code else 'none'}")


def _take(file: Path, **options: bool) -> Taken:
    with (
        progress.open(
            file, "rb", description="Reading", console=Console(stderr=True), disable=not sys.stderr.isatty()
        ) as stream,
        io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as lines,
    ):
        return importing.take(directories.read(lines), by="postcodes-import", **options)


def _summary(taken: Taken, *, is_dry_run: bool) -> str:
    if not taken.is_new:
        return f"{taken.read:,} postcodes read; all of them are known, and nothing was changed."
    changes = f"{taken.added:,} added, {taken.changed:,} changed, {taken.removed:,} removed"
    return f"{taken.read:,} postcodes read: {changes}{' if it were done; nothing was changed' if is_dry_run else ''}."
