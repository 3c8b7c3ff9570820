"""What became of deliveries that were sent: classed, settled, and what was answered at once kept.

Every function here expects a transaction of the drain's, and talks to nobody.
"""

import logging
from collections import Counter
from collections.abc import Sequence

from django.db import DatabaseError, transaction

from adapters.contract import Answer
from adapters.egress import Reply
from identity import ledger
from identity.ledger import Action, Entry
from tellusonce import confirmations, metrics, verdicts
from tellusonce.deliveries import mailboxes, settling
from tellusonce.deliveries.settling import Settlement
from tellusonce.outbound import ENGINE, Outbound
from tellusonce.verdicts import Verdict

logger = logging.getLogger(__name__)

Told = tuple[Outbound, Reply, Verdict]


def settle(done: Sequence[tuple[Outbound, Reply]], *, recipient_id: int) -> None:
    """Write down what became of these, let the breaker follow, and keep what was answered at once.

    Safe to repeat: what was settled before is not settled again.
    """
    if not done:
        return
    read = [(sent, reply, _verdict(sent, reply)) for sent, reply in done]
    settled = settling.settle([_settlement(*each) for each in read])
    ledger.record_many(ENGINE, [_entry(sent) for sent, _, verdict in read if not verdict.is_spared])
    metrics.FENCED.inc(len(read) - len(settled))
    _count(read)
    for sent, _, verdict in read:
        if verdict.stops_mailbox:
            mailboxes.pause(recipient_id, by="engine", reason=verdict.code[:60])
        if verdict.answer is not None:
            _keep_answer(sent, verdict.answer)
    mailboxes.note_replies(recipient_id, [_heard(*each) for each in read if not each[2].is_spared])


def _count(read: Sequence[Told]) -> None:
    """Add up first: each time a metric is asked for by its labels it takes longer than a counter that is at hand."""
    outcomes = Counter((sent.exchange.endpoint, verdict.outcome) for sent, _, verdict in read)
    failures = Counter((sent.exchange.endpoint, verdict.code) for sent, _, verdict in read if not verdict.is_taken)
    for labels, count in outcomes.items():
        metrics.ATTEMPTS.labels(*labels).inc(count)
    for labels, count in failures.items():
        metrics.FAILURES.labels(*labels).inc(count)
    (recipient,) = {sent.exchange.endpoint for sent, _, _ in read}  # a lane has one
    metrics.REPLY_BYTES.labels(recipient).inc(sum(reply.received for _, reply, _ in read))
    seconds = metrics.ATTEMPT_SECONDS.labels(recipient)
    for _, reply, verdict in read:
        if not verdict.is_spared:
            seconds.observe(reply.seconds)


def _verdict(sent: Outbound, reply: Reply) -> Verdict:
    return verdicts.of_reply(reply, sent.endpoint, asked=sent.asked, tries=sent.claimed.tries)


def _settlement(sent: Outbound, reply: Reply, verdict: Verdict) -> Settlement:
    return Settlement(
        sent.claimed,
        verdict.state,
        verdict.reason,
        verdict.pause,
        attempt_id=sent.attempt.attempt_id,
        outcome=verdict.outcome,
        code=verdict.code,
        took_ms=_milliseconds(reply),
        is_spared=verdict.is_spared,
    )


def _entry(sent: Outbound) -> Entry:
    about, basis = f"delivery:{sent.claimed.id}", f"agreement:{sent.attempt.agreement_id}"
    return Entry(Action.DELIVERY_SENT, about, sent.claimed.kind, basis)


def _heard(sent: Outbound, reply: Reply, verdict: Verdict) -> mailboxes.Heard:
    return mailboxes.Heard(
        verdict.speaks_against_health, took_ms=_milliseconds(reply), wish=verdict.wish, was_probe=sent.is_probe
    )


def _milliseconds(reply: Reply) -> int:
    return int(reply.seconds * 1000)


def _keep_answer(sent: Outbound, answer: Answer) -> None:
    """Keep it if it can be kept; that it was taken stays settled either way, for it and for its neighbours."""
    try:
        with transaction.atomic():
            confirmations.take_reply(
                sent.claimed.id, answer, organisation=sent.organisation, recipient=sent.endpoint.recipient
            )
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("the answer to delivery %s could not be kept", sent.claimed.id)
        metrics.UNKNOWN_FAILURES.labels(type(error).__name__).inc()
