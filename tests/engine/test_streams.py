"""What each mailbox holds, counted without ever reading a whole table."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from tellusonce import clocks
from tellusonce.deliveries import streams
from tellusonce.models import Delivery, Recipient
from tests import factories

pytestmark = pytest.mark.django_db
LONG_AGO = dt.date(2020, 1, 1)


@pytest.fixture
def library() -> Recipient:
    return factories.recipient("library")


def become(index: int, **columns: Any) -> None:
    """Let one of the deliveries stand elsewhere."""
    pk = Delivery.objects.order_by("created_at")[index].pk
    Delivery.objects.filter(pk=pk).update(**{"due_at": None, **columns})


def test_each_state_is_counted_by_itself(library: Recipient) -> None:
    for _ in range(6):
        factories.submitted()
    now = clocks.now()
    become(0, state="available")
    become(1, state="sent", sent_at=now, confirm_by=LONG_AGO)
    become(2, state="sent", sent_at=now)
    become(3, state="closed", outcome="acted", closed_at=now)
    become(4, state="closed", outcome="acted", closed_at=now - streams.ANSWERED_WITHIN)
    (stream,) = streams.of([library.pk])
    assert (stream.waiting, stream.to_fetch, stream.told) == (1, 1, 2)
    assert (stream.overdue, stream.answered) == (1, 1)
    assert stream.oldest_due == Delivery.objects.get(state="pending").due_at


def test_counting_ends_when_it_is_enough(library: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "ENOUGH", 2)
    for _ in range(3):
        factories.submitted()
    assert streams.of([library.pk])[0].waiting == 2


def test_an_empty_mailbox_has_nothing_due(library: Recipient) -> None:
    (stream,), following = streams.page(Q(), streams.Wish())
    assert (stream.oldest_due, stream.waiting, stream.recipient, following) == (None, 0, library, "")


def test_no_count_reads_more_than_its_index_has_at_hand(library: Recipient) -> None:
    asked: Any = {"recipients": [library.pk], "enough": 10, "today": LONG_AGO, "since": clocks.now()}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {streams._COUNTED}", asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    for index in ("delivery_due", "delivery_to_fetch", "delivery_to_answer", "delivery_answered"):
        assert index in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan
