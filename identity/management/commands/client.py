"""``manage.py client``: the systems that may use our interfaces."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from identity import clients
from identity.models import Client

BAD_USE = 2
COLUMNS = ("name", "organisation", "scopes", "id", "secret")


class Command(BaseCommand):
    """Register, list and revoke clients."""

    help = "Register, list and revoke the systems that may use our interfaces."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="register a client; its secret is shown once and never again")
        add.add_argument("name", metavar="NAME", help="what its organisation calls it")
        add.add_argument("--organisation", required=True, metavar="SLUG", help="whom it acts for")
        add.add_argument("--scope", required=True, action="append", metavar="SCOPE", help="may be given many times")
        add.add_argument("--id", default="", dest="client_id", help="an id of your own choosing")
        add.add_argument("--secret", default="", help="a secret of your own choosing, 32 characters or more")
        several = actions.add_parser("import", help="register clients from a file; safe to repeat")
        several.add_argument(
            "file", type=Path, metavar="FILE", help=f"JSON: a list of objects with {', '.join(COLUMNS)}"
        )
        listing = actions.add_parser("list", help="list all clients")
        revoke = actions.add_parser("revoke", help="let a client in no more")
        revoke.add_argument("client_id", metavar="ID")
        for action in (add, several, listing, revoke):
            action.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing, and say what was done."""
        try:
            done, words = {"add": _add, "import": _import, "list": _list, "revoke": _revoke}[options["action"]](options)
        except clients.NotRegistered as error:
            raise CommandError(str(error), returncode=BAD_USE) from error
        self.stdout.write(json.dumps(done) if options["json"] else words)


def _add(options: dict[str, Any]) -> tuple[Any, str]:
    client_id, secret = clients.register(
        options["name"],
        organisation=options["organisation"],
        scopes=options["scope"],
        client_id=options["client_id"],
        secret=options["secret"],
    )
    words = f"id:     {client_id}\nsecret: {secret}\nThe secret is not kept: this is the only time that it is shown."
    return {"client_id": client_id, "client_secret": secret}, words


def _import(options: dict[str, Any]) -> tuple[Any, str]:
    rows = _rows(options["file"])
    with transaction.atomic():
        for row in rows:
            clients.register(
                row["name"],
                organisation=row["organisation"],
                scopes=row["scopes"],
                client_id=row["id"],
                secret=row["secret"],
            )
    found = [{"client_id": row["id"]} for row in rows]
    return found, f"{len(found)} clients are registered."


def _rows(file: Path) -> list[dict[str, Any]]:
    """Read the file; secrets stand in it so that they stand in no list of processes."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=BAD_USE) from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON.", returncode=BAD_USE) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) and set(row) == set(COLUMNS) for row in rows):
        raise CommandError(f"{file} has to be a list of objects with {', '.join(COLUMNS)}.", returncode=BAD_USE)
    return rows


def _list(_: dict[str, Any]) -> tuple[Any, str]:
    found = [_described(client) for client in Client.objects.order_by("organisation", "name")]
    return found, "\n".join(_line(each) for each in found) or "There are no clients."


def _revoke(options: dict[str, Any]) -> tuple[Any, str]:
    clients.revoke(options["client_id"])
    return {"client_id": options["client_id"]}, f"{options['client_id']} is let in no more."


def _described(client: Client) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "name": client.name,
        "organisation": client.organisation,
        "scopes": client.scopes,
        "revoked_at": client.revoked_at and client.revoked_at.isoformat(),
    }


def _line(client: dict[str, Any]) -> str:
    words = [client["client_id"], client["organisation"], client["name"], " ".join(client["scopes"])]
    return "  ".join([*words, "revoked"] if client["revoked_at"] else words)
