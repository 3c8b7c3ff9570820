"""What a recipient's mailbox allows just now: pause, opening hours, breaker and rate; and how its replies change that.

The decision is pure; `look` and `note_replies` fetch and write the row it rests on. Waiting for any of these costs a
delivery no attempt.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tellusonce import clocks, deadlines
from tellusonce.models import Mailbox, Recipient

FAILURES_TO_OPEN = 5
OPEN_FOR = dt.timedelta(seconds=30)
OPEN_AT_MOST = dt.timedelta(minutes=10)
WISH_AT_MOST = dt.timedelta(hours=1)  # for a mailbox; a single delivery waits as long as they say
BURST_SECONDS = 1.0
MEMORY = 0.7  # how much of the older replies' time the moving average keeps


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may be claimed now; where none, `why` not, and in how many seconds the rate lets another through."""

    limit: int
    why: str = ""
    is_probe: bool = False
    wait: float = 0.0


def allowance(mailbox: Mailbox, recipient: Recipient, *, at: dt.datetime, wanted: int) -> Allowance:
    """Say how many of `wanted` deliveries this mailbox lets through at that moment."""
    if mailbox.paused_at is not None:
        return Allowance(0, "paused")
    if not is_open(recipient.opening_hours, at):
        return Allowance(0, "closed")
    if mailbox.open_until is not None:
        return Allowance(0, "breaker") if at < mailbox.open_until else Allowance(min(1, wanted), is_probe=True)
    if recipient.rate_per_second is None:
        return Allowance(wanted)
    tokens = _tokens(mailbox, recipient.rate_per_second, at)
    if tokens < 1:
        return Allowance(0, "rate", wait=(1 - tokens) / recipient.rate_per_second)
    return Allowance(min(wanted, int(tokens)))


def is_open(hours: dict[str, object] | None, at: dt.datetime) -> bool:
    """Whether `at` falls into hours like ``{"days": [1, 2, 3], "from": "08:00", "until": "18:00"}``, in UK time."""
    if not hours:
        return True
    local = at.astimezone(deadlines.UK)
    days = hours.get("days", [1, 2, 3, 4, 5, 6, 7])
    clock = local.strftime("%H:%M")
    return local.isoweekday() in days and str(hours["from"]) <= clock < str(hours["until"])  # type: ignore[operator]


def _tokens(mailbox: Mailbox, rate: float, at: dt.datetime) -> float:
    most = max(1.0, rate * BURST_SECONDS)
    if mailbox.refilled_at is None:
        return most
    return min(most, mailbox.tokens + rate * max(0.0, (at - mailbox.refilled_at).total_seconds()))


def spend(mailbox: Mailbox, recipient: Recipient, *, at: dt.datetime, count: int, is_probe: bool) -> None:
    """Write down that `count` have been claimed; expects the mailbox's row to be locked."""
    changed = []
    if is_probe and count:
        mailbox.open_until = at + OPEN_FOR  # until the probe's reply is in, nobody else probes
        changed.append("open_until")
    if recipient.rate_per_second is not None and count:
        mailbox.tokens = _tokens(mailbox, recipient.rate_per_second, at) - count
        mailbox.refilled_at = at
        changed += ["tokens", "refilled_at"]
    if changed:
        mailbox.save(update_fields=changed)


@dataclass(frozen=True, slots=True)
class Heard:
    """One reply, or its absence: what it says of their health, how long it took, and how long they ask us to wait.

    `is_failure` is None where it says neither. `was_probe`: it was sent to ask whether the breaker may close.
    """

    is_failure: bool | None
    took_ms: int
    wish: dt.timedelta = dt.timedelta()
    was_probe: bool = False


def note_replies(recipient_id: int, heard: Sequence[Heard]) -> None:
    """Let the breaker and the average reply time follow what was heard, in order; expects a transaction."""
    if not heard:
        return
    mailbox = Mailbox.objects.select_for_update().get(recipient_id=recipient_id)
    moment = clocks.now()
    for each in heard:
        mailbox.reply_ms = MEMORY * mailbox.reply_ms + (1 - MEMORY) * each.took_ms
        _follow(mailbox, each, moment)
    mailbox.save(update_fields=["reply_ms", "failures", "openings", "open_until"])


def _follow(mailbox: Mailbox, heard: Heard, moment: dt.datetime) -> None:
    """Open, keep open or close the breaker. While it is open, only a probe's reply counts: all else was sent before."""
    if heard.wish:  # they asked for time: the whole mailbox keeps quiet, and one probe asks whether it was enough
        until = moment + min(heard.wish, WISH_AT_MOST)
        mailbox.open_until = max(mailbox.open_until or until, until)
    elif heard.is_failure is None or (mailbox.open_until is not None and not heard.was_probe):
        return
    elif not heard.is_failure:
        mailbox.failures, mailbox.openings, mailbox.open_until = 0, 0, None
    else:
        mailbox.failures += 1
        if heard.was_probe or mailbox.failures >= FAILURES_TO_OPEN:
            mailbox.open_until = moment + min(OPEN_FOR * (1 << min(mailbox.openings, 10)), OPEN_AT_MOST)
            mailbox.openings += 1


def return_probe(mailbox: Mailbox, *, at: dt.datetime) -> None:
    """Let another probe go at once: what this one was given for never left."""
    mailbox.open_until = at
    mailbox.save(update_fields=["open_until"])


def pause(recipient_id: int, *, by: str, reason: str) -> bool:
    """Stop sending to this recipient until somebody resumes it; what is due stays due. False when it was paused."""
    changed = Mailbox.objects.filter(recipient_id=recipient_id, paused_at__isnull=True).update(
        paused_at=clocks.now(), paused_by=by, pause_reason=reason
    )
    return changed == 1


def resume(recipient_id: int) -> bool:
    """Send again, with the breaker closed; False when it was not paused."""
    changed = Mailbox.objects.filter(recipient_id=recipient_id, paused_at__isnull=False).update(
        paused_at=None, paused_by="", pause_reason="", failures=0, openings=0, open_until=None
    )
    return changed == 1
