"""Sending what is due, one notice after the other: claim it and write the attempt, send, write down what became of it.

Each claim raises the notice's fence, and only whoever holds the newest may settle it. No transaction is open while a
channel is spoken to. Whatever kills this process leaves a lease that ends, and then the same id goes out again.
"""

import datetime as dt
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from identity import ledger, vault
from identity.ledger import Action, Actor
from tellusonce import clocks, metrics
from tellusonce.deliveries import retries
from tellusonce.models import Notice, NoticeAttempt, NoticeResult
from tellusonce.notices import channels, owing, words
from tellusonce.notices.mailings import PERMANENT, Channel, Mailing, NotTaken

logger = logging.getLogger(__name__)

TAKEN = "taken"
SENDER = Actor("notices")
CRASHES_ALLOWED = 5
CLAIM = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at),
due AS (
    SELECT id FROM tellusonce_notice
    WHERE state = 'owed' AND due_at <= (SELECT at FROM moment) AND expires_at > (SELECT at FROM moment)
      AND (leased_until IS NULL OR leased_until < (SELECT at FROM moment))
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE tellusonce_notice n
SET fence = n.fence + 1, tries = n.tries + 1, leased_until = (SELECT at FROM moment) + %s * interval '1 second'
FROM due WHERE n.id = due.id RETURNING n.id
"""
SETTLE = """
WITH moment AS MATERIALIZED (SELECT clock_at() AS at)
UPDATE tellusonce_notice SET state = %(state)s, reason = %(reason)s, leased_until = NULL,
    due_at = CASE WHEN %(state)s = 'owed' THEN (SELECT at FROM moment) + %(pause)s * interval '1 second' END,
    sent_at = CASE WHEN %(state)s = 'sent' THEN (SELECT at FROM moment) END
WHERE id = %(id)s AND fence = %(fence)s AND state = 'owed'
"""


@dataclass(frozen=True, slots=True)
class Try:
    """A claimed notice and its attempt, which may be about to go out; `crashes` are earlier ones without a result."""

    notice: Notice
    attempt: NoticeAttempt
    crashes: int


def send() -> int:
    """Send what is due until nothing is, the time is over or the channel fails; gives how many were taken."""
    channel = channels.opened()
    if channel is None:
        return 0
    until = time.monotonic() + settings.DRAIN_SECONDS
    taken = 0
    try:
        while time.monotonic() < until and (each := claim(channel)):
            failure = _send(each, channel)
            taken += failure is None
            if failure and failure.is_channel:
                break  # the others wait for the next sweep, and it costs them no attempt
    finally:
        channel.close()
    return taken


def claim(channel: Channel) -> Try | None:
    """Take the notice that has been due longest and write the attempt, in one transaction; None if nothing is due."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [settings.LEASE_SECONDS])
            row = cursor.fetchone()
        if row is None:
            return None
        notice = Notice.objects.select_related("key").get(pk=row[0])
        crashes = NoticeAttempt.objects.filter(notice_id=notice.pk, noticeresult=None).count()
        attempt = NoticeAttempt.objects.create(
            notice_id=notice.pk,
            number=notice.tries,
            fence=notice.fence,
            channel=channel.name,
            started_at=clocks.now(),
        )
    return Try(notice, attempt, crashes)


def _send(each: Try, channel: Channel) -> NotTaken | None:
    started = time.monotonic()
    failure: NotTaken | None = None
    try:
        channel.send(_mailing(each))
    except NotTaken as error:
        failure = error
    except vault.KeyDestroyed:
        failure = NotTaken(PERMANENT, "erased")
    except Exception as error:  # whatever it is, one notice has it and the rest do not
        logger.exception("a notice could not be sent")
        failure = NotTaken("unknown", type(error).__name__)
    settle(each, failure, took=dt.timedelta(seconds=time.monotonic() - started))
    return failure


def _mailing(each: Try) -> Mailing:
    """Put it into words. Raises KeyDestroyed where it has been erased, NotTaken where nobody knows what trying does."""
    notice = each.notice
    if each.crashes >= CRASHES_ALLOWED:
        raise NotTaken(PERMANENT, "quarantined")
    to, values = owing.unseal(notice)
    said = words.render(words.KINDS[notice.kind], notice.language, values)
    return Mailing(notice.pk, notice.by, to, notice.language, said, notice.created_at, is_repeated=notice.tries > 1)


def settle(each: Try, failure: NotTaken | None, *, took: dt.timedelta) -> None:
    """Write down what became of a try, and when the next one is due; the notice only if it is still ours."""
    outcome, code = (failure.outcome, failure.code) if failure else (TAKEN, "")
    state = Notice.State.SENT if failure is None else Notice.State.OWED
    if outcome == PERMANENT:
        state = Notice.State.FAILED
    pause = retries.pause_after(each.notice.tries, wish=failure.wish if failure else None)
    metrics.NOTICES.labels(each.notice.kind, outcome).inc()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            {
                "state": state.value,
                "reason": code[:40] if state == Notice.State.FAILED else "",
                "pause": pause.total_seconds(),
                "id": each.notice.pk,
                "fence": each.notice.fence,
            },
        )
        NoticeResult.objects.create(
            attempt=each.attempt,
            outcome=outcome,
            code=code[:60],
            was_overtaken=cursor.rowcount == 0,
            took_ms=int(took.total_seconds() * 1000),
            finished_at=clocks.now(),
        )
        if failure is None:
            _note(each.notice)


def _note(notice: Notice) -> None:
    """Let the ledger say that somebody's address was used, and for what."""
    about = f"report:{notice.report_id}" if notice.report_id else f"notice:{notice.pk}"
    ledger.record(SENDER, action=Action.NOTICE_SENT, about=about, purpose=notice.kind, on=f"notice:{notice.pk}")
