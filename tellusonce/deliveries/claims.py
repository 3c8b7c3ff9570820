"""Claiming a batch of what is due in a lane, with all that is needed to say it, in one statement.

The order is by due time, what takes something back or puts it right before all else; rows that another transaction
holds are passed over; each claim raises the row's fence, so that whoever claimed it before can no longer settle it.
Only the lowest open sequence of a report is claimed.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from tellusonce.deliveries.lanes import Hold
from tellusonce.disclosure import Pinned
from tellusonce.models import Delivery, Lane

CRASHES_ALLOWED = 5

# What may be claimed at the moment `at` in the first lane or the other; whoever looks for work looks for just this.
# What is urgent stays in the first lane, however often it was tried.
CLAIMABLE = """
    d.state = 'pending' AND d.due_at <= {at} AND (d.leased_until IS NULL OR d.leased_until < {at})
    AND (d.tries = 0 OR d.purpose IN ('correct', 'void', 'withdraw')) = {is_first}
    AND NOT EXISTS (
        SELECT 1 FROM tellusonce_delivery e
        WHERE e.report_id = d.report_id AND e.recipient_id = d.recipient_id
          AND e.sequence < d.sequence AND e.state IN ('pending', 'available'))
    AND NOT EXISTS (
        SELECT 1 FROM tellusonce_pause p JOIN tellusonce_report r ON r.id = d.report_id WHERE p.kind IN ('', r.kind))
"""
AT = "(SELECT at FROM moment)"

# Two looks, each into a partial index of its own in the order of due times; that of urgent ones is all but empty.
_CLAIM = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at),
urgent AS (
    SELECT d.id FROM tellusonce_delivery d
    WHERE d.recipient_id = %(recipient)s AND (d.crashes > 0) = %(is_suspect)s AND d.purpose IN {urgent}
      AND {claimable}
    ORDER BY d.due_at LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
),
usual AS (
    SELECT d.id FROM tellusonce_delivery d
    WHERE d.recipient_id = %(recipient)s AND (d.crashes > 0) = %(is_suspect)s AND d.purpose NOT IN {urgent}
      AND {claimable}
    ORDER BY d.due_at LIMIT %(limit)s - (SELECT count(*) FROM urgent) FOR UPDATE OF d SKIP LOCKED
),
due AS (SELECT id FROM urgent UNION ALL SELECT id FROM usual)
UPDATE tellusonce_delivery d
SET fence = d.fence + 1, tries = d.tries + 1, crashes = d.crashes + (d.leased_until IS NOT NULL)::int,
    leased_until = (SELECT at FROM moment) + %(lease)s * interval '1 second'
FROM due, tellusonce_report r, identity_datakey k, tellusonce_answers a
WHERE d.id = due.id AND r.id = d.report_id AND k.id = r.key_id AND a.id = d.answers_id
RETURNING d.id, d.fence, d.tries, d.purpose, d.sequence, d.agreement_id, d.fields, d.route_id, d.content_digest,
    d.known_as, d.created_at, a.id, a.sealed, a.closed_at, r.kind, r.reference, k.wrapped, k.master_version, d.crashes,
    (SELECT count(*) FROM tellusonce_attempt t LEFT JOIN tellusonce_result o ON o.attempt_id = t.id
     WHERE t.delivery_id = d.id AND o.attempt_id IS NULL AND d.tries > 1)
"""

_ANYTHING = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
SELECT 1 FROM tellusonce_delivery d WHERE d.recipient_id = %(recipient)s AND {claimable}
LIMIT 1 FOR KEY SHARE OF d SKIP LOCKED
"""

_OURS = CLAIMABLE.format(at=AT, is_first="%(is_first)s")
CLAIM = _CLAIM.format(claimable=_OURS, urgent=Delivery.URGENT)
ANYTHING = _ANYTHING.format(claimable=_OURS)

STILL_HELD = """
SELECT d.id FROM tellusonce_delivery d JOIN unnest(%s::uuid[], %s::bigint[]) AS t(id, fence) USING (id, fence)
WHERE d.state = 'pending' AND d.leased_until > (SELECT clock_at())
ORDER BY d.id FOR UPDATE OF d
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery in our hands: what it rests on, what it says, still sealed, and the key's wrapping.

    `crashes` counts in a row those who had it in hand and were never heard of again, `unknown` its earlier attempts of
    which nobody knows what became.
    """

    id: uuid.UUID
    fence: int
    tries: int
    purpose: str
    sequence: int
    agreement_id: int
    fields: list[str]
    route_id: uuid.UUID | None
    content_digest: bytes | None
    known_as: bytes | None
    created_at: dt.datetime
    answers_id: uuid.UUID
    sealed: bytes
    reported_at: dt.datetime
    kind: str
    reference: str
    wrapped_key: bytes
    master_version: int
    crashes: int
    unknown: int

    @property
    def pinned(self) -> Pinned:
        """What it was granted, as disclosure asks."""
        was_said = self.content_digest is not None
        return Pinned(self.kind, self.purpose, self.agreement_id, self.fields, was_said)

    @property
    def has_crashed_too_often(self) -> bool:
        """Time and again nothing was heard of whoever had it in hand: it may be what kills the workers."""
        return self.crashes >= CRASHES_ALLOWED


def claim(hold: Hold, *, limit: int) -> list[Claimed]:
    """Take up to `limit` deliveries that are due, urgent ones first; expects a transaction of the caller's.

    What was in hand when a worker was lost is taken last, and alone: if it is what killed the worker, it takes
    no neighbours with it.
    """
    return _claim(hold, limit, is_suspect=False) or _claim(hold, min(limit, 1), is_suspect=True)


def _claim(hold: Hold, limit: int, *, is_suspect: bool) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # the plan flipped to a scan of the table at large batches
        cursor.execute(
            CLAIM,
            {
                "recipient": hold.recipient_id,
                "is_first": hold.lane == Lane.FIRST,
                "limit": limit,
                "is_suspect": is_suspect,
                "lease": settings.LEASE_SECONDS,
            },
        )
        rows = cursor.fetchall()
    return sorted(map(_claimed, rows), key=lambda each: (each.purpose not in Delivery.URGENT, each.created_at))


def _claimed(row: tuple[Any, ...]) -> Claimed:
    plain: list[Any] = [bytes(value) if isinstance(value, memoryview) else value for value in row]
    return Claimed(*plain)


def still_held(claimed: Sequence[Claimed]) -> set[uuid.UUID]:
    """Lock those of them that are still ours, and name them; expects a transaction of the caller's."""
    with connection.cursor() as cursor:
        cursor.execute(STILL_HELD, [[each.id for each in claimed], [each.fence for each in claimed]])
        return {row[0] for row in cursor.fetchall()}


def anything_due(recipient_id: int, lane: str) -> bool:
    """Whether the lane has work that could be claimed now: what another transaction holds could not."""
    with connection.cursor() as cursor:
        cursor.execute(ANYTHING, {"recipient": recipient_id, "is_first": lane == Lane.FIRST})
        return cursor.fetchone() is not None
