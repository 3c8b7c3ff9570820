"""A PostgreSQL of the evaluation's own, and people put into it as the service keeps them: sealed, and found blindly."""

import json
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from django.core.management import call_command
from django.db import connection

from deploy import ports, postgres, states
from identity import blocks, matching, vault
from identity.traits import Traits

TABLES = {
    "identity_datakey": ("id", "wrapped", "master_version", "stage"),
    "identity_person": ("id", "key_id", "record", "traits", "revision"),
    "identity_blockkey": ("person_id", "number", "value"),
}
AT_ONCE = 5_000


@contextmanager
def database() -> Iterator[None]:
    """Run a migrated PostgreSQL for as long as the block does."""
    with TemporaryDirectory(prefix="matching-") as home, states.alone(Path(home) / "state"):
        directory = Path(home) / "state"
        Path(home).chmod(0o711)
        with postgres.running(directory, port=ports.free(), is_durable=False) as cluster:
            connection.settings_dict.update(
                NAME=postgres.DATABASE,
                PORT=cluster.port,
                USER=postgres.OWNER,
                PASSWORD=cluster.passwords[postgres.OWNER],
            )
            call_command("migrate", verbosity=0)
            yield
            connection.close()


def keep(people: Iterable[Traits]) -> dict[uuid.UUID, int]:
    """Put people in; each has a data key of their own. Gives the place in the order by the new id."""
    kept: dict[uuid.UUID, int] = {}
    lines: dict[str, StringIO] = {table: StringIO() for table in TABLES}
    for number, traits in enumerate(people):
        kept[add(traits, lines=lines)] = number
        if number % AT_ONCE == AT_ONCE - 1:
            copy(lines)
            lines = {table: StringIO() for table in TABLES}
    copy(lines)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return kept


def add(traits: Traits, *, lines: Mapping[str, StringIO]) -> uuid.UUID:
    """Write one person's lines."""
    person, key = uuid.uuid4(), uuid.uuid4()
    raw = secrets.token_bytes(32)
    version, master = vault.keys().newest_master
    wrapped = aes_key_wrap(master, raw)
    record = vault.seal_with(raw, json.dumps(traits.packed()).encode(), place=f"identity_person.record:{person}")
    sealed = matching.sealed(traits, key=raw, person=person)
    lines["identity_datakey"].write(f"{key}\t{binary(wrapped)}\t{version}\t0\n")
    lines["identity_person"].write(f"{person}\t{key}\t{binary(record)}\t{binary(sealed)}\t1\n")
    for number, value in blocks.keys(traits):
        lines["identity_blockkey"].write(f"{person}\t{number}\t{binary(value)}\n")
    return person


def binary(value: bytes) -> str:
    """Write bytes as COPY reads them."""
    return f"\\\\x{value.hex()}"


def copy(lines: Mapping[str, StringIO]) -> None:
    """Send the lines."""
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            lines[table].seek(0)
            cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", lines[table])


def forget() -> None:
    """Empty the tables."""
    with connection.cursor() as cursor:
        for table in reversed(TABLES):
            cursor.execute(f"DELETE FROM {table}")
