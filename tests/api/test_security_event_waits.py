"""Polling for security events at the same moment as others, and waiting for what has not come yet (RFC 8936)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tellusonce.api import security_events
from tellusonce.models import Confirmation
from tests import factories
from tests.api.test_security_events import agency as agency  # noqa: PLC0414  a fixture
from tests.api.test_security_events import health as health  # noqa: PLC0414  a fixture
from tests.api.test_security_events import jti, poll
from tests.callers import Caller


@pytest.mark.django_db
def test_an_empty_answer_takes_a_while_unless_it_is_wished_for_at_once(
    agency: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 2.2: `returnImmediately`; the wait is bounded, as RFC 6202 advises, and ours to choose."""
    monkeypatch.setattr(security_events, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(security_events, "WAIT_FOR", 0.05)
    counted: list[int] = []
    monkeypatch.setattr("time.sleep", counted.append)
    poll(agency)
    assert counted == []
    assert poll(agency, returnImmediately=False) == {"sets": {}, "moreAvailable": False}
    assert counted
    counted.clear()
    poll(agency, returnImmediately=False, maxEvents=0)
    assert counted == [], "whoever wishes for none waits for none"


@pytest.mark.django_db
def test_those_who_wait_leave_threads_for_others(agency: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = threading.BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr(security_events, "WAITING", taken)
    monkeypatch.setattr(security_events, "WAIT_FOR", 60.0)
    assert poll(agency, returnImmediately=False)["sets"] == {}


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_somebody_waits_is_given_to_them(agency: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_events, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(security_events, "WAIT_FOR", 30.0)

    def wait() -> dict[str, Any]:
        try:
            return poll(agency, returnImmediately=False)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait)
        factories.submitted()
        assert list(waiting.result()["sets"]) == [jti()]


@pytest.mark.django_db(transaction=True)
def test_many_who_acknowledge_at_once_are_one(agency: Caller) -> None:
    factories.submitted()
    poll(agency)
    gate = threading.Barrier(6, timeout=60)

    def acknowledge(_: int) -> None:
        try:
            gate.wait()
            poll(agency, ack=[jti()])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(acknowledge, range(6)))
    assert Confirmation.objects.count() == 1
