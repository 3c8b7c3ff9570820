"""Finding lanes whose work nobody was told of: by due time and lease alone, never by age."""

from dataclasses import dataclass

from django.db import connection, transaction

from tellusonce.models import Mailbox

LOCK = 7_245_011  # of our own choosing; any sweeper takes the same
FORGOTTEN = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
SELECT l.recipient_id, l.name, m.reply_ms >= %s
FROM tellusonce_lane l JOIN tellusonce_mailbox m ON m.recipient_id = l.recipient_id
WHERE m.paused_at IS NULL
  AND (m.open_until IS NULL OR m.open_until <= (SELECT at FROM moment))
  AND (l.leased_until IS NULL OR l.leased_until < (SELECT at FROM moment))
  AND EXISTS (
      SELECT 1 FROM tellusonce_delivery d
      WHERE d.recipient_id = l.recipient_id AND d.state = 'pending' AND d.due_at <= (SELECT at FROM moment)
        AND (d.leased_until IS NULL OR d.leased_until < (SELECT at FROM moment))
        AND (d.tries = 0) = (l.name = 'first'))
"""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A lane with work due and nobody at it."""

    recipient_id: int
    lane: str
    is_slow: bool


def find() -> list[Forgotten]:
    """List them; empty when another sweeper is at work this moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        (is_ours,) = cursor.fetchone()
        if not is_ours:
            return []
        cursor.execute(FORGOTTEN, [Mailbox.SLOW_MS])
        return [Forgotten(*row) for row in cursor.fetchall()]
