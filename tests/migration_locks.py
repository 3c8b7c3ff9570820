"""Migrations that would hold up, or break, the service that runs beside them: ``python -m tests.migration_locks``.

Rules after the manual of PostgreSQL 18, "Explicit Locking" and ALTER TABLE (read in November 2026). A table that the
same migration makes has nobody waiting for it. A migration whose module says ``REVIEWED = "why it is harmless"`` is
left alone.
"""

import sys
from collections.abc import Iterator, Sequence

import django
from django.apps import apps
from django.contrib.postgres import operations as postgres
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import CheckConstraint
from django.db.models.fields import NOT_PROVIDED

OURS = ("identity", "tellusonce")
GONE = "the version that still runs reads it: remove it from the code one release before"
REMEDIES: dict[type[Operation], str] = {
    operations.AddIndex: "writers wait until the index is built: AddIndexConcurrently, in a migration of its own",
    operations.RemoveIndex: "writers wait: RemoveIndexConcurrently, in a migration of its own",
    operations.AlterField: "the table may be rewritten while everybody waits: a new column, or say why not",
    operations.RenameField: "the version that still runs asks for the old name: fill a new one, then remove this",
    operations.RenameModel: "the version that still runs asks for the old name: keep the table by Meta.db_table",
    operations.AlterModelTable: "the version that still runs asks for the old name",
    operations.RemoveField: GONE,
    operations.DeleteModel: GONE,
}
QUICK = (postgres.AddIndexConcurrently, postgres.RemoveIndexConcurrently, postgres.AddConstraintNotValid)


def faults(migration: Migration) -> Iterator[str]:
    """Say what is wrong with a migration, and what would be right."""
    if getattr(sys.modules.get(type(migration).__module__), "REVIEWED", ""):
        return
    new: set[str] = set()
    for operation in flattened(migration.operations):
        if isinstance(operation, operations.CreateModel):
            new.add(operation.name_lower)
        table = getattr(operation, "model_name_lower", getattr(operation, "name_lower", ""))
        if table not in new and (remedy := remedy_for(operation)):
            yield f"{migration}: {operation.describe()}: {remedy}."


def flattened(found: Sequence[Operation]) -> Iterator[Operation]:
    """Give operations, those of the database within SeparateDatabaseAndState too."""
    for operation in found:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from flattened(operation.database_operations)
        else:
            yield operation


def remedy_for(operation: Operation) -> str | None:
    """Say what to do instead, if this is not to be done to a table in use."""
    if isinstance(operation, QUICK):
        return None
    if isinstance(operation, operations.AddField):
        return remedy_for_new_field(operation)
    if isinstance(operation, operations.AddConstraint):
        if isinstance(operation.constraint, CheckConstraint):
            return "every row is read while everybody waits: AddConstraintNotValid, then ValidateConstraint"
        return "writers wait until its index is built: build the index concurrently first, then attach it"
    return next((remedy for kind, remedy in REMEDIES.items() if type(operation) is kind), None)


def remedy_for_new_field(operation: operations.AddField) -> str | None:
    """Judge a new column."""
    field = operation.field
    if not field.null and not field.many_to_many and field.db_default is NOT_PROVIDED:
        return "the version that still runs does not fill it: null=True or db_default"
    if field.unique or getattr(field, "db_index", False):
        return "writers wait until its index is built: db_index=False, then AddIndexConcurrently"
    return None


def ours() -> list[Migration]:
    """Give our migrations, without a database."""
    loader = MigrationLoader(None)
    return [migration for (label, _), migration in sorted(loader.disk_migrations.items()) if label in OURS]


def main() -> int:
    """Print the faults, and end with 1 if there are any."""
    if not apps.ready:
        django.setup()
    found = [fault for migration in ours() for fault in faults(migration)]
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
