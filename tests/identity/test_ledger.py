"""The ledger keeps what was done, and the database itself refuses to change it."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity import ledger
from identity.ledger import Action, Actor
from identity.models import Access

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


def test_many_entries_cost_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    entries = [ledger.Entry(Action.DELIVERY_FETCHED, f"report:{number}") for number in range(50)]
    with django_assert_num_queries(1):
        ledger.record_many(Actor("drain"), entries)
    assert Access.objects.filter(actor="drain", organisation="").count() == 50


def test_what_is_rolled_back_was_not_done() -> None:
    with transaction.atomic():
        ledger.record(CLERK, action=Action.REPORT_STARTED, about="report:1")
        transaction.set_rollback(True)
    assert not Access.objects.exists()


def raw_truncate() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE identity_access")


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("UPDATE", lambda: Access.objects.update(actor="somebody else")),
        ("DELETE", lambda: Access.objects.all().delete()),
        ("TRUNCATE", raw_truncate),
    ],
)
def test_the_database_refuses_to_change_an_entry_even_for_the_owner(
    operation: str, change: Callable[[], object]
) -> None:
    ledger.record(CLERK, action=Action.REPORT_READ, about="report:1")
    with pytest.raises(DatabaseError, match=f"identity_access are only ever added: {operation}"), transaction.atomic():
        change()
    assert Access.objects.get().actor == "Registrar's system"


def test_the_ledger_says_of_itself_that_it_only_grows() -> None:
    assert Access.append_only is True
