"""A ledger for tests to spoil, as its owner could who switches the guards off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from identity import ledger, seals
from identity.ledger import Action, Actor, Entry
from identity.models import Access

CLERK = Actor("Registrar's system", "northmoor", frozenset({"reports:read"}), on_behalf_of="person:9")


def written(count: int = 12, *, block_size: int = 5) -> list[int]:
    """Write and seal entries, and give their ids; the last two of every six were written at once."""
    for number in range(count):
        ledger.record(CLERK, action=Action.REPORT_READ, about=f"report:{number}", purpose="status", on="page")
    seals.seal(block_size=block_size)
    return list(Access.objects.order_by("id").values_list("id", flat=True))


def rolled_back(count: int = 1) -> None:
    """Take numbers that no entry will have."""
    with transaction.atomic():
        ledger.record_many(CLERK, [Entry(Action.REPORT_READ, "report:0")] * count)
        transaction.set_rollback(True)


@contextmanager
def unguarded() -> Iterator[None]:
    """Let the owner change what only grows, for as long as the block runs; then all is as it was."""
    with transaction.atomic():
        for table in ("identity_access", "identity_ledgerblock"):
            execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        transaction.set_rollback(True)


def execute(statement: str, *values: Any) -> None:
    """Execute a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
