"""Putting entries of the ledger in order for good: blocks of them, each tied to the one before.

Writers add entries side by side and wait for nobody. An entry may become visible after one with a higher id, so only
entries are taken whose transaction is older than the oldest that still runs: of those, none can be still to come.
Numbers that a rolled-back transaction took are simply missing, and no block names them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from identity import heads, ledger, vault
from identity.models import LedgerBlock

PURPOSE = "ledger block"
BLOCK = 10_000
MARK = 16  # bytes of an entry's digest
LOCK = 7_245_020  # of our own choosing, for whoever seals

ENTRIES = """
SELECT id, at, actor, organisation, on_behalf_of, action, about, purpose, "on", transaction, digest
FROM identity_access
"""
FOLLOWING = (
    ENTRIES
    + """
WHERE (transaction, id) > (%(transaction)s, %(id)s) AND transaction < %(horizon)s AND NOT EXISTS (
    SELECT FROM identity_ledgerblock AS block
    WHERE block.highest_id >= identity_access.id AND identity_access.id = ANY(block.ids)
)
ORDER BY transaction, id LIMIT %(limit)s
"""
)
# After a restore into another cluster, whose transactions count from elsewhere: everything in no block. What came from
# the old cluster goes first, so that the next block begins where the new one counts.
LEFT_OVER = (
    ENTRIES  # noqa: S608 - constants
    + """
WHERE (transaction < %(horizon)s OR transaction >= %(next)s) AND NOT EXISTS (
    SELECT FROM (SELECT unnest(ids) AS id FROM identity_ledgerblock) AS sealed WHERE sealed.id = identity_access.id
)
ORDER BY transaction < %(horizon)s, transaction, id LIMIT %(limit)s
"""
)
HORIZON = """
SELECT pg_snapshot_xmin(running)::text::bigint, pg_snapshot_xmax(running)::text::bigint
FROM pg_current_snapshot() AS running
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One entry as it goes into a block."""

    id: int
    transaction: int
    mark: bytes


def seal(*, block_size: int = BLOCK) -> int:
    """Seal every entry that can be, write the heads outside, and say how many; safe to run anywhere at any time.

    Not within a transaction: it would wait for itself. Raises vault.KeyMissing.
    """
    count = 0
    while added := _seal_one(block_size):
        count += added
    heads.append()
    return count


def _seal_one(block_size: int) -> int:
    with transaction.atomic():
        if not _is_alone():
            return 0
        last = LedgerBlock.objects.order_by("-number").first()
        entries = list(_entries(last, block_size))
        if entries:
            _write(last, entries)
    return len(entries)


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _entries(last: LedgerBlock | None, limit: int) -> Iterator[Sealed]:
    oldest, following = horizon()
    up_to, highest = (last.up_to_transaction, last.ids[-1]) if last else (-1, 0)
    asked = {"transaction": up_to, "id": highest, "horizon": oldest, "next": following, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(LEFT_OVER if up_to >= following else FOLLOWING, asked)
        rows = cursor.fetchall()
    make = vault.digester(ledger.PURPOSE)
    for row in rows:
        yield Sealed(row[0], row[9], mark(bytes(row[10]), ledger.encoded(row[:10]), make))


def horizon() -> tuple[int, int]:
    """Give the oldest transaction that still runs, and the next to come."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        oldest, following = cursor.fetchone()
    return oldest, following


def mark(written: bytes, said: bytes, make: Callable[[bytes], bytes]) -> bytes:
    """Give what a block keeps of an entry: of the digest it was written with, or a mark of ours if it had none yet."""
    return (written or make(b"before there were digests" + said))[:MARK]


def _write(last: LedgerBlock | None, entries: list[Sealed]) -> None:
    block = LedgerBlock(
        number=last.number + 1 if last else 1,
        ids=[each.id for each in entries],
        marks=b"".join(each.mark for each in entries),
        highest_id=max(each.id for each in entries),
        up_to_transaction=entries[-1].transaction,
        previous=last.digest if last else b"",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        block.sealed_at = cursor.fetchone()[0]
    block.digest = digest_of(block)
    block.head = heads.sign(block)
    block.save(force_insert=True)


def digest_of(block: LedgerBlock) -> bytes:
    """Give the keyed digest of a block: over all that it says, and over the digest of the one before."""
    said = [
        block.number,
        block.ids,
        bytes(block.marks).hex(),
        block.highest_id,
        block.up_to_transaction,
        (block.sealed_at - ledger.EPOCH) // ledger.MICROSECOND,
        bytes(block.previous).hex(),
    ]
    return vault.digest(PURPOSE, json.dumps(said).encode())
