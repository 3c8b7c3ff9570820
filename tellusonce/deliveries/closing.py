"""What a confirmation does to the delivery it is about."""

import datetime as dt
from collections.abc import Iterable

from adapters.contract import TERMINAL_OUTCOMES
from tellusonce.models import Delivery

CONTESTED = "contested"


def outcome_of(said: Iterable[tuple[dt.datetime, str]]) -> str:
    """Sum up all that a recipient said, each with its own time, in whatever order it came.

    One terminal outcome stands, however often it was said; two different ones are contested, for a person; without
    one it is the latest of the others.
    """
    ordered = [outcome for _, outcome in sorted(said)]
    terminal = {outcome for outcome in ordered if outcome in TERMINAL_OUTCOMES}
    if len(terminal) > 1:
        return CONTESTED
    return terminal.pop() if terminal else ordered[-1]


def apply(delivery: Delivery, outcome: str, *, at: dt.datetime) -> None:
    """Write the outcome down; a terminal one closes from any state. Expects the row to be locked.

    Whoever answers has been told: whatever we made of our own reply, the delivery counts as sent from then on.
    """
    delivery.outcome = outcome
    delivery.sent_at = delivery.sent_at or at
    if outcome in TERMINAL_OUTCOMES or outcome == CONTESTED:
        delivery.state = Delivery.State.CLOSED
        delivery.closed_at = delivery.closed_at or at
        delivery.reason = ""
    elif delivery.state != Delivery.State.CLOSED:
        delivery.state, delivery.reason = Delivery.State.SENT, ""
    delivery.due_at = delivery.leased_until = None
    delivery.save(update_fields=["outcome", "sent_at", "state", "closed_at", "reason", "due_at", "leased_until"])
