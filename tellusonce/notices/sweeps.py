"""Finding notices that nobody was told of: by due time and lease alone; and settling those that wait or are too old."""

from uuid import UUID

from django.db import connection, transaction

from identity import ledger
from identity.ledger import Action, Actor
from tellusonce import clocks
from tellusonce.models import Notice
from tellusonce.notices import words

LOCK = 7_245_012  # of our own choosing; any sweeper takes the same
AT_ONCE = 500
OPERATOR = Actor("operator")

# Nothing of the report is open any more, and somebody answered: what waited for that is owed.
RIPEN = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
UPDATE tellusonce_notice n
SET state = 'owed', due_at = (SELECT at FROM moment), expires_at = (SELECT at FROM moment) + %s * interval '1 second'
FROM (
    SELECT w.id FROM tellusonce_notice w
    WHERE w.state = 'waiting'
      AND EXISTS (SELECT 1 FROM tellusonce_delivery d WHERE d.report_id = w.report_id AND d.state = 'closed')
      AND NOT EXISTS (
          SELECT 1 FROM tellusonce_delivery d
          WHERE d.report_id = w.report_id AND d.state IN ('pending', 'available', 'sent'))
    ORDER BY w.expires_at LIMIT %s FOR UPDATE OF w SKIP LOCKED
) ripe WHERE n.id = ripe.id
"""
# Too late to be of use: given up, and counted as such. One in somebody's hands is left until the lease is over.
LAPSE = """
UPDATE tellusonce_notice n SET state = 'failed', reason = 'lapsed', due_at = NULL, leased_until = NULL
FROM (
    SELECT id FROM tellusonce_notice
    WHERE state IN ('waiting', 'owed') AND expires_at <= (SELECT clock_at())
      AND (leased_until IS NULL OR leased_until < (SELECT clock_at()))
    LIMIT %s FOR UPDATE SKIP LOCKED
) late WHERE n.id = late.id
"""
ANYTHING = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
SELECT EXISTS (
    SELECT 1 FROM tellusonce_notice WHERE state = 'owed' AND due_at <= (SELECT at FROM moment)
    AND expires_at > (SELECT at FROM moment) AND (leased_until IS NULL OR leased_until < (SELECT at FROM moment)))
"""


def sweep() -> None:
    """Let what waited become owed and what is too old be given up, unless another sweeper is at it this moment."""
    longest = words.ALL_CONFIRMED.lasts_for.total_seconds()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        (is_ours,) = cursor.fetchone()
        if is_ours:
            cursor.execute(RIPEN, [longest, AT_ONCE])
            cursor.execute(LAPSE, [AT_ONCE])


def anything_due() -> bool:
    """Whether a notice could be claimed now."""
    with connection.cursor() as cursor:
        cursor.execute(ANYTHING)
        (answer,) = cursor.fetchone()
    return bool(answer)


def owe_again(notice_id: UUID) -> bool:
    """Owe a notice that was given up once more; False unless there is one. It keeps its id, so nothing comes twice."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(pk=notice_id, state=Notice.State.FAILED).first()
        if notice is None or notice.reason == "erased":
            return False
        moment = clocks.now()
        notice.state, notice.reason, notice.due_at = Notice.State.OWED, "", moment
        notice.expires_at = moment + words.KINDS[notice.kind].lasts_for
        notice.save(update_fields=["state", "reason", "due_at", "expires_at"])
        ledger.record(OPERATOR, action=Action.NOTICE_OWED_AGAIN, about=f"notice:{notice.pk}", purpose=notice.kind)
    return True


def counts() -> dict[str, int]:
    """Count what is open and what was given up, for an operator."""
    return {state: Notice.objects.filter(state=state).count() for state in ("waiting", "owed", "failed")}
