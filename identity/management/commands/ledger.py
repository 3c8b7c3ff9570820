"""``manage.py ledger``: seal, verify and export the record of who did and saw what."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity import inspections, ledger, seals, vault
from identity.ledger import Action, Actor
from identity.management import bars
from identity.models import Access

BAD_USE = 2
TAMPERED = 1
OPERATOR = Actor("operator")
SHOWN = ("at", "actor", "organisation", "on_behalf_of", "action", "about", "purpose", "on")


class Command(BaseCommand):
    """Seal, verify and export the ledger."""

    help = "Seal, verify and export the record of who did and saw what."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("seal", help="put what is new in order now; the scheduler does it all the time")
        verify = actions.add_parser("verify", help="find every entry that was changed, removed, moved or cut off")
        export = actions.add_parser("export", help="write out all entries about somebody or something")
        export.add_argument(
            "--about", required=True, action="append", metavar="KIND:ID", help="may be given many times"
        )
        for action in (verify, export):
            action.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing."""
        try:
            {"seal": self._seal, "verify": self._verify, "export": self._export}[options["action"]](options)
        except vault.KeyMissing as error:
            raise CommandError(str(error), returncode=BAD_USE) from error

    def _seal(self, _: dict[str, Any]) -> None:
        self.stdout.write(f"{seals.seal():,} entries sealed.")

    def _verify(self, options: dict[str, Any]) -> None:
        began = time.monotonic()
        with bars.bar("Verifying", inspections.count()) as advance:
            found = inspections.inspect(advance)
        seconds = time.monotonic() - began
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found, seconds)))
        else:
            self._say(found, seconds)
        if found.findings:
            raise CommandError(f"{len(found.findings)} things are not as they were written.", returncode=TAMPERED)

    def _say(self, found: inspections.Report, seconds: float) -> None:
        for finding in found.findings:
            self.stdout.write(str(finding))
        self.stdout.write(
            f"{found.entries:,} entries in {found.blocks:,} blocks gone through in {seconds:.1f} s, "
            f"with {found.heads:,} heads from outside; {found.unsealed:,} more wait to be sealed."
        )
        if not found.heads:
            self.stderr.write("No heads outside the database: a tail that was cut off cannot be found.")

    def _export(self, options: dict[str, Any]) -> None:
        found = ledger.entries_about(options["about"])
        shown = [_shown(each) for each in found]
        if options["json"]:
            self.stdout.write(json.dumps(shown, indent=2))
        else:
            for each in shown:
                self.stdout.write("  ".join(word for word in each.values() if word))
        ledger.record_many(
            OPERATOR, [ledger.Entry(Action.ACCESSES_READ, about, "export") for about in options["about"]]
        )


def _shown(entry: Access) -> dict[str, str]:
    return {name: getattr(entry, name) for name in SHOWN} | {"at": entry.at.isoformat()}


def _as_json(found: inspections.Report, seconds: float) -> dict[str, Any]:
    return {
        "entries": found.entries,
        "blocks": found.blocks,
        "unsealed": found.unsealed,
        "heads": found.heads,
        "seconds": round(seconds, 3),
        "findings": [{"where": each.where, "what": each.what} for each in found.findings],
    }
