"""What the service says of itself to anybody: whether it works, for whom, what it leaves in a browser."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from tellusonce import brokers, signals
from tellusonce.deliveries import watching
from tellusonce.web.public import statements
from tests.web.desks import Desk, words


@pytest.fixture(autouse=True)
def _look_anew() -> Iterator[None]:
    statements._looked_at.cache_clear()
    yield
    statements._looked_at.cache_clear()


def ask(name: str, status: int = 200) -> str:
    answer = Client().get(reverse(name), secure=True)
    assert answer.status_code == status
    return words(answer.content.decode())


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    said = dict.fromkeys(signals.CHECKS, signals.OK)
    monkeypatch.setattr(signals, "CHECKS", {name: lambda name=name: said[name] for name in said})
    return said


def test_what_works_is_said_to_work(found: dict[str, str]) -> None:
    shown = ask("status")
    assert "The service is working" in shown
    assert "Nothing is lost" not in shown


@pytest.mark.parametrize("name", ["broker", "progress"])
def test_what_is_late_is_said_to_be_late_and_lost_to_nobody(found: dict[str, str], name: str) -> None:
    found[name] = "does not answer"
    shown = ask("status")
    assert "passing things on takes longer than usual" in shown
    assert "Nothing is lost" in shown
    assert "does not answer" not in shown


@pytest.mark.parametrize("name", ["database", "erasures"])
def test_what_cannot_be_used_is_said_so(found: dict[str, str], name: str) -> None:
    found[name] = "does not answer"
    shown = ask("status", status=503)
    assert "The service cannot be used right now" in shown
    assert "What you have told us is kept" in shown


@pytest.mark.django_db
def test_it_is_said_without_the_database_too(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk("registrar")

    def silent(*_: Any) -> Any:
        raise OperationalError("gone")

    def unheard() -> None:
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(watching, "stalled_for", silent)
    monkeypatch.setattr(brokers, "ping", unheard)
    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", silent)
    answer = desk.ask("status")
    assert answer.status_code == 503
    assert "The service cannot be used right now" in answer.content.decode()


def test_whoever_asks_again_and_again_is_told_what_was_seen_just_now(found: dict[str, str]) -> None:
    ask("status")
    found["database"] = "does not answer"
    assert "The service is working" in ask("status")


def test_cookies_are_the_ones_that_there_are(settings: Any) -> None:
    shown = ask("cookies")
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME):
        assert name in shown
    assert "at most 8 hours" in shown


def test_the_accessibility_statement_says_what_falls_short_and_whom_to_ask(settings: Any) -> None:
    settings.COUNCIL_CONTACT = "01632 960 001"
    shown = ask("accessibility")
    assert "What falls short" in shown
    assert "Your council: 01632 960 001" in shown


def test_without_a_contact_the_council_is_named() -> None:
    assert "Ask Your council" in ask("accessibility")


def test_every_page_leads_to_them() -> None:
    page = Client().get("/", secure=True).content.decode()
    for name in ("status", "privacy", "cookies", "accessibility", "receipts"):
        assert f'href="{reverse(name)}"' in page
