"""Finding lanes whose work nobody was told of: by due time and lease alone, never by age."""

from dataclasses import dataclass

from django.db import connection, transaction

from tellusonce.deliveries.claims import AT, CLAIMABLE
from tellusonce.models import Mailbox, Route

LOCK = 7_245_011  # of our own choosing; any sweeper takes the same
_FORGOTTEN = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
SELECT l.recipient_id, l.name, m.reply_ms >= %s
FROM tellusonce_lane l
JOIN tellusonce_mailbox m ON m.recipient_id = l.recipient_id
JOIN tellusonce_recipient r ON r.id = l.recipient_id
WHERE m.paused_at IS NULL
  AND (r.rate_per_second IS NULL OR m.refilled_at IS NULL
       OR m.tokens + r.rate_per_second * extract(epoch FROM (SELECT at FROM moment) - m.refilled_at) >= 1)
  AND (m.open_until IS NULL OR m.open_until <= (SELECT at FROM moment))
  AND (l.leased_until IS NULL OR l.leased_until < (SELECT at FROM moment))
  AND EXISTS (
      SELECT 1 FROM tellusonce_delivery d
      WHERE d.recipient_id = l.recipient_id AND {claimable})
"""
FORGOTTEN = _FORGOTTEN.format(claimable=CLAIMABLE.format(at=AT, is_first="(l.name = 'first')"))

# A recipient may come to be called that fetched before, or the other way round: what was not told yet follows.
# One look into an index for each recipient, however much is open.
FOLLOW = """
UPDATE tellusonce_delivery d SET state = '{after}', due_at = {due_at}
FROM (
    SELECT turned.id FROM tellusonce_recipient r
    JOIN tellusonce_route o ON o.id = r.route_id AND (o.adapter IN {fetched}) = {is_fetched}
    CROSS JOIN LATERAL (
        SELECT id FROM tellusonce_delivery
        WHERE recipient_id = r.id AND state = '{before}' AND content_digest IS NULL AND leased_until IS NULL
        LIMIT 500 FOR UPDATE SKIP LOCKED) turned
) t WHERE d.id = t.id
"""
TO_CALL = FOLLOW.format(
    before="available", after="pending", due_at="clock_at()", fetched=Route.FETCHED, is_fetched="false"
)
TO_FETCH = FOLLOW.format(before="pending", after="available", due_at="NULL", fetched=Route.FETCHED, is_fetched="true")


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
        cursor.execute(TO_CALL)
        cursor.execute(TO_FETCH)
        cursor.execute(FORGOTTEN, [Mailbox.SLOW_MS])
        return [Forgotten(*row) for row in cursor.fetchall()]
