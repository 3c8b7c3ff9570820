"""What workers run. Each task may be lost, repeated or late: the rows say what is owed, the tasks only look."""

from celery import shared_task

from identity import erasures, seals
from tellusonce import announcements, drafts, drains, metrics, releases, retention
from tellusonce.deliveries import claims, hints, sweeps
from tellusonce.models import Lane, Mailbox
from tellusonce.notices import hints as notice_hints
from tellusonce.notices import sending
from tellusonce.notices import sweeps as notice_sweeps


@shared_task(name="tellusonce.tasks.wake")
def wake(lanes: list[tuple[int, str]]) -> None:
    """Send a drain for each lane that a submission has given work, to the queue that fits its recipient."""
    slow = Mailbox.objects.filter(recipient_id__in={recipient for recipient, _ in lanes}, reply_ms__gte=Mailbox.SLOW_MS)
    hints.pass_on([(recipient, lane) for recipient, lane in lanes], slow=set(slow.values_list("pk", flat=True)))


@shared_task(name="tellusonce.tasks.drain")
def drain(recipient_id: int, lane: str) -> None:
    """Drain one lane; safe to run twice, since only one holds the lane.

    Work that came while the hint still stood was hinted to nobody: once it is taken back, one more look.
    """
    ending = drains.Ending.DONE
    try:
        ending = drains.drain(recipient_id, lane)
    except Exception as error:
        metrics.UNKNOWN_FAILURES.labels(type(error).__name__).inc()
        raise
    finally:
        if ending != drains.Ending.HELD_ELSEWHERE:  # whoever holds it takes the hint back
            hints.forget([(recipient_id, lane)])
    if ending == drains.Ending.DONE and claims.anything_due(recipient_id, lane):
        hints.hint([(recipient_id, lane)], slow=drains.slow_among([recipient_id]))


@shared_task(name="tellusonce.tasks.sweep")
def sweep() -> None:
    """Hint every lane that has work and nobody at it."""
    forgotten = sweeps.find()
    slow = {each.recipient_id for each in forgotten if each.is_slow}
    retries = [(each.recipient_id, each.lane) for each in forgotten if each.lane == Lane.RETRY]
    firsts = [(each.recipient_id, each.lane) for each in forgotten if each.lane == Lane.FIRST]
    hints.hint(retries, slow=slow)  # only the sweep wakes these; a first attempt had a hint, and it was lost
    metrics.RECOVERED.inc(hints.hint(firsts, slow=slow))
    announcements.announce()
    notice_sweeps.sweep()
    if notice_sweeps.anything_due():
        notice_hints.hint()


@shared_task(name="tellusonce.tasks.send_notices")
def send_notices() -> None:
    """Send the notices that are due; safe to run twice, since each is claimed by one."""
    try:
        sending.send()
    finally:
        notice_hints.forget()


@shared_task(name="tellusonce.tasks.release")
def release() -> None:
    """Free what was withheld only for a while."""
    releases.release()


@shared_task(name="tellusonce.tasks.remind")
def remind() -> None:
    """Owe those whose draft soon expires the news of it."""
    drafts.remind()


@shared_task(name="tellusonce.tasks.seal_ledger")
def seal_ledger() -> None:
    """Put the ledger's new entries in order, and write outside what has to be there."""
    seals.seal()
    erasures.append()


@shared_task(name="tellusonce.tasks.forget")
def forget() -> None:
    """Forget whatever has been kept for as long as the schedule says."""
    retention.apply()
