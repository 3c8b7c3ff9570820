"""Writing to recipients that have only a mailbox: that something waits, with a link to it and nothing of what it says.

The sweep finds what was not announced, however it came to wait. Whoever has not answered when a link ends is sent
another: so a mail that was lost is not the end of it.
"""

from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from adapters import inbox
from tellusonce import links
from tellusonce.models import Delivery
from tellusonce.notices import channels, owing
from tellusonce.notices.owing import Contact, Topic

KIND = "message-waits"
AT_ONCE = 200
LOCK = 7_245_013  # of our own choosing; any sweeper takes the same
# One look into an index for each recipient that is written to. A cause holds the message and which of its links it is.
_WAITING = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
SELECT waiting.id, waiting.turn
FROM tellusonce_recipient r
JOIN tellusonce_route o ON o.id = r.route_id AND o.adapter = 'inbox' AND o.settings ? 'mail'
JOIN tellusonce_mailbox m ON m.recipient_id = r.id AND m.paused_at IS NULL
CROSS JOIN LATERAL (
    SELECT d.id, t.turn
    FROM tellusonce_delivery d
    JOIN tellusonce_report e ON e.id = d.report_id
    JOIN identity_datakey k ON k.id = e.key_id AND k.destroyed_at IS NULL
    CROSS JOIN LATERAL (
        SELECT floor(extract(epoch FROM (SELECT at FROM moment) - d.created_at)
            / (86400 * coalesce((o.settings #>> '{{mail,days}}')::int, %s)))::int AS turn) t
    WHERE d.recipient_id = r.id AND r.is_active AND {state}
      AND NOT EXISTS (SELECT 1 FROM tellusonce_notice n WHERE n.cause = 'waits:' || d.id || ':' || t.turn)
      AND NOT EXISTS (SELECT 1 FROM tellusonce_pause p WHERE p.kind IN ('', e.kind))
    LIMIT %s) waiting
"""
NEW = _WAITING.format(state="d.state = 'available'")
OPENED = _WAITING.format(state="d.state IN ('pending', 'available', 'sent') AND d.state = 'sent' AND d.outcome = ''")


def announce() -> int:
    """Owe a mail for each message that waits without one; how many. Safe to repeat, and for one sweeper at a time."""
    if "email" not in channels.ways() or not settings.SERVICE_ADDRESS:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        (is_ours,) = cursor.fetchone()
        if not is_ours:
            return 0
        found: list[tuple[UUID, int]] = []
        for question in (NEW, OPENED):
            cursor.execute(question, [inbox.USUAL_DAYS, AT_ONCE])
            found += cursor.fetchall()
        return sum(_owe(delivery_id, str(turn)) for delivery_id, turn in found)


def again(delivery: Delivery, *, turn: str) -> bool:
    """Owe another mail about a message whose link has ended; False if it is owed already."""
    return _owe(delivery.pk, turn)


def _owe(delivery_id: UUID, turn: str) -> bool:
    delivery = Delivery.objects.select_related("report__key", "recipient__route").get(pk=delivery_id)
    mail = links.mail_of(delivery.recipient.route)
    if mail is None:
        return False
    link = settings.SERVICE_ADDRESS.rstrip("/") + links.write(delivery.pk, mail)
    topic = Topic(delivery.report.key, f"waits:{delivery.pk}:{turn}", delivery.report)
    return owing.owe(KIND, Contact(owing.EMAIL, mail.to, mail.language), topic, link=link)
