"""Draining a lane: claim a batch, say it, write down what became of it, as long as there is work and time.

No transaction and no connection is held while we wait for a recipient. Whatever kills this process at whatever line
leaves rows that somebody else claims when the lease is over: see docs/architecture.md.
"""

import contextlib
import enum
import logging
import queue
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from adapters.egress import Egress, Limits, Reply
from tellusonce import metrics, outbound, replies
from tellusonce.deliveries import claims, lanes, mailboxes
from tellusonce.deliveries.lanes import Hold
from tellusonce.models import Mailbox
from tellusonce.outbound import BATCH, Batch, Outbound

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

PATIENCE_WITH_CONNECTION = 0.5  # seconds without a reply after which the database connection is given back
SETTLED_BY = 1.125  # of the time in which a drain may start anything: 45 s where that is 40
LONGEST_NAP = 1.0  # a rate that lets nothing through for longer is left to the sweep
BETWEEN_DATABASE_TRIES = 0.5
# Seconds in which replies that come one by one are gathered, to be settled in one transaction: few where the wire will
# soon want more, many where there is enough in hand to keep it busy.
GATHERING_AT_LEAST, GATHERING_AT_MOST = 0.05, 0.25


class Ending(enum.Enum):
    """Why a drain ended: another has the lane, it has to wait for something, or there was no more work or time."""

    HELD_ELSEWHERE = "held-elsewhere"
    HAS_TO_WAIT = "has-to-wait"
    DONE = "done"


def drain(recipient_id: int, lane: str) -> Ending:
    """Drain one lane until it is empty, has to wait, or the time is over."""
    hold = lanes.take(recipient_id, lane)
    if hold is None:
        return Ending.HELD_ELSEWHERE
    metrics.DRAINS.labels(lane).inc()
    try:
        return _Drain(hold).run()
    finally:
        with contextlib.suppress(DatabaseError, InterfaceError):  # its lease ends by itself
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
        self.on_the_wire: dict[object, Outbound] = {}
        self.in_flight = 1
        self.may_claim = True
        self.nap = 0.0

    def run(self) -> Ending:
        """Alternate between settling with claiming, saying and sending, and waiting for replies."""
        heard: list[Reply] = []
        while True:
            batch = self._patiently(partial(self._settle_and_claim, heard))
            if batch is not None:
                self._send(batch, self._patiently(partial(self._prepare, batch)))
            heard = []
            if self.on_the_wire:
                heard = self._hear()
            elif self.nap:
                time.sleep(self.nap)
            elif batch is None:
                return Ending.DONE if self.may_claim else Ending.HAS_TO_WAIT

    def _seconds_to_start(self) -> float:
        """What is started later than this could not be settled in time."""
        until = settings.DRAIN_SECONDS * SETTLED_BY - settings.REPLY_SECONDS
        return until - (time.monotonic() - self.started)

    def _patiently(self, work: Callable[[], Result]) -> Result:
        """Do it again when the database was lost: replies in hand are worth waiting for while we have the lease."""
        while True:
            try:
                return work()
            except (OperationalError, InterfaceError) as error:
                if time.monotonic() - self.started > settings.LEASE_SECONDS:
                    raise
                logger.warning("database lost in a drain: %s", type(error).__name__)
                connection.close()
                time.sleep(BETWEEN_DATABASE_TRIES)

    def _settle_and_claim(self, heard: Sequence[Reply]) -> Batch | None:
        done = [(self.on_the_wire[reply.key], reply) for reply in heard if reply.key in self.on_the_wire]
        with transaction.atomic():
            replies.settle(done, recipient_id=self.hold.recipient_id)
            batch = self._claim(len(self.on_the_wire) - len(done)) if self._may_claim(len(done)) else None
        for reply in heard:
            self.on_the_wire.pop(reply.key, None)
        return batch

    def _may_claim(self, done: int) -> bool:
        """Enough room for a batch worth its statements, time left, and the lane still ours."""
        if len(self.on_the_wire) - done > BATCH / 2 or self._seconds_to_start() <= 0:
            return False
        self.may_claim = self.may_claim and lanes.renew(self.hold)
        return self.may_claim

    def _claim(self, on_the_wire: int) -> Batch | None:
        desk = outbound.open_desk(self.hold.recipient_id)
        most = outbound.most_at_once(desk, lane=self.hold.lane, seconds=self._seconds_to_start())
        wanted = max(0, most - on_the_wire)
        allowed = mailboxes.allowance(desk.mailbox, desk.recipient, at=desk.at, wanted=wanted)
        self.nap = 0.0
        if not allowed.limit:
            self._wait(allowed)
            return None
        claimed = claims.claim(self.hold, limit=allowed.limit)
        mailboxes.spend(desk.mailbox, desk.recipient, at=desk.at, count=len(claimed), is_probe=allowed.is_probe)
        return Batch(claimed, desk, is_probe=allowed.is_probe) if claimed else None

    def _wait(self, allowed: mailboxes.Allowance) -> None:
        """Note why nothing may be claimed: for want of room, or of rate, it may be soon; otherwise not in this run."""
        self.may_claim = allowed.why == "" or 0 < allowed.wait <= LONGEST_NAP
        if allowed.wait and self.may_claim and claims.anything_due(self.hold.recipient_id, self.hold.lane):
            self.nap = allowed.wait

    def _prepare(self, batch: Batch) -> list[Outbound]:
        with transaction.atomic():
            return outbound.prepare(batch)

    def _send(self, batch: Batch, going: Sequence[Outbound]) -> None:
        if not going:
            return
        self.in_flight = outbound.in_flight(batch.desk.recipient, lane=self.hold.lane)
        limits = Limits(
            first_byte_for=settings.REPLY_SECONDS,
            total_for=settings.REPLY_SECONDS,
            in_flight=self.in_flight,
            start_for=max(0.1, self._seconds_to_start()),
        )
        self.on_the_wire.update({each.exchange.key: each for each in going})
        Egress.shared().send([each.exchange for each in going], replies=self.replies, limits=limits)

    def _hear(self) -> list[Reply]:
        """Wait for one reply and take what comes with it; the egress answers everything within its deadlines."""
        try:
            heard = [self.replies.get(timeout=PATIENCE_WITH_CONNECTION)]
        except queue.Empty:
            connection.close()
            heard = [self.replies.get(timeout=settings.LEASE_SECONDS)]
        began = time.monotonic()
        while (more := len(self.on_the_wire) - len(heard)) > 0:
            patience = GATHERING_AT_MOST if more > self.in_flight else GATHERING_AT_LEAST
            try:
                heard.append(self.replies.get(timeout=max(0.0, began + patience - time.monotonic())))
            except queue.Empty:
                break
        return heard
