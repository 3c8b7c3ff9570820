"""Writing down what became of claimed deliveries, in batches, and only where the fence still matches.

A worker that was stopped for longer than its lease finds its fences outgrown: its results are kept as such and change
nothing else.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from tellusonce.deliveries.claims import Claimed

ATTEMPT = """
INSERT INTO tellusonce_attempt (id, delivery_id, number, fence, digest, started_at)
SELECT t.id, t.delivery_id, t.number, t.fence, t.digest, (SELECT clock_at())
FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::bigint[], %s::bytea[]) AS t(id, delivery_id, number, fence, digest)
"""
PIN = """
UPDATE tellusonce_delivery d SET route_id = t.route, content_digest = t.digest
FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[]) AS t(id, route, digest)
WHERE d.id = t.id AND d.content_digest IS NULL
"""
GRANT_ANEW = "UPDATE tellusonce_delivery SET agreement_id = %s, fields = %s WHERE id = %s AND content_digest IS NULL"
SETTLE = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at),
told AS (SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::float8[], %s::bool[])
         AS t(id, fence, state, reason, pause, is_spared))
UPDATE tellusonce_delivery d SET
    state = told.state,
    reason = told.reason,
    due_at = CASE WHEN told.state = 'pending' THEN (SELECT at FROM moment) + told.pause * interval '1 second' END,
    leased_until = NULL,
    crashes = 0,
    tries = d.tries - told.is_spared::int,
    sent_at = CASE WHEN told.state = 'sent' THEN coalesce(d.sent_at, (SELECT at FROM moment)) ELSE d.sent_at END,
    escalated_at = CASE WHEN told.state = 'pending' AND d.tries > 1
                         AND d.created_at < (SELECT at FROM moment) - interval '75 hours'
                   THEN coalesce(d.escalated_at, (SELECT at FROM moment)) ELSE d.escalated_at END
FROM told WHERE d.id = told.id AND d.fence = told.fence AND d.state = 'pending'
RETURNING d.id
"""
RESULT = """
INSERT INTO tellusonce_result (attempt_id, outcome, code, was_overtaken, took_ms, finished_at)
SELECT t.attempt, t.outcome, t.code, t.was_overtaken, t.took_ms, (SELECT clock_at())
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bool[], %s::int[])
    AS t(attempt, outcome, code, was_overtaken, took_ms)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Try:
    """A claimed delivery about to go on the wire: what its attempt row says and what the first attempt pins."""

    claimed: Claimed
    attempt_id: uuid.UUID
    digest: bytes
    route_id: uuid.UUID
    agreement_id: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one claim: its next state and, when there was an attempt, the attempt's result.

    `is_spared`: nothing went on the wire, so the try does not count.
    """

    claimed: Claimed
    state: str
    reason: str = ""
    pause: dt.timedelta = dt.timedelta()
    attempt_id: uuid.UUID | None = None
    outcome: str = ""
    code: str = ""
    took_ms: int = 0
    is_spared: bool = False


def begin(tries: Sequence[Try]) -> None:
    """Write the attempts, and pin route, grant and content of those tried for the first time, before any byte goes."""
    if not tries:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            ATTEMPT,
            [
                [each.attempt_id for each in tries],
                [each.claimed.id for each in tries],
                [each.claimed.tries for each in tries],
                [each.claimed.fence for each in tries],
                [each.digest for each in tries],
            ],
        )
        fresh = [each for each in tries if each.claimed.content_digest is None]
        for each in fresh:
            if each.agreement_id != each.claimed.agreement_id:
                cursor.execute(GRANT_ANEW, [each.agreement_id, each.fields, each.claimed.id])
        if fresh:
            cursor.execute(
                PIN,
                [
                    [each.claimed.id for each in fresh],
                    [each.route_id for each in fresh],
                    [each.digest for each in fresh],
                ],
            )


def settle(settlements: Sequence[Settlement]) -> set[uuid.UUID]:
    """Write what became of these claims; gives the ids that were still ours to settle.

    The others were confirmed in the meantime, or claimed anew after our lease had ended.
    """
    if not settlements:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            [
                [each.claimed.id for each in settlements],
                [each.claimed.fence for each in settlements],
                [each.state for each in settlements],
                [each.reason for each in settlements],
                [each.pause.total_seconds() for each in settlements],
                [each.is_spared for each in settlements],
            ],
        )
        settled = {row[0] for row in cursor.fetchall()}
    note_results(settlements, settled)
    return settled


def note_results(settlements: Sequence[Settlement], settled: Collection[uuid.UUID]) -> None:
    """Keep what became of each attempt, whether or not the delivery was still ours to settle."""
    tried = [each for each in settlements if each.attempt_id is not None]
    if not tried:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            RESULT,
            [
                [each.attempt_id for each in tried],
                [each.outcome for each in tried],
                [each.code[:60] for each in tried],
                [each.claimed.id not in settled for each in tried],
                [each.took_ms for each in tried],
            ],
        )
