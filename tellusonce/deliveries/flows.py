"""What has flowed of late: how much each recipient was told, and how what it was told stands now.

As in `streams`, each number comes from rows that an index has at hand, and from no more of them than `ENOUGH`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from tellusonce import clocks, deadlines
from tellusonce.deliveries.streams import ENOUGH
from tellusonce.models import Mailbox, Recipient

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
MOST_COUNTED = 200

_COUNTED = """
SELECT r.id, told.day + answered.day, told.hour + answered.hour, held.waiting, told.standing, answered.count,
    held.overdue, failed.count
FROM unnest(%(recipients)s::bigint[]) AS r(id)
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE few.confirm_by < %(today)s) AS overdue,
        count(*) FILTER (WHERE few.state <> 'sent' AND (few.confirm_by < %(today)s) IS NOT TRUE) AS waiting
    FROM (SELECT d.state, d.confirm_by FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state IN ('pending', 'available', 'sent')
        ORDER BY d.confirm_by, d.id LIMIT %(enough)s) few) held
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE (few.confirm_by < %(today)s) IS NOT TRUE) AS standing,
        count(*) FILTER (WHERE few.sent_at > %(day)s) AS day, count(*) FILTER (WHERE few.sent_at > %(hour)s) AS hour
    FROM (SELECT d.sent_at, d.confirm_by FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state IN ('pending', 'available', 'sent') AND d.state = 'sent'
        ORDER BY d.confirm_by DESC, d.id DESC LIMIT %(enough)s) few) told
CROSS JOIN LATERAL (SELECT count(*), count(*) FILTER (WHERE few.sent_at > %(day)s) AS day,
        count(*) FILTER (WHERE few.sent_at > %(hour)s) AS hour
    FROM (SELECT d.sent_at FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state = 'closed' AND d.closed_at > %(day)s
        ORDER BY d.closed_at DESC, d.id DESC LIMIT %(enough)s) few) answered
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE few.recipient_id = r.id) FROM (SELECT d.recipient_id
        FROM tellusonce_delivery d WHERE d.state = 'failed' ORDER BY d.created_at, d.id LIMIT %(enough)s) few) failed
"""


@dataclass(frozen=True, slots=True)
class Flow:
    """One recipient: how much it was told in the last day and hour, and how what it is owed stands, each apart.

    `confirmed` within the last day; what is `overdue` is neither `waiting` nor `sent`.
    """

    mailbox: Mailbox
    day: int
    hour: int
    waiting: int
    sent: int
    confirmed: int
    overdue: int
    failed: int

    @property
    def recipient(self) -> Recipient:
        """Whose it is."""
        return self.mailbox.recipient

    @property
    def states(self) -> dict[str, int]:
        """Give how much stands how, in the order in which it is drawn."""
        return {name: getattr(self, name) for name in ("waiting", "sent", "confirmed", "overdue", "failed")}


def busiest(theirs: Q, *, limit: int) -> list[Flow]:
    """Give those recipients with the most to look at, by name; `theirs` says of which. Of no more than MOST_COUNTED."""
    found = Recipient.objects.filter(theirs, is_active=True, mailbox__isnull=False).order_by("slug")
    flows = sorted(of(list(found.values_list("pk", flat=True)[:MOST_COUNTED])), key=_weight, reverse=True)
    return sorted(flows[:limit], key=lambda flow: flow.recipient.name)


def of(recipients: Sequence[int]) -> list[Flow]:
    """Count for these recipients."""
    at = clocks.now()
    known = Mailbox.objects.select_related("recipient").in_bulk(recipients)
    today, day, hour = deadlines.today(at), at - DAY, at - HOUR
    asked: dict[str, Any] = {"recipients": list(recipients), "enough": ENOUGH, "today": today, "day": day, "hour": hour}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, asked)
        return [Flow(known[pk], *counts) for pk, *counts in cursor.fetchall()]


def _weight(flow: Flow) -> int:
    return flow.day + sum(flow.states.values())
