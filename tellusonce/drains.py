"""Draining a lane: claim a batch, say it, write down what became of it, as long as there is work and time.

No transaction and no connection is held while we wait for a recipient. Whatever kills this process at whatever line
leaves rows that somebody else claims when the lease is over: see docs/architecture.md.
"""

import logging
import queue
import time
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import connection, transaction

from adapters.egress import Egress, Limits, Reply
from tellusonce import metrics, outbound
from tellusonce.deliveries import claims, lanes, mailboxes
from tellusonce.deliveries.lanes import Hold
from tellusonce.models import Mailbox

logger = logging.getLogger(__name__)

PATIENCE_WITH_CONNECTION = 0.5  # seconds without a reply after which the database connection is given back
SETTLED_BY = 1.125  # of the time in which a drain may start anything: 45 s where that is 40


def drain(recipient_id: int, lane: str) -> bool:
    """Drain one lane until it is empty or the time is over; False when somebody else has it or it must wait."""
    hold = lanes.take(recipient_id, lane)
    if hold is None:
        return False
    metrics.DRAINS.labels(lane).inc()
    try:
        return _Drain(hold).run()
    finally:
        lanes.release(hold)


def slow_among(recipient_ids: Iterable[int]) -> set[int]:
    """Those whose replies have become so slow that they belong in the queue for the slow."""
    slow = Mailbox.objects.filter(recipient_id__in=list(recipient_ids), reply_ms__gte=Mailbox.SLOW_MS)
    return set(slow.values_list("pk", flat=True))


class _Drain:
    """One run over one lane: what is on the wire, and how much time is left."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        self.started = time.monotonic()
        self.replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self.on_the_wire: dict[object, outbound.Outbound] = {}
        self.may_claim = True
        self.wait_for_rate = 0.0
        self.limits = Limits()

    def run(self) -> bool:
        """Alternate between settling with claiming, in one transaction, and waiting for replies."""
        heard: list[Reply] = []
        while True:
            prepared = self._settle_and_claim(heard)
            self._send(prepared)
            heard = []
            if self.on_the_wire:
                heard = self._hear()
            elif 0 < self.wait_for_rate < self._seconds_to_start():
                time.sleep(self.wait_for_rate)
            elif not prepared.was_anything_claimed:
                return self.may_claim

    def _seconds_to_start(self) -> float:
        """What is started later than this could not be settled in time."""
        until = settings.DRAIN_SECONDS * SETTLED_BY - settings.REPLY_SECONDS
        return until - (time.monotonic() - self.started)

    def _settle_and_claim(self, heard: Sequence[Reply]) -> outbound.Prepared:
        done = [(self.on_the_wire.pop(reply.key), reply) for reply in heard]
        with transaction.atomic():
            outbound.settle(done, recipient_id=self.hold.recipient_id)
            room = outbound.BATCH - len(self.on_the_wire)
            if not self._may_claim(room):
                return outbound.Prepared()
            return self._claim(room)

    def _may_claim(self, room: int) -> bool:
        """Enough room for a batch worth its statements, time left, and the lane still ours."""
        if room < outbound.BATCH / 2 or self._seconds_to_start() <= 0:
            return False
        self.may_claim = self.may_claim and lanes.renew(self.hold)
        return self.may_claim

    def _claim(self, room: int) -> outbound.Prepared:
        desk = outbound.open_desk(self.hold.recipient_id)
        wanted = min(room, outbound.most_at_once(desk) - len(self.on_the_wire))
        allowed = mailboxes.allowance(desk.mailbox, desk.recipient, at=desk.at, wanted=wanted)
        self.wait_for_rate = 0.0
        if not allowed.limit:
            self._wait(allowed)
            return outbound.Prepared()
        claimed = claims.claim(self.hold, limit=allowed.limit)
        mailboxes.spend(desk.mailbox, desk.recipient, at=desk.at, count=len(claimed), is_probe=allowed.is_probe)
        self.limits = Limits(
            first_byte_for=settings.REPLY_SECONDS,
            total_for=settings.REPLY_SECONDS,
            in_flight=desk.recipient.in_flight,
            start_for=max(0.1, self._seconds_to_start()),
        )
        return outbound.prepare(claimed, desk)

    def _wait(self, allowed: mailboxes.Allowance) -> None:
        """Note why nothing may be claimed: for want of room or rate it may be soon, otherwise not in this run."""
        self.may_claim = allowed.why in {"", "rate"}
        is_any = allowed.wait > 0 and claims.anything_due(self.hold.recipient_id, self.hold.lane)
        self.wait_for_rate = allowed.wait if is_any else 0.0

    def _send(self, prepared: outbound.Prepared) -> None:
        if not prepared.going:
            return
        self.on_the_wire.update({each.exchange.key: each for each in prepared.going})
        Egress.shared().send([each.exchange for each in prepared.going], replies=self.replies, limits=self.limits)

    def _hear(self) -> list[Reply]:
        """Wait for one reply and take all that came with it; the egress answers everything within its deadlines."""
        if not self.on_the_wire:
            return []
        try:
            heard = [self.replies.get(timeout=PATIENCE_WITH_CONNECTION)]
        except queue.Empty:
            connection.close()
            heard = [self.replies.get()]
        while len(heard) < outbound.BATCH:
            try:
                heard.append(self.replies.get_nowait())
            except queue.Empty:
                break
        return heard
