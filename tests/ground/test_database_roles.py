"""The rights of the role under which tests, and the service, reach the database."""

import pytest
from django.db import ProgrammingError, connection


@pytest.mark.django_db
def test_tests_connect_without_the_owners_rights() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("tuo_test", False, False)
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("CREATE TABLE public.mine (id int)")
