"""What an operator asks of the whole: how old the oldest work is, how much is open; always bounded."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from tellusonce import clocks, deadlines

ENOUGH = 10_000
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
OPEN = """
SELECT count(*) FROM (
    SELECT 1 FROM tellusonce_delivery WHERE state = %s ORDER BY confirm_by LIMIT %s) counted
"""
OVERDUE = """
SELECT count(*) FROM (
    SELECT 1 FROM tellusonce_delivery
    WHERE state IN ('pending', 'available', 'sent') AND confirm_by < %s ORDER BY confirm_by LIMIT %s) counted
"""
MAILBOXES = """
SELECT count(*) FILTER (WHERE paused_at IS NOT NULL), count(*) FILTER (WHERE open_until > (SELECT clock_at()))
FROM tellusonce_mailbox
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open work as a whole; `oldest_due` in seconds, counts up to `ENOUGH`."""

    oldest_due: float
    open_by_state: dict[str, int]
    overdue: int
    paused: int
    breakers_open: int


def stalled_for() -> dt.timedelta:
    """How long the oldest delivery has been due that nothing holds back and nobody sends; zero if there is none."""
    (seconds,) = _row(STALLED, settings.STALLED_MINUTES)
    return dt.timedelta(seconds=float(seconds or 0))


def backlog() -> Backlog:
    """Look at it all; each query touches open rows alone."""
    (oldest,) = _row(OLDEST)
    open_by_state = {state: _row(OPEN, state, ENOUGH)[0] for state in ("pending", "available", "sent")}
    (overdue,) = _row(OVERDUE, deadlines.today(clocks.now()), ENOUGH)
    paused, breakers_open = _row(MAILBOXES)
    return Backlog(float(oldest or 0), open_by_state, overdue, paused, breakers_open)


def _row(query: str, *values: str | float | dt.date) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row: tuple[int, ...] = cursor.fetchone()
    return row
