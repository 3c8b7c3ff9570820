"""Signs of life: up, ready or not and why, and the numbers that an operator watches."""

import datetime as dt
from typing import Any

import prometheus_client.parser
import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client import REGISTRY

from tellusonce import brokers, clocks
from tellusonce.deliveries import mailboxes, watching
from tellusonce.models import Delivery, Lane, Mailbox, Pause, Recipient
from tests import factories


@pytest.fixture
def broker_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play a broker that answers; the real one has its own test."""
    monkeypatch.setattr(brokers, "valkey", lambda: _Broker(None))


class _Broker:
    """Answers a ping, or fails as it is told to."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure

    def ping(self) -> None:
        if self.failure:
            raise self.failure


def ready() -> tuple[int, dict[str, str]]:
    response = Client().get("/readyz")
    return response.status_code, response.json()


def numbers() -> dict[tuple[str, str], float]:
    response = Client().get("/metrics")
    assert response.status_code == 200
    families = prometheus_client.parser.text_string_to_metric_families(response.content.decode())
    return {
        (sample.name.removeprefix("tellusonce_"), ",".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def overdue_work(minutes: int = 30) -> Recipient:
    """Owe something that should have gone long ago."""
    made = factories.recipient()
    factories.submitted()
    Delivery.objects.filter(recipient=made).update(due_at=clocks.now() - dt.timedelta(minutes=minutes))
    return made


def test_the_process_is_up_whatever_else_is_not() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "up"})


@pytest.mark.django_db
def test_it_is_ready_when_all_answer_and_work_moves_on(broker_answers: None) -> None:
    overdue_work(minutes=1)
    assert ready() == (200, {"status": "ready", "database": "ok", "broker": "ok", "progress": "ok", "erasures": "ok"})


@pytest.mark.django_db
def test_a_real_broker_answers(valkey: redis.Redis) -> None:
    brokers.valkey.cache_clear()
    assert ready()[1]["broker"] == "ok"


@pytest.mark.django_db
def test_without_a_broker_it_is_not_ready_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "valkey", lambda: _Broker(redis.ConnectionError("secret@host")))
    status, answer = ready()
    assert (status, answer["broker"], answer["database"]) == (503, "does not answer", "ok")
    assert "secret" not in str(answer)


def test_without_a_database_it_is_not_ready_and_the_counters_are_still_there(
    broker_answers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("secret@host")

    monkeypatch.setattr(connection, "cursor", fail)
    status, answer = ready()
    assert (status, answer["database"], answer["progress"]) == (503, "does not answer", "cannot be judged")
    assert "secret" not in str(answer)
    found = numbers()
    assert found["database_up", ""] == 0
    assert ("oldest_due_seconds", "") not in found
    assert any(name == "hints_recovered_total" for name, _ in found)


@pytest.mark.django_db
def test_what_nobody_sends_shows_that_nothing_moves(broker_answers: None) -> None:
    overdue_work(minutes=30)
    status, answer = ready()
    assert (status, answer["progress"]) == (503, "something has been due for 30 minutes and nobody sends it")


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["paused", "breaker", "hours", "rate", "held", "pause", "kind"])
def test_what_is_held_back_on_purpose_has_not_stalled(broker_answers: None, why: str) -> None:
    recipient, moment = overdue_work(), clocks.now()
    mailbox = Mailbox.objects.filter(recipient=recipient)
    match why:
        case "paused":
            mailboxes.pause(recipient.pk, by="tests", reason="tests")
        case "breaker":
            mailbox.update(open_until=moment + dt.timedelta(minutes=5))
        case "hours":
            Recipient.objects.update(opening_hours={"days": [], "from": "08:00", "until": "18:00"})
        case "rate":
            mailbox.update(refilled_at=moment)
        case "held":
            Lane.objects.filter(name="first").update(leased_until=moment + dt.timedelta(seconds=30))
        case _:
            kind = "" if why == "pause" else "death"
            Pause.objects.create(kind=kind, paused_at=moment, paused_by="tests", reason="tests")
    assert ready()[0] == 200


@pytest.mark.django_db
def test_an_operator_sees_the_oldest_work_and_what_is_open() -> None:
    recipient = overdue_work(minutes=2)
    factories.recipient("libraries", route={"adapter": "inbox"})
    factories.recipient("elections")
    factories.recipient("pensions")
    factories.submitted()
    Delivery.objects.filter(recipient__slug="pensions").update(state="failed", due_at=None, reason="http-400")
    Delivery.objects.filter(recipient__slug="elections").update(state="sent", due_at=None, sent_at=clocks.now())
    Delivery.objects.filter(recipient__slug="libraries").update(confirm_by=dt.date(2020, 1, 1))
    mailboxes.pause(recipient.pk, by="tests", reason="tests")
    Mailbox.objects.filter(recipient__slug="elections").update(open_until=clocks.now() + dt.timedelta(minutes=1))
    found = numbers()
    assert 120 <= found["oldest_due_seconds", ""] < 180
    counted = {state: found["open_deliveries", state] for state in ("pending", "available", "sent")}
    assert counted == {"pending": 2, "available": 1, "sent": 1}
    assert found["overdue_deliveries", ""] == 1
    assert found["failed_deliveries", ""] == 1
    assert found["mailboxes_paused", ""] == 1
    assert found["breakers_open", ""] == 1
    assert found["database_up", ""] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "values"),
    [(watching.OPEN, ["sent", 10]), (watching.OVERDUE, [dt.date(2020, 1, 1), 10]), (watching.FAILED, [10])],
)
def test_no_count_reads_closed_deliveries(query: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    of_what_is_open = ("delivery_to_confirm", "delivery_to_answer", "delivery_failed")
    assert any(index in plan for index in of_what_is_open), plan


@pytest.mark.django_db
def test_the_counters_of_all_processes_are_added_up(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    found = numbers()
    assert found["database_up", ""] == 1
    assert not any(name.startswith("hints") for name, _ in found)


@pytest.mark.parametrize(("door", "path"), [("api", "/api/v1/reports"), ("soap", "/soap/confirmations")])
@pytest.mark.django_db
def test_who_is_turned_away_is_counted_by_door_and_status(door: str, path: str) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("tellusonce_refused_requests_total", {"door": door, "status": "401"}) or 0.0

    before = counted()
    assert Client().post(path, b"<a/>", content_type="text/xml", secure=True).status_code == 401
    assert counted() == before + 1
