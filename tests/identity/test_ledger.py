"""The ledger keeps what was done, and the database itself refuses to change it."""

from contextlib import closing

import psycopg2
import psycopg2.errors
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity import ledger
from identity.ledger import Action, Actor
from identity.models import Access
from tests.conftest import Authority

CLERK = Actor("Registrar's system", "northmoor", frozenset({"reports:read"}))

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_about_whom_why_by_what_and_when() -> None:
    before = timezone.now()
    ledger.record(CLERK, action=Action.REPORT_READ, about="report:1", purpose="status", on="delivery:2")
    entry = Access.objects.get()
    assert (entry.actor, entry.organisation, entry.action) == ("Registrar's system", "northmoor", "report_read")
    assert (entry.about, entry.purpose, entry.on) == ("report:1", "status", "delivery:2")
    assert abs(entry.at - before).total_seconds() < 5


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(ValueError, match="report_redd"):
        ledger.record(CLERK, action="report_redd", about="report:1")  # type: ignore[arg-type]
    assert not Access.objects.exists()


def test_many_entries_cost_two_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    entries = [ledger.Entry(Action.DELIVERY_FETCHED, f"report:{number}") for number in range(50)]
    with django_assert_num_queries(2):
        ledger.record_many(Actor("drain"), entries)
    assert Access.objects.filter(actor="drain", organisation="").count() == 50


def test_nothing_to_say_costs_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        ledger.record_many(CLERK, [])


def test_an_entry_says_for_whom_it_was_done() -> None:
    ledger.record(Actor("adviser", on_behalf_of="person:1"), action=Action.REPORT_READ, about="report:1")
    assert Access.objects.get().on_behalf_of == "person:1"


def test_what_is_rolled_back_was_not_done() -> None:
    with transaction.atomic():
        ledger.record(CLERK, action=Action.REPORT_STARTED, about="report:1")
        transaction.set_rollback(True)
    assert not Access.objects.exists()


CHANGES = [
    ("UPDATE", "UPDATE identity_access SET actor = 'somebody else'"),
    ("DELETE", "DELETE FROM identity_access"),
]


@pytest.mark.parametrize(("operation", "statement"), [*CHANGES, ("TRUNCATE", "TRUNCATE identity_access")])
def test_the_database_refuses_to_change_an_entry_even_to_its_owner(
    authority: Authority, operation: str, statement: str
) -> None:
    words = f"identity_access are only ever added: {operation}"
    owner = psycopg2.connect(authority.owner, dbname=connection.settings_dict["NAME"])
    with closing(owner), owner.cursor() as cursor, pytest.raises(psycopg2.errors.RestrictViolation, match=words):
        cursor.execute(statement)


@pytest.mark.parametrize("statement", [statement for _, statement in CHANGES])
def test_the_application_may_not_even_try_to_change_an_entry(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_can_end_although_it_wrote_to_the_ledger() -> None:
    ledger.record(CLERK, action=Action.REPORT_STARTED, about="report:1")
    call_command("flush", interactive=False, reset_sequences=False, verbosity=0)
    assert not Access.objects.exists()


def test_the_ledger_says_of_itself_that_it_only_grows() -> None:
    assert Access.append_only is True
