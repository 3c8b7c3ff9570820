"""``manage.py drafts``: reports that were not submitted yet and are soon forgotten, and keeping one for longer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.ledger import Actor
from tellusonce import drafts, references, reports
from tellusonce.models import Report

BAD_USE = 2
LONGEST = 84


class Command(BaseCommand):
    """List drafts by the day on which they expire, and put that day off."""

    help = "List reports that were not submitted yet by the day on which they expire, and keep one for longer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="list those that expire first")
        listing.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
        extend = actions.add_parser("extend", help="keep one for so many days from now")
        extend.add_argument("reference", metavar="REFERENCE")
        extend.add_argument("--days", type=int, default=28, metavar="N", help=f"1 to {LONGEST} (28)")
        extend.add_argument("--by", required=True, metavar="NAME", help="who decided it, for the ledger")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing, and say what was done."""
        self.stdout.write(_extend(options) if options["action"] == "extend" else _list(options["limit"]))


def _list(limit: int) -> str:
    rows = Report.objects.filter(state=Report.State.STARTED).order_by("expires_at", "pk")[:limit]
    lines = [f"{each.expires_at:%Y-%m-%d %H:%M}  {each.reference}  {each.kind}  {each.organisation}" for each in rows]
    return "\n".join(lines) or "There is no draft."


def _extend(options: dict[str, Any]) -> str:
    if not 1 <= options["days"] <= LONGEST:
        raise CommandError(f"Give --days from 1 to {LONGEST}.", returncode=BAD_USE)
    try:
        report = drafts.extend_by(Actor(options["by"]), options["reference"], days=options["days"])
    except (references.BadReference, reports.UnknownReport, reports.NotOpen) as error:
        raise CommandError(str(error), returncode=BAD_USE) from error
    return f"It is kept until {report.expires_at:%Y-%m-%d %H:%M} UTC."
