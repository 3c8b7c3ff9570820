"""Make the table say what a directory says, in one transaction: whoever reads meanwhile sees the former one whole.

The directory goes by COPY into a fresh table of this transaction's own; then only what differs is written, so that a
quarterly edition touches few rows and the same file none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from psycopg2.errors import QueryCanceled

from identity import ledger
from identity.ledger import Action, Actor
from tellusonce.models import Postcode
from tellusonce.postcodes.directories import Row, Unreadable

LOCK = 7_245_014  # of our own choosing, for this import alone
BLOCK = 1024 * 1024
# More than this share of the postcodes gone is not an edition, but a part of one.
MOST_REMOVED = 0.1
TABLE = Postcode._meta.db_table  # noqa: SLF001 - Django's documented way to a table's name

FRESH = f"CREATE TEMPORARY TABLE fresh_postcodes (LIKE {TABLE})"
COPY = "COPY fresh_postcodes (code, district, county, nation, is_terminated) FROM STDIN"
INDEX = "ALTER TABLE fresh_postcodes ADD PRIMARY KEY (code)"
# Nothing in these statements comes from outside: the table's name is our own.
REMOVE = f"DELETE FROM {TABLE} p WHERE NOT EXISTS (SELECT FROM fresh_postcodes f WHERE f.code = p.code)"  # noqa: S608
CHANGE = f"""
UPDATE {TABLE} p
SET district = f.district, county = f.county, nation = f.nation, is_terminated = f.is_terminated
FROM fresh_postcodes f
WHERE f.code = p.code
AND (f.district, f.county, f.nation, f.is_terminated) <> (p.district, p.county, p.nation, p.is_terminated)
"""  # noqa: S608
ADD = f"""
INSERT INTO {TABLE} (code, district, county, nation, is_terminated)
SELECT code, district, county, nation, is_terminated FROM fresh_postcodes f
WHERE NOT EXISTS (SELECT FROM {TABLE} p WHERE p.code = f.code)
ORDER BY code
"""  # noqa: S608


class Partial(ValueError):
    """The file would take away so much that it can only be a part of the directory; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a directory brought: how many postcodes it has, and how many rows differ from those that were there."""

    read: int
    added: int
    changed: int
    removed: int

    @property
    def is_new(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.changed or self.removed)


def take(rows: Iterable[Row], *, by: str, is_dry_run: bool = False, may_shrink: bool = False) -> Taken:
    """Replace the directory by these rows; the same again changes nothing. Raises Unreadable and Partial.

    A dry run does all of it and takes it back.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # one COPY takes longer than any statement of a page may
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        read = _copy(cursor, rows)
        known = Postcode.objects.count()
        taken = Taken(read, removed=_run(cursor, REMOVE), changed=_run(cursor, CHANGE), added=_run(cursor, ADD))
        cursor.execute("DROP TABLE fresh_postcodes")
        if taken.removed > known * MOST_REMOVED and not may_shrink:
            raise Partial(
                f"{taken.removed:,} of {known:,} postcodes are not in this file, so it is a part of the directory. "
                "Take the file of the whole United Kingdom, or say --shrink."
            )
        if is_dry_run:
            transaction.set_rollback(True)
        elif taken.is_new:
            ledger.record(Actor(by), action=Action.POSTCODES_IMPORTED, about="postcodes")
    return taken


def _copy(cursor: Any, rows: Iterable[Row]) -> int:
    feed = Feed(rows)
    cursor.execute(FRESH)
    try:
        cursor.copy_expert(COPY, feed, BLOCK)
    except QueryCanceled as error:
        raise feed.fault or error from error
    if not feed.count:
        raise Unreadable("There is no postcode in it; take the file as it was published.")
    try:
        cursor.execute(INDEX)
    except IntegrityError as error:
        raise Unreadable("A postcode stands in it twice; take the file as it was published.") from error
    cursor.execute("ANALYZE fresh_postcodes")
    return feed.count


def _run(cursor: Any, statement: str) -> int:
    cursor.execute(statement)
    return int(cursor.rowcount)


class Feed:
    """Rows as COPY reads them, no more in memory than it asks for; none needs escaping, by what a directory may say."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.count = 0
        self.fault: Unreadable | None = None  # psycopg2 keeps of an exception in `read` only its words
        self._lines = self._written(rows)
        self._left = ""

    def _written(self, rows: Iterable[Row]) -> Iterator[str]:
        try:
            for row in rows:
                self.count += 1
                yield f"{row.code}\t{row.district}\t{row.county}\t{row.nation}\t{'t' if row.is_terminated else 'f'}\n"
        except Unreadable as fault:
            self.fault = fault
            raise

    def read(self, size: int) -> str:
        """Give the next piece, of `size` characters at most; nothing at the end."""
        pieces, length = [self._left], len(self._left)
        while length < size and (line := next(self._lines, "")):
            pieces.append(line)
            length += len(line)
        whole = "".join(pieces)
        self._left = whole[size:]
        return whole[:size]
