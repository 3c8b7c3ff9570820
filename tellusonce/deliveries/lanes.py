"""One worker at a time drains a lane: a lease with a fence that grows each time the lane changes hands."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to drain one lane of one mailbox, until the lease ends or somebody else's fence is higher."""

    recipient_id: int
    lane: str
    fence: int


def take(recipient_id: int, lane: str) -> Hold | None:
    """Take the lane if nobody holds it; None when somebody does, who will see the same work."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tellusonce_lane SET fence = fence + 1, leased_until = clock_at() + %s * interval '1 second'
            WHERE recipient_id = %s AND name = %s
              AND (leased_until IS NULL OR leased_until < (SELECT clock_at()))
            RETURNING fence
            """,
            [settings.LEASE_SECONDS, recipient_id, lane],
        )
        row = cursor.fetchone()
    return Hold(recipient_id, lane, row[0]) if row else None


def renew(hold: Hold) -> bool:
    """Prolong the lease; False when the lane has been taken by another, and nothing more may be claimed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tellusonce_lane SET leased_until = clock_at() + %s * interval '1 second'
            WHERE recipient_id = %s AND name = %s AND fence = %s
            """,
            [settings.LEASE_SECONDS, hold.recipient_id, hold.lane, hold.fence],
        )
        return bool(cursor.rowcount)


def release(hold: Hold) -> None:
    """Give the lane back, unless another holds it by now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tellusonce_lane SET leased_until = NULL WHERE recipient_id = %s AND name = %s AND fence = %s",
            [hold.recipient_id, hold.lane, hold.fence],
        )
