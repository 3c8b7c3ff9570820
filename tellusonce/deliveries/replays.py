"""Putting failed deliveries back, on a person's word: what nobody knew the outcome of counts as looked into."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor, Entry
from tellusonce import clocks
from tellusonce.models import Attempt, Delivery, Lane, Result

LOOKED_INTO = "looked-into"


def replay(actor: Actor, ids: Sequence[UUID], *, anew: bool = False) -> list[tuple[int, str]]:
    """Let failed deliveries be tried again under their own ids; gives their lanes, as hints take them.

    With `anew` they are said anew by the recipient's route of today, for a mapping that was mended; otherwise in the
    very words of their first attempt. Any that has not failed is left alone, so that a double click does nothing.
    """
    with transaction.atomic():
        failed = list(Delivery.objects.select_for_update().filter(pk__in=ids, state=Delivery.State.FAILED, outcome=""))
        _close_attempts([each.pk for each in failed])
        moment = clocks.now()
        for delivery in failed:
            delivery.state, delivery.reason, delivery.due_at = Delivery.State.PENDING, "", moment
            if anew:
                delivery.route, delivery.content_digest = None, None
        about = [Entry(Action.DELIVERY_REPLAYED, f"delivery:{each.pk}", on="anew" if anew else "") for each in failed]
        ledger.record_many(actor, about)
        Delivery.objects.bulk_update(failed, ["state", "reason", "due_at", "route", "content_digest"])
    return [(each.recipient_id, Lane.RETRY if each.tries else Lane.FIRST) for each in failed]


def _close_attempts(delivery_ids: Sequence[UUID]) -> None:
    """Give each attempt of unknown outcome a result, so that the engine does not stop at it again."""
    open_ended = Attempt.objects.filter(delivery_id__in=delivery_ids, result__isnull=True)
    looked_into = [
        Result(attempt=each, outcome="ambiguous", code=LOOKED_INTO, took_ms=0, finished_at=clocks.now())
        for each in open_ended
    ]
    Result.objects.bulk_create(looked_into, ignore_conflicts=True)  # its own may come in at last
