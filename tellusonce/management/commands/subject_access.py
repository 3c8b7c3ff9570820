"""``manage.py subject-access``: all that is held about a report or a person, for whoever asks what we know of them."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.ledger import Actor
from tellusonce import holdings

BAD_USE = 2


class Command(BaseCommand):
    """Write out all that is held."""

    help = (
        "Write out all that is held about a report or a person, opened, as text or JSON; the ledger keeps that it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom or what it is about."""
        parser.add_argument(
            "name", metavar="REFERENCE|PERSON", help="a report's reference or id, or the id of a person or an account"
        )
        parser.add_argument("--json", action="store_true", help="write JSON")
        parser.add_argument("--by", default="operator", help="who asks, for the ledger")

    def handle(self, *, name: str, by: str, **options: Any) -> None:
        """Collect it, and write it."""
        try:
            held = holdings.collect(Actor(by), holdings.find(name))
        except holdings.NothingHeld as error:
            raise CommandError(str(error), returncode=BAD_USE) from error
        if options["json"]:
            self.stdout.write(json.dumps(held, indent=2, ensure_ascii=False))
        else:
            self.stdout.writelines(f"{line}\n" for line in holdings.as_text(held))
