"""``manage.py receipt``: whether a receipt of a consent is as it was issued, verified without network or database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity import receipts, signatures, vault

NOT_AS_ISSUED, BAD_USE = 1, 2
JSON = Any


class Command(BaseCommand):
    """Verify receipts of consents, and show the public keys by which anybody can."""

    help = "Verify receipts of consents, and show the public keys by which anybody can."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser("verify", help="say whether a receipt is as it was issued; status 1 when it is not")
        verify.add_argument("file", metavar="FILE", help="the receipt; - for standard input")
        verify.add_argument("--keys", type=Path, metavar="JWKS", help="public keys in a file; our own if left out")
        verify.add_argument("--json", action="store_true", help="write the whole record")
        actions.add_parser("keys", help="write the public keys as a JWK set")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing."""
        try:
            if options["action"] == "keys":
                self.stdout.write(json.dumps(signatures.public_keys(), indent=2))
                return
            record = receipts.verify(_read(options["file"]), published=_published(options["keys"]))
        except receipts.BadReceipt as error:
            raise CommandError(f"This receipt is not as it was issued. {error}", returncode=NOT_AS_ISSUED) from error
        except (ValueError, OSError, vault.VaultFailure) as error:
            raise CommandError(_said(error), returncode=BAD_USE) from error
        self.stdout.write(json.dumps(record, indent=2, ensure_ascii=False) if options["json"] else _words(record))


def _read(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")


def _published(file: Path | None) -> JSON:
    return json.loads(file.read_text(encoding="utf-8")) if file else signatures.public_keys()


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename} cannot be read: {error.strerror}."
    return f"{str(error).removesuffix('.')}."


def _words(record: JSON) -> str:
    event, purpose = record["event"], record["pii_processing"]["purposes"][0]
    on_behalf = f" on behalf of {event['on_behalf_of']}" if "on_behalf_of" in event else ""
    lines = [
        "This receipt is as it was issued.",
        f"consent:   {event['event_state']} at {event['event_time']}, taken by {event['entity_id']}{on_behalf}",
        f"person:    {record['metadata']['pii_principal_id']}",
        f"recipient: {record['party_identification'][0]['party_name']}",
        f"fields:    {', '.join(each['title'] for each in purpose['pii_information'])}",
        f"wording:   {record['pii_processing']['privacy_notice']['wording']}",
        f"agreement: {purpose['agreement']['version']} ({purpose['agreement']['document_reference']})",
    ]
    return "\n".join(lines)
