"""Going through the whole ledger, and naming what is not as it was written: which entry, which block, and how.

Four things are held against each other: each entry and its own keyed digest, the blocks' marks of their entries, the
blocks' digests one after the other, and the heads outside the database.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from identity import heads, ledger, seals, signatures, vault
from identity.models import LedgerBlock

PAGE = 100
TOGETHER = 10_000
Row = Sequence[Any]

LOOSE = (
    seals.ENTRIES  # noqa: S608 - constants
    + """
WHERE NOT EXISTS (
    SELECT FROM (SELECT unnest(ids) AS id FROM identity_ledgerblock WHERE number <= %s) AS sealed
    WHERE sealed.id = identity_access.id
)
ORDER BY id
"""
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: `where` is ``entry 5``, ``block 2`` or ``head 2``."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Report:
    """What an inspection found, and over how much; `unsealed` entries have their digest but no block yet."""

    entries: int = 0
    blocks: int = 0
    unsealed: int = 0
    heads: int = 0
    findings: list[Finding] = field(default_factory=list)


def count() -> int:
    """Say how many entries there are to be gone through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(cardinality(ids)), 0)::bigint FROM identity_ledgerblock")
        sealed: int = cursor.fetchone()[0]
    return sealed


def inspect(advance: Callable[[int], None] = lambda _: None) -> Report:
    """Go through all of it; `advance` is told how many entries were done. Memory does not grow with the ledger."""
    report = Report()
    digest = vault.digester(ledger.PURPOSE)
    outside, report.findings = _heads()
    report.heads = len(outside)
    last = LedgerBlock(number=0, digest=b"", up_to_transaction=-1)
    for blocks in _together():
        rows = _rows([each for block in blocks for each in block.ids])
        for block in blocks:
            report.findings += _of_block(block, last, outside.pop(block.number, None))
            report.findings += _of_entries(block, rows, digest)
            report.blocks += 1
            report.entries += len(block.ids)
            last = block
        advance(sum(len(block.ids) for block in blocks))
    report.findings += [_cut_off(head) for head in outside.values()]
    report.findings += _of_loose(last, report, digest)
    return report


def _heads() -> tuple[dict[int, heads.Head], list[Finding]]:
    found: dict[int, heads.Head] = {}
    wrong: list[Finding] = []
    keys = signatures.public_keys()
    for number, line in enumerate(heads.lines(), start=1):
        try:
            head = heads.read(line, line=number, keys=keys)
        except heads.BadHead:
            wrong.append(Finding(f"line {number} of the heads outside", "not what was signed"))
            continue
        if found.setdefault(head.block, head).digest != head.digest:
            wrong.append(Finding(f"block {head.block}", f"signed twice outside, line {number} being the second"))
    return found, wrong


def _together() -> Iterator[list[LedgerBlock]]:
    """Give the blocks in order, as many at a time as make for few questions."""
    held: list[LedgerBlock] = []
    number = 0
    while page := list(LedgerBlock.objects.filter(number__gt=number).order_by("number")[:PAGE]):
        number = page[-1].number
        for block in page:
            held.append(block)
            if sum(len(each.ids) for each in held) >= TOGETHER:
                yield held
                held = []
    if held:
        yield held


def _rows(ids: list[int]) -> dict[int, Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"{seals.ENTRIES} WHERE id = ANY(%s)", [ids])
        return {row[0]: row for row in cursor.fetchall()}


def _of_block(block: LedgerBlock, last: LedgerBlock, outside: heads.Head | None) -> Iterator[Finding]:
    where = f"block {block.number}"
    for number in range(last.number + 1, block.number):
        yield Finding(f"block {number}", "missing")
    digest = bytes(block.digest)
    if seals.digest_of(block) != digest:
        yield Finding(where, "changed: not what its digest says")
    elif block.number == last.number + 1 and bytes(block.previous) != bytes(last.digest):
        yield Finding(where, f"does not follow block {last.number}")
    if outside is not None and outside.digest != digest.hex():
        yield Finding(where, f"replaced: line {outside.line} of the heads outside says otherwise")
    try:
        inside = heads.read(block.head, keys=signatures.public_keys())
    except heads.BadHead:
        yield Finding(where, "changed: its head is not what was signed")
    else:
        if (inside.block, inside.digest) != (block.number, digest.hex()):
            yield Finding(where, "changed: its head is another block's")


def _of_entries(block: LedgerBlock, rows: dict[int, Row], digest: Callable[[bytes], bytes]) -> Iterator[Finding]:
    marks = bytes(block.marks)
    places = range(0, len(block.ids) * seals.MARK, seals.MARK)
    for entry_id, place in zip(block.ids, places, strict=True):
        kept = marks[place : place + seals.MARK]
        row = rows.get(entry_id)
        if row is None:
            yield Finding(f"entry {entry_id}", f"missing from block {block.number}")
            continue
        said, written = ledger.encoded(row[:10]), bytes(row[10])
        if (not written or digest(said) == written) and seals.mark(written, said, digest) == kept:
            continue
        yield Finding(f"entry {entry_id}", _how(block, written, marks))


def _how(block: LedgerBlock, written: bytes, marks: bytes) -> str:
    """Tell one that was moved from one that was changed."""
    pieces = [marks[place : place + seals.MARK] for place in range(0, len(marks), seals.MARK)]
    if written[: seals.MARK] in pieces:
        place = pieces.index(written[: seals.MARK])
        if place < len(block.ids):
            return f"changed, or stands where another stood: its digest is that of entry {block.ids[place]}"
    return "changed: not what its digest says"


def _cut_off(head: heads.Head) -> Finding:
    words = (
        f"cut off: its {head.entries} entries, up to {head.highest_id}, are in line {head.line} of the heads outside"
    )
    return Finding(f"block {head.block}", words)


def _of_loose(last: LedgerBlock, report: Report, digest: Callable[[bytes], bytes]) -> Iterator[Finding]:
    _, following = seals.horizon()
    behind = last.up_to_transaction if last.up_to_transaction < following else -1  # or another cluster counted these
    with connection.cursor() as cursor:
        cursor.execute(LOOSE, [last.number])
        while rows := cursor.fetchmany(TOGETHER):
            for row in rows:
                report.unsealed += 1
                if digest(ledger.encoded(row[:10])) != bytes(row[10]):
                    yield Finding(f"entry {row[0]}", "changed or slipped in: not what its digest says")
                elif row[9] < behind:
                    yield Finding(f"entry {row[0]}", "slipped in: older than what was sealed, and in no block")
