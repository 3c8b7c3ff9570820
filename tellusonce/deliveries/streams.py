"""How full each recipient's mailbox is: what waits, was told and was answered; each number counted up to `ENOUGH`.

Each question touches rows that an index has at hand, and no more of them than that: a mailbox that nobody empties
must not make the page slow by which somebody finds out.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from tellusonce import clocks, deadlines
from tellusonce.models import Mailbox, Recipient

ENOUGH = 1000
A_PAGE = 25
ANSWERED_WITHIN = dt.timedelta(days=7)
PAUSED, BREAKER = "paused", "breaker"
STATES = (PAUSED, BREAKER)

_COUNTED = """
SELECT r.id,
    (SELECT d.due_at FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state = 'pending' ORDER BY d.due_at LIMIT 1),
    (SELECT count(*) FROM (SELECT 1 FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state = 'pending' ORDER BY d.due_at LIMIT %(enough)s) few),
    (SELECT count(*) FROM (SELECT 1 FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state = 'available' ORDER BY d.created_at LIMIT %(enough)s) few),
    (SELECT count(*) FILTER (WHERE few.state = 'sent') FROM (SELECT d.state FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state IN ('pending', 'available', 'sent')
        ORDER BY d.confirm_by, d.id LIMIT %(enough)s) few),
    (SELECT count(*) FROM (SELECT 1 FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state IN ('pending', 'available', 'sent') AND d.confirm_by < %(today)s
        ORDER BY d.confirm_by, d.id LIMIT %(enough)s) few),
    (SELECT count(*) FROM (SELECT 1 FROM tellusonce_delivery d
        WHERE d.recipient_id = r.id AND d.state = 'closed' AND d.closed_at > %(since)s
        ORDER BY d.closed_at DESC, d.id DESC LIMIT %(enough)s) few)
FROM unnest(%(recipients)s::bigint[]) AS r(id)
"""


@dataclass(frozen=True, slots=True)
class Stream:
    """One recipient's mailbox and what is in it.

    `oldest_due` may lie ahead: what was tried waits until then. `told` are those told that have not answered, among
    the first `ENOUGH` that are open; `answered` within the last week.
    """

    mailbox: Mailbox
    oldest_due: dt.datetime | None
    waiting: int
    to_fetch: int
    told: int
    overdue: int
    answered: int

    @property
    def recipient(self) -> Recipient:
        """Whose it is."""
        return self.mailbox.recipient


@dataclass(frozen=True, slots=True)
class Wish:
    """Which are wished for: with these letters in the recipient's name, and in this state; left empty, all."""

    name: str = ""
    state: str = ""


def page(theirs: Q, wish: Wish, *, after: str = "", limit: int = A_PAGE) -> tuple[list[Stream], str]:
    """List mailboxes by their recipients' slugs; `theirs` says of which. Gives where the next page begins, or ""."""
    found = Recipient.objects.filter(theirs, _wished(wish), slug__gt=after, mailbox__isnull=False).order_by("slug")
    slugs = list(found.values_list("pk", "slug")[: limit + 1])
    return of([pk for pk, _ in slugs[:limit]]), slugs[limit - 1][1] if len(slugs) > limit else ""


def of(recipients: Sequence[int]) -> list[Stream]:
    """Count for these recipients, in their order."""
    at = clocks.now()
    known = Mailbox.objects.select_related("recipient__organisation").in_bulk(recipients)
    today, since = deadlines.today(at), at - ANSWERED_WITHIN
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, {"recipients": list(recipients), "enough": ENOUGH, "today": today, "since": since})
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    return [Stream(known[pk], *counted[pk]) for pk in recipients if pk in known]


def _wished(wish: Wish) -> Q:
    states = {PAUSED: Q(mailbox__paused_at__isnull=False), BREAKER: Q(mailbox__open_until__gt=clocks.now())}
    return states.get(wish.state, Q()) & (Q(name__icontains=wish.name) if wish.name else Q())
