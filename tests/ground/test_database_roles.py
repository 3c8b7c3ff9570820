"""The rights of the role under which tests, and the service, reach the database."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from identity.models import Account

pytestmark = pytest.mark.django_db


def answer(statement: str, *arguments: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchone()


def has(table: str, right: str, role: str = "tuo_application") -> bool:
    return answer("SELECT has_table_privilege(%s, %s, %s)", role, table, right) == (True,)


def tables(*, append_only: bool) -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return [model._meta.db_table for model in models if getattr(model, "append_only", False) is append_only]


def test_tests_connect_with_the_applications_rights_and_not_the_owners() -> None:
    asked = "SELECT session_user, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert answer(asked) == ("tuo_test", False, False, False)
    assert answer("SELECT pg_has_role('tuo_test', 'tuo_application', 'USAGE')") == (True,)
    with pytest.raises(ProgrammingError, match="permission denied"):
        answer("CREATE TABLE public.mine (id int)")


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"])
def test_what_is_only_ever_added_to_can_be_neither_changed_nor_removed(right: str) -> None:
    names = tables(append_only=True)
    assert names
    assert [name for name in names if has(name, right)] == []


@pytest.mark.parametrize("right", ["SELECT", "INSERT"])
def test_everything_can_be_read_and_added_to(right: str) -> None:
    names = [*tables(append_only=True), *tables(append_only=False)]
    assert [name for name in names if not has(name, right)] == []


@pytest.mark.parametrize("right", ["UPDATE", "DELETE"])
def test_everything_else_can_be_changed(right: str) -> None:
    assert [name for name in tables(append_only=False) if not has(name, right)] == []


def test_the_application_cannot_pretend_that_a_migration_was_applied() -> None:
    assert has("django_migrations", "SELECT")
    assert not has("django_migrations", "INSERT")


def test_only_the_owner_can_grant() -> None:
    with pytest.raises(CommandError, match="as the owner of the tables") as refused:
        call_command("grant_application_role", "tuo_application")
    assert refused.value.returncode == 2


def test_granting_again_changes_nothing(as_owner: None) -> None:
    asked = (
        "SELECT string_agg(table_name || privilege_type, ' ' ORDER BY table_name, privilege_type) "
        "FROM information_schema.role_table_grants WHERE grantee = 'tuo_application'"
    )
    before = answer(asked)
    call_command("grant_application_role", "tuo_application")
    assert answer(asked) == before


def test_a_table_that_has_become_append_only_loses_its_rights(as_owner: None, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Account._meta.db_table
    assert has(table, "UPDATE")
    monkeypatch.setattr(Account, "append_only", True, raising=False)
    call_command("grant_application_role", "tuo_application")
    assert not has(table, "UPDATE")
    monkeypatch.undo()
    call_command("grant_application_role", "tuo_application")
    assert has(table, "UPDATE")


def test_a_role_that_is_not_there_is_said_in_a_sentence(as_owner: None) -> None:
    with pytest.raises(CommandError, match='role "nobody_we_know" does not exist'):
        call_command("grant_application_role", "nobody_we_know")
