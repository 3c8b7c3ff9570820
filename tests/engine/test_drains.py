"""A lane is drained over a real socket: what the recipient does decides what becomes of each delivery."""

from typing import Any

import pytest

from tellusonce import drains
from tellusonce.models import Attempt, Delivery, Lane, Mailbox, Result
from tests import factories
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db(transaction=True)


def told(far_end: Running, *behaviour: dict[str, Any], reports: int = 1, **fields: Any) -> Any:
    """Owe reports to one recipient that behaves like this, and drain its first lane."""
    far_end.start({"name": "council-tax", "style": "rest", "behaviour": list(behaviour), "replies": {}})
    recipient = factories.recipient("council-tax", address=f"{far_end.url}/rest/council-tax", **fields)
    for _ in range(reports):
        factories.submitted()
    drains.drain(recipient.pk, Lane.FIRST)
    return recipient


def test_what_is_taken_is_sent_with_one_attempt_and_its_result(far_end: Running) -> None:
    told(far_end, reports=3)
    assert set(Delivery.objects.values_list("state", "tries")) == {("sent", 1)}
    assert Attempt.objects.count() == 3
    assert set(Result.objects.values_list("outcome", "code")) == {("accepted", "http-200")}
    assert len(far_end.books("council-tax")["messages"]) == 3
