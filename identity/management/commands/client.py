"""``manage.py client``: the systems that may use our interfaces."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from identity import clients, credentials, signers
from identity.clients import Proofs
from identity.models import Client

BAD_USE = 2
COLUMNS = ("name", "organisation", "scopes", "id", "secret")


class Command(BaseCommand):
    """Register, list and revoke clients, and replace what they prove themselves by."""

    help = "Register, list and revoke the systems that may use our interfaces, and replace their secrets and keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="register a client; its secret is shown once and never again")
        add.add_argument("name", metavar="NAME", help="what its organisation calls it")
        add.add_argument("--organisation", required=True, metavar="SLUG", help="whom it acts for")
        add.add_argument("--scope", required=True, action="append", metavar="SCOPE", help="may be given many times")
        add.add_argument("--id", default="", dest="client_id", help="an id of your own choosing")
        add.add_argument("--secret", default="", help="a secret of your own choosing, 32 characters or more")
        add.add_argument("--jwks", type=Path, metavar="FILE", help="its public keys, instead of a secret")
        add.add_argument(
            "--redirect", default=[], action="append", metavar="URL", help="for its staff to sign in through"
        )
        several = actions.add_parser("import", help="register clients from a file; safe to repeat")
        several.add_argument(
            "file", type=Path, metavar="FILE", help=f"JSON: a list of objects with {', '.join(COLUMNS)}"
        )
        actions.add_parser("list", help="list all clients")
        revoke = actions.add_parser("revoke", help="let a client in no more")
        revoke.add_argument("client_id", metavar="ID")
        rotate = actions.add_parser("rotate", help="give a client a new secret, shown once, beside the former one")
        rotate.add_argument("client_id", metavar="ID")
        rotate.add_argument("--overlap-days", type=int, default=7, metavar="DAYS", help="how long both count (7)")
        keys = actions.add_parser("keys", help="let a client prove itself by its own public keys alone")
        keys.add_argument("client_id", metavar="ID")
        keys.add_argument("file", type=Path, metavar="FILE", help="JSON: a JWK set of public keys")
        limit = actions.add_parser("limit", help="say how often a client may ask")
        limit.add_argument("client_id", metavar="ID")
        limit.add_argument("per_minute", type=int, metavar="N", help="a minute; 0 for no limit, -1 for the usual one")
        _add_signing(actions)
        for action in actions.choices.values():
            action.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing, and say what was done."""
        try:
            done, words = ACTIONS[options["action"]](options)
        except clients.NotRegistered as error:
            raise CommandError(str(error), returncode=BAD_USE) from error
        self.stdout.write(json.dumps(done) if options["json"] else words)


def _add_signing(actions: Any) -> None:
    """Take what a client proves itself by in the message itself."""
    signing = actions.add_parser("certificates", help="let a client sign its SOAP messages (WS-Security, X.509)")
    signing.add_argument("client_id", metavar="ID")
    signing.add_argument("file", type=Path, metavar="FILE", help="PEM: its certificates, old and new for an overlap")
    hooks = actions.add_parser("webhook-keys", help="let a client sign webhooks (Standard Webhooks, v1a)")
    hooks.add_argument("client_id", metavar="ID")
    hooks.add_argument("keys", metavar="KEY", nargs="+", help="its public keys, such as whpk_...")


def _add(options: dict[str, Any]) -> tuple[Any, str]:
    client_id, secret = clients.register(
        options["name"],
        organisation=options["organisation"],
        scopes=options["scope"],
        client_id=options["client_id"],
        proofs=Proofs(
            options["secret"],
            jwks=_read(options["jwks"]) if options["jwks"] else None,
            redirect_uris=tuple(options["redirect"]),
        ),
    )
    if not secret:
        return {"client_id": client_id}, f"id: {client_id}\nIt proves itself by the keys in {options['jwks']}."
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
    rows = _read(file)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and set(row) == set(COLUMNS) for row in rows):
        raise CommandError(f"{file} has to be a list of objects with {', '.join(COLUMNS)}.", returncode=BAD_USE)
    return rows


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=BAD_USE) from error


def _read(file: Path) -> Any:
    try:
        return json.loads(_text(file))
    except ValueError as error:
        raise CommandError(f"{file} is not JSON.", returncode=BAD_USE) from error


def _list(_: dict[str, Any]) -> tuple[Any, str]:
    found = [_described(client) for client in Client.objects.order_by("organisation", "name")]
    return found, "\n".join(_line(each) for each in found) or "There are no clients."


def _revoke(options: dict[str, Any]) -> tuple[Any, str]:
    clients.revoke(options["client_id"])
    return {"client_id": options["client_id"]}, f"{options['client_id']} is let in no more."


def _rotate(options: dict[str, Any]) -> tuple[Any, str]:
    secret, until = credentials.rotate(options["client_id"], overlap=timedelta(days=options["overlap_days"]))
    words = (
        f"secret: {secret}\nThe secret is not kept: this is the only time that it is shown.\n"
        f"The former one counts until {until:%Y-%m-%d %H:%M} UTC."
    )
    return {
        "client_id": options["client_id"],
        "client_secret": secret,
        "former_secret_until": until.isoformat(),
    }, words


def _keys(options: dict[str, Any]) -> tuple[Any, str]:
    kids = credentials.set_keys(options["client_id"], _read(options["file"]))
    words = f"{options['client_id']} proves itself by {len(kids)} keys from now on, and by no secret."
    return {"client_id": options["client_id"], "kids": kids}, words


def _certificates(options: dict[str, Any]) -> tuple[Any, str]:
    count = signers.set_certificates(options["client_id"], _text(options["file"]))
    words = f"{options['client_id']} may sign its messages with {count} certificates from now on."
    return {"client_id": options["client_id"], "certificates": count}, words


def _webhook_keys(options: dict[str, Any]) -> tuple[Any, str]:
    signers.set_webhook_keys(options["client_id"], options["keys"])
    words = f"{options['client_id']} may sign webhooks with {len(options['keys'])} keys from now on."
    return {"client_id": options["client_id"], "webhook_keys": options["keys"]}, words


def _limit(options: dict[str, Any]) -> tuple[Any, str]:
    per_minute = None if options["per_minute"] < 0 else options["per_minute"]
    credentials.limit(options["client_id"], per_minute)
    often = {None: "as often as any other", 0: "as often as it likes"}.get(per_minute, f"{per_minute} times a minute")
    return {"client_id": options["client_id"], "requests_per_minute": per_minute}, (
        f"{options['client_id']} may ask {often}."
    )


def _described(client: Client) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "name": client.name,
        "organisation": client.organisation,
        "scopes": client.scopes,
        "proves_itself_by": "keys" if client.jwks else "secret",
        "former_secret_until": client.former_secret_until and client.former_secret_until.isoformat(),
        "requests_per_minute": client.requests_per_minute,
        "revoked_at": client.revoked_at and client.revoked_at.isoformat(),
    }


def _line(client: dict[str, Any]) -> str:
    words = [client["client_id"], client["organisation"], client["name"], " ".join(client["scopes"])]
    return "  ".join([*words, "revoked"] if client["revoked_at"] else words)


ACTIONS = {
    "add": _add,
    "import": _import,
    "list": _list,
    "revoke": _revoke,
    "rotate": _rotate,
    "keys": _keys,
    "certificates": _certificates,
    "webhook-keys": _webhook_keys,
    "limit": _limit,
}
