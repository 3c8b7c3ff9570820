"""``manage.py vault``: the keys that the vault needs from outside, replacing them, and destroying data keys."""

import datetime as dt
import os
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, transaction

from identity import columns, erasures, keyrings, ledger, rotations, vault
from identity.ledger import Action, Actor
from identity.management import bars
from identity.models import DataKey

BAD_USE = 2
OPERATOR = Actor("operator")
GRACE_SECONDS = 120.0  # longer than any transaction or drain
STEPS = (
    ("Announcing new data keys", DataKey.Stage.DUE, rotations.announce),
    ("Sealing under them", DataKey.Stage.ANNOUNCED, rotations.take_up),
    ("Letting the old ones go", DataKey.Stage.TAKEN_UP, rotations.settle),
)


class Command(BaseCommand):
    """Make, replace and destroy the vault's keys."""

    help = "Make, replace and destroy the vault's keys. What is stopped goes on where it was, when it is run again."
    # They are what the service needs before anything of it can be checked.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        new_keys = actions.add_parser("new-keys", help="write new keys to a file that only its owner can read")
        new_keys.add_argument("file", type=Path, metavar="FILE", help="where to; never overwritten")
        new_version = actions.add_parser("new-version", help="add a new version of one key to a file")
        new_version.add_argument("file", type=Path, metavar="FILE")
        new_version.add_argument("--of", required=True, choices=("masters", "indexes", "signing", "events"))
        master = actions.add_parser("rotate-master", help="wrap every data key under the newest master key")
        data = actions.add_parser("rotate-data", help="replace data keys; as the owner of the database")
        data.add_argument("--older-than", type=int, default=365, metavar="DAYS", help="365 unless told")
        data.add_argument(
            "--grace",
            type=float,
            default=GRACE_SECONDS,
            metavar="SECONDS",
            help="how long whatever runs may still hold a key as it was; 120 unless told",
        )
        index = actions.add_parser("rotate-index", help="make blind indexes anew; as the owner of the database")
        for rotation in (master, data, index):
            rotation.add_argument("--batch", type=int, default=rotations.AT_A_TIME, metavar="ROWS", help="at a time")
        destroy = actions.add_parser("destroy-key", help="erase, for good, what a data key sealed")
        destroy.add_argument("key", type=UUID, metavar="ID")
        destroy.add_argument("--reason", required=True, metavar="WORDS", help="for the ledger; no personal data")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing."""
        actions: dict[str, Callable[[dict[str, Any]], str]] = {
            "new-keys": _new_keys,
            "new-version": _new_version,
            "rotate-master": _rotate_master,
            "rotate-data": _rotate_data,
            "rotate-index": _rotate_index,
            "destroy-key": _destroy_key,
        }
        try:
            self.stdout.write(actions[options["action"]](options))
        except (vault.VaultFailure, keyrings.BadKeys) as error:
            raise CommandError(str(error), returncode=BAD_USE) from error
        except ProgrammingError as error:
            message = (
                f"{str(error).strip()}. Run it with DATABASE_URL naming the owner of the database, as for `migrate`."
            )
            raise CommandError(message, returncode=BAD_USE) from error


def _new_keys(options: dict[str, Any]) -> str:
    file: Path = options["file"]
    try:
        _write(file, keyrings.generate())
    except FileExistsError as error:
        message = f"{file} exists and may be all that can read what is sealed: it is left alone. Name another file."
        raise CommandError(message, returncode=BAD_USE) from error
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.", returncode=BAD_USE) from error
    return f"Wrote {file}. Set VAULT_KEYS_FILE={file.absolute()} and keep a copy elsewhere, or lose all."


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as keys:
        keys.write(text)
        keys.flush()
        os.fsync(keys.fileno())


def _new_version(options: dict[str, Any]) -> str:
    file: Path = options["file"]
    keyrings.read(file)
    changed = file.with_suffix(f"{file.suffix}.new")
    try:
        _write(changed, keyrings.with_new_version(file.read_text(), of=options["of"]))
        changed.chmod(file.stat().st_mode & 0o777)
        changed.replace(file)
    except OSError as error:
        raise CommandError(f"{changed} cannot be written: {error.strerror}.", returncode=BAD_USE) from error
    return f"{file} has a new version of {options['of']}. Copy it to every machine at once, and keep a copy elsewhere."


def _rotate_master(options: dict[str, Any]) -> str:
    total = rotations.wrapped_before().count()
    with bars.bar("Wrapping data keys anew", total) as advance:
        rotations.rotate_master(advance, at_a_time=options["batch"])
    version, _ = vault.keys().newest_master
    _note("masters")
    return f"{total:,} data keys wrapped anew: all are under version {version} of the master key."


def _rotate_data(options: dict[str, Any]) -> str:
    is_new = rotations.begin_data(older_than=dt.timedelta(days=options["older_than"]))
    words = [] if is_new else ["Finished what was stopped; run it again for what is due since."]
    for title, stage, step in STEPS:
        total = rotations.at_stage(stage).count()
        if total and stage != DataKey.Stage.DUE:
            time.sleep(options["grace"])
        with bars.bar(title, total) as advance:
            step(advance, at_a_time=options["batch"])
        words.append(f"{title}: {total:,}.")
    _note("data")
    return "\n".join(words)


def _rotate_index(options: dict[str, Any]) -> str:
    words = []
    for column in columns.indexed():
        name = f"{column.model._meta.label}.{column.column}"  # noqa: SLF001
        total = rotations.indexed_before(column).count()
        with bars.bar(f"Indexing {name} anew", total) as advance:
            left = rotations.rotate_index(column, advance, at_a_time=options["batch"])
        words.append(f"{name}: {total - left:,} made anew; {left:,} left, of what has been erased.")
    _note("indexes")
    return "\n".join(words)


def _note(what: str) -> None:
    ledger.record(OPERATOR, action=Action.KEYS_ROTATED, about=f"keys:{what}")


def _destroy_key(options: dict[str, Any]) -> str:
    key: UUID = options["key"]
    with transaction.atomic():
        if not DataKey.objects.filter(pk=key).exists():
            raise CommandError(f"There is no data key {key}.", returncode=BAD_USE)
        count = vault.destroy([key])
        if count:
            ledger.record(OPERATOR, action=Action.KEY_DESTROYED, about=f"key:{key}", purpose=options["reason"][:200])
    outside = (
        "its id is kept outside" if erasures.file() else "ERASURES_FILE is not set: a restored backup has it again"
    )
    return f"{key} is destroyed, and {outside}." if count else f"{key} was destroyed before."
