"""``manage.py duplicates``: what may have been reported before, for people to decide."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from identity import doubts
from identity.ledger import Actor
from identity.models import Doubt
from tellusonce import reports

BAD_USE = 2


class Command(BaseCommand):
    """List reports that may be of something reported before, and take a person's opinion."""

    help = "List reports that may be duplicates, with what speaks for it, or say of one whether it is the same."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="what waits for a decision, the oldest first")
        deciding = actions.add_parser(
            "decide", help="give one opinion; where somebody was told already, two have to agree"
        )
        deciding.add_argument("id", type=UUID, metavar="ID", help="which doubt; see `list`")
        deciding.add_argument("answer", choices=["same", "different"], help="whether it is the same event")
        deciding.add_argument("--by", required=True, metavar="NAME", help="who holds this opinion")

    def handle(self, *, action: str, **options: Any) -> None:
        """Do it."""
        if action == "list":
            for doubt in doubts.waiting():
                self.stdout.write(f"{doubt.pk}  {doubt.about}  {doubt.bits:.1f} bits  {doubt.people_needed} needed")
                self.stdout.write("    " + "; ".join(_explained(doubt)))
            return
        try:
            reports.resolve(Actor(options["by"]), options["id"], answer=options["answer"])
        except (doubts.AlreadyDecided, doubts.HasSpoken) as refused:
            raise CommandError(str(refused), returncode=BAD_USE) from refused
        except Doubt.DoesNotExist:
            raise CommandError("There is no doubt with this id; see `duplicates list`.", returncode=BAD_USE) from None
        self.stdout.write("Taken.")


def _explained(doubt: Doubt) -> list[str]:
    evidence = doubt.evidence if isinstance(doubt.evidence, list) else [doubt.evidence]
    return [*map(str, evidence), *doubt.cautions]
