"""A client that asks too often is asked to wait; nobody else notices, and nothing rests on the counting."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.test import Client as Browser

from identity import allowances, clients, credentials
from identity.models import Client
from tests.callers import Caller
from tests.identity.test_clients import SECRET, registered


@pytest.fixture(autouse=True)
def fresh_breaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget that Valkey was down in an earlier test."""
    monkeypatch.setattr(allowances, "_quiet_until", 0.0)
    allowances._redis.cache_clear()
    yield
    allowances._redis().close()
    allowances._redis.cache_clear()


def test_a_quarter_of_a_minute_may_be_asked_at_once_and_then_steadily(valkey: redis.Redis) -> None:
    waits = [allowances.spend("one", per_minute=40) for _ in range(11)]
    assert waits[:10] == [0.0] * 10
    assert 0 < waits[10] <= 1.5


def test_buckets_are_apart_and_forgotten_when_full_again(valkey: redis.Redis) -> None:
    for _ in range(20):
        allowances.spend("one", per_minute=4)
    assert allowances.spend("one", per_minute=4) > 0
    assert allowances.spend("two", per_minute=4) == 0
    assert 0 < valkey.pttl("tell-us-once:allowance:two") <= 15_001


def test_nothing_is_counted_where_there_is_no_limit(valkey: redis.Redis) -> None:
    assert [allowances.spend("one", per_minute=0) for _ in range(50)] == [0.0] * 50
    assert not valkey.keys("*")


def test_with_valkey_down_everybody_gets_through(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [allowances.spend("one", per_minute=1) for _ in range(5)] == [0.0] * 5


def test_without_any_valkey_a_process_counts_for_itself(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(allowances, "_due", {})
    waits = [allowances.spend("one", per_minute=40) for _ in range(11)]
    assert waits[:10] == [0.0] * 10
    assert 0 < waits[10] <= 1.5
    assert allowances.spend("two", per_minute=40) == 0


@pytest.mark.django_db
def test_the_interface_answers_429_and_when_to_come_again(valkey: redis.Redis) -> None:
    caller = Caller()
    client = Client.objects.get()
    credentials.limit(client.client_id, 4)
    valkey.flushall()
    answers = [caller.get("/reports") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 429]
    assert 1 <= int(answers[1]["Retry-After"]) <= 15
    assert answers[1].json()["type"] == "urn:tell-us-once:problem:too-many"
    assert Caller("westmoor").get("/reports").status_code == 200


@pytest.mark.django_db
def test_so_does_the_soap_door(valkey: redis.Redis) -> None:
    caller = Caller()
    credentials.limit(Client.objects.get().client_id, 4)
    valkey.flushall()
    answers = [caller.soap(b"<x/>") for _ in range(2)]
    assert [each.status_code for each in answers] == [400, 429]
    assert int(answers[1]["Retry-After"]) >= 1


@pytest.mark.django_db
def test_tokens_count_too_but_only_for_whoever_proved_who_they_are(valkey: redis.Redis) -> None:
    client_id = registered()
    credentials.limit(client_id, 4)
    form = {"grant_type": "client_credentials", "client_id": client_id}

    def ask(secret: str) -> Any:
        return Browser().post("/oauth/token/", {**form, "client_secret": secret}, secure=True)

    assert [ask("w" * 40).status_code for _ in range(3)] == [401] * 3
    assert ask(SECRET).status_code == 200
    refused = ask(SECRET)
    assert (refused.status_code, refused.json()["error"]) == (429, "slow_down")
    assert int(refused["Retry-After"]) >= 1


@pytest.mark.django_db
def test_the_usual_limit_is_the_settings(valkey: redis.Redis, settings: Any) -> None:
    settings.CLIENT_REQUESTS_PER_MINUTE = 4
    registered()
    client = Client.objects.get()
    clients.spend(client)
    with pytest.raises(clients.TooMany):
        clients.spend(client)
