"""``manage.py vault``: the keys that the vault needs from outside."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity import keyrings

BAD_USE = 2


class Command(BaseCommand):
    """Make the vault's keys."""

    help = "Make the vault's keys."
    # They are what the service needs before anything of it can be checked.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        new_keys = actions.add_parser("new-keys", help="write new keys to a file that only its owner can read")
        new_keys.add_argument("file", type=Path, metavar="FILE", help="where to; never overwritten")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Write a new key file."""
        file: Path = options["file"]
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            message = f"{file} exists and may be all that can read what is sealed: it is left alone. Name another file."
            raise CommandError(message, returncode=BAD_USE) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.", returncode=BAD_USE) from error
        with os.fdopen(descriptor, "w") as keys:
            keys.write(keyrings.generate())
        self.stdout.write(
            f"Wrote {file}. Set VAULT_KEYS_FILE={file.absolute()} and keep a copy elsewhere, or lose all."
        )
