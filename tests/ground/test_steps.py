"""Several commands in one process: each does what it does alone, and the first that fails ends it."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import factories


def run(told: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(told if isinstance(told, str) else json.dumps(told)))
    out = io.StringIO()
    call_command("steps", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_each_says_what_it_says_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    factories.recipient("libraries")
    said = run([["client", "list"], ["mailboxes", "list"]], monkeypatch)
    assert "There are no clients." in said
    assert "libraries" in said


@pytest.mark.django_db
def test_the_first_that_fails_is_named_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="`client revoke nobody`: There is no client"):
        run([["client", "revoke", "nobody"], ["client", "list"]], monkeypatch)


@pytest.mark.parametrize("told", ["", "{}", [[]], ["client list"], [[1]]])
def test_what_is_no_list_of_commands_is_refused(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="JSON list of commands"):
        run(told, monkeypatch)
