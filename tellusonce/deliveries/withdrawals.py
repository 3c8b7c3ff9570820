"""What a withdrawn consent does to what relied on it: nothing more is told, and what was told is taken back."""

import datetime as dt
from collections.abc import Sequence

from adapters import contract
from tellusonce.deliveries import owing
from tellusonce.models import Attempt, Delivery, Report

State = Delivery.State
UNSENT = "unsent"  # an attempt of which it is certain that nothing went on the wire


def take_back(report: Report, recipient: str, *, reason: str, at: dt.datetime) -> list[Delivery]:
    """Keep back what has not been told; if anything was, or may have been, owe a message that takes it back.

    Gives the deliveries that changed or were added, the added one last. What is on the wire this moment is left to
    its settling: whatever becomes of it, it is not tried again, and the message that takes it back waits for it.
    Expects the report's row to be locked, so that it happens once.
    """
    relied = _that_relied(report, recipient)
    tried = _tried(relied)
    kept_back = [each for each in relied if _keep_back(each, reason, was_tried=each in tried, at=at)]
    if not tried:
        return kept_back
    return [*kept_back, owing.follow_up(tried[-1], purpose=Delivery.Purpose.WITHDRAW, at=at)]


def _that_relied(report: Report, recipient: str) -> list[Delivery]:
    """Lock them: a drain that has one in hand has written its attempt by then, or finds it taken out of its hands."""
    theirs = report.deliveries.filter(recipient__slug=recipient, agreement__lawful_basis="consent")
    rows = theirs.exclude(purpose=Delivery.Purpose.WITHDRAW).select_for_update(of=("self",))
    return list(rows.select_related("report", "recipient__route").order_by("sequence"))


def _tried(deliveries: Sequence[Delivery]) -> list[Delivery]:
    attempts = Attempt.objects.filter(delivery_id__in=[each.pk for each in deliveries])
    may_have_come = attempts.exclude(result__outcome=UNSENT).exclude(result__code__in=contract.UNREACHED)
    known = set(may_have_come.values_list("delivery_id", flat=True))
    return [each for each in deliveries if each.pk in known]


def _keep_back(delivery: Delivery, reason: str, *, was_tried: bool, at: dt.datetime) -> bool:
    """Withhold it, unless it has been told or is on the wire; says whether that was done."""
    is_in_hand = delivery.leased_until is not None and delivery.leased_until > at
    if delivery.state in {State.SENT, State.CLOSED} or (was_tried and (is_in_hand or delivery.state == State.FAILED)):
        return False
    delivery.state, delivery.reason = State.WITHHELD, reason
    delivery.due_at = delivery.leased_until = None
    delivery.tries = delivery.tries if was_tried else 0
    delivery.save(update_fields=["state", "reason", "due_at", "leased_until", "tries"])
    return True
