"""``manage.py grant_application_role``: what the application may do in the database that its owner migrates."""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction
from psycopg2 import sql
from psycopg2.sql import SQL, Composable, Identifier

TABLES = """
SELECT relname, pg_has_role(relowner, 'USAGE') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY relname
"""
READ = "SELECT"
APPEND = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE, DELETE"
BAD_USE = 2


class Command(BaseCommand):
    """Give the application's role its rights, after each migration, as the database's owner; safe to repeat."""

    help = "Give the application's role its rights; run it as the database's owner after `migrate`. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the role."""
        parser.add_argument("role", metavar="ROLE", help="the role under which the web service and the workers connect")

    def handle(self, *, role: str, **_: Any) -> None:
        """Grant all in one transaction, so that nobody sees it without its rights meanwhile."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements(Identifier(role), tables()):
                    cursor.execute(statement)
        except ProgrammingError as error:
            raise CommandError(f"PostgreSQL refused: {str(error).strip()}", returncode=BAD_USE) from error


def tables() -> list[str]:
    """Name every table; a partition has no rights of its own, so that it is only reached through its whole.

    Raises CommandError for anybody but the owner.
    """
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        found = cursor.fetchall()
    if not all(is_ours for _, is_ours in found):
        # PostgreSQL only warns when somebody else grants, and grants nothing.
        raise CommandError("Run it as the owner of the tables, as `migrate` was.", returncode=BAD_USE)
    return [name for name, _ in found]


def rights() -> dict[str, str]:
    """Give the rights that differ from the usual, by table: a model with ``append_only = True`` is never changed."""
    models = apps.get_models(include_auto_created=True)
    exceptions = {model._meta.db_table: APPEND for model in models if getattr(model, "append_only", False)}  # noqa: SLF001
    return {**exceptions, "django_migrations": READ}


def statements(role: Composable, names: list[str]) -> list[Composable]:
    """Give the statements: everything taken away first, because a table may have become append-only."""
    granted = rights()
    return [
        SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
        SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
        *(
            SQL("GRANT {} ON TABLE {} TO {}").format(SQL(granted.get(name, CHANGE)), sql.Identifier(name), role)
            for name in names
        ),
    ]
