"""Deliveries owed to one recipient of the simulator, for the tests of drains."""

import datetime as dt
import json
from typing import Any

from tellusonce import drains
from tellusonce.deliveries import lanes
from tellusonce.models import Delivery, Lane, Recipient
from tests import factories
from tests.simulator.peers import Running


def told(far_end: Running, *behaviour: dict[str, Any], reports: int = 1, **fields: Any) -> Recipient:
    """Owe reports to one recipient that behaves like this, and drain its first lane."""
    recipient = owed(far_end, *behaviour, reports=reports, **fields)
    drains.drain(recipient.pk, Lane.FIRST)
    return recipient


def owed(far_end: Running, *behaviour: dict[str, Any], reports: int = 1, **fields: Any) -> Recipient:
    """Owe reports to one recipient that behaves like this."""
    far_end.start({"name": "council-tax", "style": "rest", "behaviour": list(behaviour)}, keep_bodies=True)
    recipient = factories.recipient("council-tax", address=f"{far_end.url}/rest/council-tax", **fields)
    for _ in range(reports):
        factories.submitted()
    return recipient


def make_due() -> None:
    """Let everything that waits be due."""
    Delivery.objects.filter(state="pending").update(due_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), leased_until=None)


def let_leases_end() -> None:
    """Let whoever has anything in hand be too late."""
    long_ago = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    Delivery.objects.filter(leased_until__isnull=False).update(leased_until=long_ago, due_at=long_ago)


def messages(far_end: Running) -> dict[str, Any]:
    """Read what came, by message id."""
    return {each["message_id"]: each for each in far_end.books("council-tax")["by_message"]}


def bodies(far_end: Running) -> list[Any]:
    """Read the bodies that came."""
    return [json.loads(line["body"]) for line in far_end.lines() if "body" in line]


def claimed_and_sent(drain: drains._Drain, *, is_sent: bool = True) -> None:
    """Let a drain take its first steps: claim, write the attempts, and send."""
    batch = drain._settle_and_claim([])
    assert batch is not None
    going = drain._prepare(batch)
    if is_sent:
        drain._send(batch, going)


def crash_after_claiming(recipient: Recipient) -> None:
    """Take everything in hand as a worker does that then dies: attempts written, nothing settled, leases over."""
    hold = lanes.take(recipient.pk, Lane.FIRST)
    assert hold is not None
    claimed_and_sent(drains._Drain(hold), is_sent=False)
    Lane.objects.update(leased_until=None)
    let_leases_end()
