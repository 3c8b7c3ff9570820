"""``manage.py account``: what an operator does about accounts, and is told."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from identity import accounts
from identity.accounts import Post
from identity.models import Access, Account, Appointment
from tests.accounts import visitors
from tests.accounts.visitors import Browser

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    written = io.StringIO()
    call_command("account", *arguments, stdout=written)
    return written.getvalue()


def test_an_account_is_made_with_a_password_that_is_shown_once() -> None:
    made = json.loads(run("add", "ada", "registrar", "--organisation", "northmoor", "--json"))
    answer = Browser().post("/accounts/staff/password", {"login": "ada", "password": made["password"]})
    assert answer.json() == {"next": "enrolment"}
    assert made["password"] not in Account.objects.get().password
    assert made["password"] not in run("list", "--json")
    assert [each.action for each in Access.objects.order_by("id")][:2] == ["account_added", "role_given"]


def test_accounts_are_listed_with_what_they_hold() -> None:
    assert run("list") == "There are no accounts of staff.\n"
    run("add", "ada", "registrar", "--organisation", "northmoor")
    run("role", "ada", "auditor")
    assert run("list") == "ada  auditor, registrar of northmoor  no second factor yet\n"
    run("role", "ada", "auditor", "--take")
    run("disable", "ada")
    assert run("list") == "ada  registrar of northmoor  no second factor yet  disabled\n"
    run("enable", "ada")
    assert "disabled" not in run("list")


def test_a_reset_gives_a_new_password_and_forgets_the_second_factor() -> None:
    browser = visitors.signed_in()
    made = json.loads(run("reset", "ada", "--json"))
    assert browser.visitor is None
    answer = Browser().post("/accounts/staff/password", {"login": "ada", "password": made["password"]})
    assert answer.json() == {"next": "enrolment"}


def test_an_account_is_linked_to_a_provider(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "providers.json"
    row = {"name": "tenant", "title": "Northmoor", "lets_in": "staff", "issuer": "https://a.example", "client_id": "x"}
    file.write_text(json.dumps([row]))
    settings.SIGN_IN_PROVIDERS_FILE = str(file)
    run("add", "ada", "registrar", "--organisation", "northmoor")
    run("add", "bob", "registrar", "--organisation", "northmoor")
    assert run("link", "ada", "tenant", "subject-1") == "ada may sign in by Northmoor.\n"
    run("link", "ada", "tenant", "subject-1")
    with pytest.raises(CommandError, match="another account already"):
        run("link", "bob", "tenant", "subject-1")
    with pytest.raises(CommandError, match="no such way"):
        run("link", "bob", "unknown", "subject-1")


def test_old_visits_and_tries_are_tidied_away() -> None:
    assert run("tidy") == "0 visits that were over and 0 old counts of tries are gone.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "Ada Smith", "auditor"], "A login has"),
        (["add", "ada@mail.example", "auditor"], "A login has"),
        (["add", "ada", "registrar"], "A registrar needs an organisation"),
        (["add", "ada", "citizen", "--organisation", "northmoor"], "A citizen acts for no organisation"),
        (["add", "ada", "auditor", "--organisation", "North Moor"], "A slug has"),
        (["disable", "nobody"], "There is no account nobody"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_with_what_would_be_right(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
    assert not Account.objects.exists()


def test_a_login_is_given_once() -> None:
    run("add", "ada", "auditor")
    with pytest.raises(CommandError, match="There is an account ada already"):
        run("add", "ada", "auditor")


@pytest.mark.parametrize(
    "password", ["short", "password1234", "ada-lovelace-x", "correct horse battery staple"], ids=str
)
def test_a_weak_password_is_refused(password: str) -> None:
    if password.startswith("correct"):
        assert accounts.add("ada-lovelace", posts=[Post("auditor")], password=password)
        return
    with pytest.raises(accounts.NotPossible):
        accounts.add("ada-lovelace", posts=[Post("auditor")], password=password)


@pytest.mark.parametrize(("role", "organisation"), [("registrar", ""), ("citizen", "northmoor"), ("king", "northmoor")])
def test_the_database_refuses_a_role_that_does_not_fit(role: str, organisation: str) -> None:
    account, _ = accounts.add("ada", posts=[Post("auditor")])
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(account=account, role=role, organisation=organisation)
