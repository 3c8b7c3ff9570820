"""What an operator asks of the whole: how old the oldest work is, how much is open; always bounded."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from tellusonce import clocks, deadlines
from tellusonce.deliveries.claims import AT, CLAIMABLE

ENOUGH, FEW = 10_000, 1_000
OLDEST = """
SELECT extract(epoch FROM (SELECT clock_at()) - min(oldest.due_at))
FROM tellusonce_mailbox m CROSS JOIN LATERAL (
    SELECT d.due_at FROM tellusonce_delivery d
    WHERE d.recipient_id = m.recipient_id AND d.state = 'pending' AND d.due_at <= (SELECT clock_at())
    ORDER BY d.due_at LIMIT 1) oldest
"""
# Paused, closed by its breaker, held by a worker, or kept to a rate and lately served: none of these has stalled.
STALLED = """
SELECT extract(epoch FROM (SELECT clock_at()) - min(oldest.due_at))
FROM tellusonce_mailbox m JOIN tellusonce_recipient r ON r.id = m.recipient_id CROSS JOIN LATERAL (
    SELECT d.due_at FROM tellusonce_delivery d JOIN tellusonce_report p ON p.id = d.report_id
    WHERE d.recipient_id = m.recipient_id AND d.state = 'pending' AND d.due_at <= (SELECT clock_at())
      AND NOT EXISTS (SELECT 1 FROM tellusonce_pause s WHERE s.kind IN ('', p.kind))
    ORDER BY d.due_at LIMIT 1) oldest
WHERE m.paused_at IS NULL AND m.open_until IS NULL AND r.opening_hours IS NULL
  AND (m.refilled_at IS NULL OR m.refilled_at < (SELECT clock_at()) - %s * interval '1 minute')
  AND NOT EXISTS (SELECT 1 FROM tellusonce_lane l
                  WHERE l.recipient_id = m.recipient_id AND l.leased_until > (SELECT clock_at()))
"""
# Of each recipient that neither a person, its hours, its breaker nor a rate holds back: the first attempt that waits
# longest and is in nobody's hands. It waits for us alone if all that is due there could have gone out in half that
# time, as quick as the recipient answers. `ENOUGH` bounds what is counted, `FEW` what is passed over.
_WAITS_FOR_US = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
SELECT extract(epoch FROM (SELECT at FROM moment) - min(oldest.due_at))
FROM tellusonce_mailbox m JOIN tellusonce_recipient r ON r.id = m.recipient_id
CROSS JOIN LATERAL (
    SELECT d.due_at FROM (
        SELECT * FROM tellusonce_delivery
        WHERE recipient_id = m.recipient_id AND state = 'pending' AND due_at <= {at} ORDER BY due_at LIMIT %(few)s) d
    WHERE {claimable} ORDER BY d.due_at LIMIT 1) oldest
WHERE m.paused_at IS NULL AND m.open_until IS NULL AND r.opening_hours IS NULL AND r.rate_per_second IS NULL
  AND (SELECT count(*) FROM (
          SELECT 1 FROM tellusonce_delivery d
          WHERE d.recipient_id = m.recipient_id AND d.state = 'pending' AND d.due_at <= {at} LIMIT %(enough)s) counted)
      * m.reply_ms / 1000 / r.in_flight < extract(epoch FROM {at} - oldest.due_at) / 2
"""
WAITS_FOR_US = _WAITS_FOR_US.format(at=AT, claimable=CLAIMABLE.format(at=AT, is_first="true"))
OPEN = """
SELECT count(*) FROM (
    SELECT 1 FROM tellusonce_delivery WHERE state = %s ORDER BY confirm_by LIMIT %s) counted
"""
OVERDUE = """
SELECT count(*) FROM (
    SELECT 1 FROM tellusonce_delivery
    WHERE state IN ('pending', 'available', 'sent') AND confirm_by < %s ORDER BY confirm_by LIMIT %s) counted
"""
FAILED = """
SELECT count(*) FROM (
    SELECT 1 FROM tellusonce_delivery WHERE state = 'failed' ORDER BY created_at, id LIMIT %s) counted
"""
MAILBOXES = """
SELECT count(*) FILTER (WHERE paused_at IS NOT NULL), count(*) FILTER (WHERE open_until > (SELECT clock_at()))
FROM tellusonce_mailbox
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open work as a whole, and what waits for a person; `oldest_due` in seconds, counts up to `ENOUGH`."""

    oldest_due: float
    open_by_state: dict[str, int]
    overdue: int
    failed: int
    paused: int
    breakers_open: int
    waits_for_us: float = 0.0


def stalled_for() -> dt.timedelta:
    """How long the oldest delivery has been due that nothing holds back and nobody sends; zero if there is none."""
    (seconds,) = _row(STALLED, settings.STALLED_MINUTES)
    return dt.timedelta(seconds=float(seconds or 0))


def waits_for_us() -> dt.timedelta:
    """How long the first attempt has been due that waits longest for nothing but a worker; zero if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(WAITS_FOR_US, {"few": FEW, "enough": ENOUGH})
        (seconds,) = cursor.fetchone()
    return dt.timedelta(seconds=max(0.0, float(seconds or 0)))


def backlog() -> Backlog:
    """Look at it all; no query touches what is done."""
    (oldest,) = _row(OLDEST)
    open_by_state = {state: _row(OPEN, state, ENOUGH)[0] for state in ("pending", "available", "sent")}
    (overdue,) = _row(OVERDUE, deadlines.today(clocks.now()), ENOUGH)
    (failed,) = _row(FAILED, ENOUGH)
    paused, breakers_open = _row(MAILBOXES)
    waits = waits_for_us().total_seconds()
    return Backlog(float(oldest or 0), open_by_state, overdue, failed, paused, breakers_open, waits)


def _row(query: str, *values: str | float | dt.date) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row: tuple[int, ...] = cursor.fetchone()
    return row
