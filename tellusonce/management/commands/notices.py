"""``manage.py notices``: what people are owed news of, and what could not be sent."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from tellusonce.models import Notice
from tellusonce.notices import sweeps

BAD_USE = 2


class Command(BaseCommand):
    """Count notices, list those that were given up, and try one again."""

    help = "Count notices, list those that were given up, and try one again. Addresses are never shown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        count = actions.add_parser("count", help="how many wait, are owed, and were given up")
        listing = actions.add_parser("list", help="list those that were given up, newest first")
        listing.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
        again = actions.add_parser("again", help="owe one that was given up once more, for as long as its kind lasts")
        again.add_argument("id", type=UUID, metavar="ID")
        for action in (count, listing, again):
            action.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing, and say what was done."""
        done, words = {"count": _count, "list": _list, "again": _again}[options["action"]](options)
        self.stdout.write(json.dumps(done) if options["json"] else words)


def _count(_: dict[str, Any]) -> tuple[Any, str]:
    found = sweeps.counts()
    return found, "\n".join(f"{state:<8} {number}" for state, number in found.items())


def _list(options: dict[str, Any]) -> tuple[Any, str]:
    rows = Notice.objects.troubled().select_related("report").order_by("-created_at")[: options["limit"]]
    found = [
        {
            "id": str(each.pk),
            "kind": each.kind,
            "by": each.by,
            "reference": each.report.reference if each.report else "",
            "reason": each.reason,
            "tries": each.tries,
            "created_at": each.created_at.isoformat(),
        }
        for each in rows
    ]
    words = "\n".join("  ".join(str(value) for value in each.values() if value != "") for each in found)
    return found, words or "None was given up."


def _again(options: dict[str, Any]) -> tuple[Any, str]:
    if not sweeps.owe_again(options["id"]):
        message = f"There is no notice {options['id']} that was given up; `manage.py notices list` shows those."
        raise CommandError(message, returncode=BAD_USE)
    return {"id": str(options["id"])}, "It is owed again, and goes out within seconds."
