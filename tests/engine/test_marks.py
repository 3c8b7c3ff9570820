"""With RabbitMQ what has been hinted is marked in the database: once each, until it is seen to or the mark ends."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection

from tellusonce import clocks, marks
from tellusonce.deliveries import hints
from tellusonce.models import Lane, Mark
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
PUBLISH = "tellusonce.brokers.publish"


@pytest.fixture(autouse=True)
def rabbitmq(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let marks be kept as with RabbitMQ, at rest from no fault; nobody publishes here but where a test says so."""
    settings.BROKER_IS_RABBITMQ = True
    monkeypatch.setattr("tellusonce.brokers._quiet_until", 0.0)


def test_what_was_marked_is_given_once_until_it_is_dropped() -> None:
    assert marks.take(["7:first", "8:first"]) == {"7:first", "8:first"}
    assert marks.take(["8:first", "9:first"]) == {"9:first"}
    marks.drop(["8:first"])
    assert marks.take(["7:first", "8:first"]) == {"8:first"}


def test_a_mark_ends_by_itself() -> None:
    marks.take(["7:first"])
    Mark.objects.update(until=clocks.now() - dt.timedelta(seconds=1))
    assert marks.take(["7:first"]) == {"7:first"}
    assert marks.take(["7:first"]) == set()


def test_of_many_who_ask_at_once_one_is_given_each() -> None:
    given: list[str] = []

    def ask(names: list[str]) -> None:
        given.extend(marks.take(names))
        connection.close()

    names = [f"{number}:first" for number in range(20)]
    threads = [threading.Thread(target=ask, args=(names[::step],)) for step in (1, -1) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == sorted(names)


def test_they_cost_no_log_of_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'tellusonce_mark'")
        assert cursor.fetchone() == ("u",)


def test_a_lane_is_hinted_once_until_it_is_drained(monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[tuple[object, ...]] = []
    monkeypatch.setattr(PUBLISH, lambda *words, **_: published.append(words))
    recipient = factories.recipient()
    for _ in range(5):
        factories.submitted()
    assert published == [("tellusonce.tasks.wake", [[(recipient.pk, Lane.FIRST)]])]
    hints.forget([(recipient.pk, Lane.FIRST)])
    factories.submitted()
    assert len(published) == 2


def test_a_hint_that_is_not_taken_takes_its_mark_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """F5: broker down at commit."""
    monkeypatch.setattr("tellusonce.brokers._quiet_until", 0.0)

    def refuse(*_words: object, **_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(PUBLISH, refuse)
    factories.recipient()
    factories.submitted()
    assert not Mark.objects.exists()
