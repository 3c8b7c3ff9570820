"""Writers wait for nobody; whoever seals takes each entry once, in order, and none that is still to come."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection

from identity import heads, inspections, ledger, seals, signatures, vault
from identity.ledger import Action, Entry
from identity.models import Access, LedgerBlock
from tests.identity import ledgers
from tests.identity.ledgers import CLERK

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def beside() -> Iterator[Any]:
    """Give a cursor of another connection, in a transaction that is open until the block ends."""
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    other = psycopg2.connect(**{name: value for name, value in parameters.items() if name != "context"})
    try:
        with other.cursor() as cursor:
            yield cursor
        other.commit()
    finally:
        other.close()


def sealed_ids() -> list[int]:
    return [each for ids in LedgerBlock.objects.order_by("number").values_list("ids", flat=True) for each in ids]


def test_each_entry_is_sealed_once_and_in_order() -> None:
    ids = ledgers.written(12)
    assert sealed_ids() == ids
    assert [len(block.ids) for block in LedgerBlock.objects.order_by("number")] == [5, 5, 2]
    assert seals.seal() == 0
    ledger.record(CLERK, action=Action.REPORT_READ, about="report:13")
    assert seals.seal() == 1
    assert inspections.inspect().findings == []


def test_an_entry_that_is_committed_late_comes_into_a_later_block() -> None:
    ledger.record(CLERK, action=Action.REPORT_READ, about="report:first")
    with beside() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint, nextval('identity_access_id_seq')")
        number, late = cursor.fetchone()
        ledger.record(CLERK, action=Action.REPORT_READ, about="report:second")
        assert seals.seal() == 1  # the second is visible, but an older transaction still runs
        row = Access(
            id=late, actor="slow", on_behalf_of="", action="report_read", about="report:late", transaction=number
        )
        cursor.execute("SELECT statement_timestamp()")
        row.at = cursor.fetchone()[0]
        row.digest = vault.digest(ledger.PURPOSE, ledger.encoded([getattr(row, name) for name in ledger.COVERED]))
        cursor.execute(
            """INSERT INTO identity_access
            (id, at, actor, organisation, action, about, purpose, "on", transaction, digest)
            VALUES (%s, %s, 'slow', '', 'report_read', 'report:late', '', '', %s, %s)""",
            [late, row.at, number, row.digest],
        )
    assert seals.seal() == 2
    assert late in sealed_ids()
    assert sorted(sealed_ids()) == list(Access.objects.order_by("id").values_list("id", flat=True))
    assert inspections.inspect().findings == []


def test_numbers_of_what_was_rolled_back_are_no_loss() -> None:
    ledgers.written(2)
    ledgers.rolled_back(3)
    ledgers.written(2)
    first, *_, last = sealed_ids()
    assert last - first == 6
    assert inspections.inspect().findings == []


def test_writers_beside_each_other_lose_nothing() -> None:
    def write(name: int) -> None:
        for number in range(10):
            ledger.record_many(CLERK, [Entry(Action.REPORT_READ, f"report:{name}-{number}")] * 5)
        connection.close()

    threads = [threading.Thread(target=write, args=[name]) for name in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seals.seal()
    for thread in threads:
        thread.join()
    seals.seal()
    assert len(sealed_ids()) == len(set(sealed_ids())) == Access.objects.count() == 200
    assert inspections.inspect().findings == []


def test_while_one_seals_another_does_nothing() -> None:
    ledger.record(CLERK, action=Action.REPORT_READ, about="report:1")
    with beside() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [seals.LOCK])
        assert seals.seal() == 0
    assert seals.seal() == 1


def test_a_ledger_moved_to_another_cluster_goes_on() -> None:
    """Its transactions count from elsewhere: the old numbers are far ahead of the new."""
    ledgers.written(3)
    last = LedgerBlock.objects.get()
    far = last.up_to_transaction + 10**9
    ledger.record(CLERK, action=Action.REPORT_READ, about="report:here")
    row = Access.objects.latest("pk")
    entries = [seals.Sealed(10**6, far, b"x" * 16)]
    seals._write(last, entries)
    assert seals.seal() == 1
    assert LedgerBlock.objects.order_by("-number")[0].ids == [row.pk]
    assert seals.seal() == 0
    ledger.record(CLERK, action=Action.REPORT_READ, about="report:later")
    assert seals.seal() == 1


def test_heads_that_are_missing_outside_are_added(tmp_path: Path, settings: Any) -> None:
    ledgers.written(5)
    assert heads.lines() == []
    settings.LEDGER_HEADS_FILE = str(tmp_path / "heads")
    ledgers.written(5)
    assert len(heads.lines()) == LedgerBlock.objects.count() == 2
    assert heads.append() == 0


def test_a_head_is_verified_by_the_public_key_alone() -> None:
    ledgers.written(3)
    block = LedgerBlock.objects.get()
    head = heads.read(block.head, keys=signatures.public_keys())
    assert (head.block, head.entries, head.digest) == (1, 3, bytes(block.digest).hex())
    for wrong in ("", "a.b.c", block.head[:-6] + "AAAAAA", block.head.replace(".", "")):
        with pytest.raises(heads.BadHead):
            heads.read(wrong, keys=signatures.public_keys())
    with pytest.raises(heads.BadHead):
        heads.read(block.head, keys={"keys": []})
