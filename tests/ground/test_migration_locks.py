"""Which migrations are refused, by example."""

from typing import ClassVar

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation

from tests import migration_locks

INDEX = models.Index(fields=["due_at"], name="due")
CHECK = models.CheckConstraint(condition=models.Q(tries__gte=0), name="tries")
UNIQUE = models.UniqueConstraint(fields=["due_at"], name="once")

REFUSED: list[Operation] = [
    operations.AddIndex("delivery", INDEX),
    operations.RemoveIndex("delivery", "due"),
    operations.AddField("delivery", "tries", models.IntegerField(default=0)),
    operations.AddField("delivery", "code", models.TextField(null=True, unique=True)),
    operations.AddField("delivery", "report", models.ForeignKey("tellusonce.Report", models.PROTECT, null=True)),
    operations.AlterField("delivery", "tries", models.BigIntegerField()),
    operations.RenameField("delivery", "tries", "attempts"),
    operations.RemoveField("delivery", "tries"),
    operations.DeleteModel("Delivery"),
    operations.AddConstraint("delivery", CHECK),
    operations.AddConstraint("delivery", UNIQUE),
    operations.SeparateDatabaseAndState(database_operations=[operations.AddIndex("delivery", INDEX)]),
]
ALLOWED: list[Operation] = [
    AddIndexConcurrently("delivery", INDEX),
    AddConstraintNotValid("delivery", CHECK),
    operations.AddField("delivery", "tries", models.IntegerField(null=True)),
    operations.AddField("delivery", "tries", models.IntegerField(db_default=0)),
    operations.AlterModelOptions("delivery", {}),
    operations.RunSQL("SELECT 1"),
    operations.SeparateDatabaseAndState(state_operations=[operations.AddIndex("delivery", INDEX)]),
]


def migration(*found: Operation) -> Migration:
    class Example(Migration):
        operations: ClassVar = list(found)

    return Example("0009_example", "tellusonce")


def name(operation: Operation) -> str:
    return operation.describe()


@pytest.mark.parametrize("operation", REFUSED, ids=name)
def test_what_holds_up_or_breaks_a_running_service_is_refused(operation: Operation) -> None:
    (fault,) = migration_locks.faults(migration(operation))
    assert fault.startswith("tellusonce.0009_example: ")


@pytest.mark.parametrize("operation", ALLOWED)
def test_what_needs_no_long_lock_is_allowed(operation: Operation) -> None:
    assert list(migration_locks.faults(migration(operation))) == []


def test_a_table_made_by_the_same_migration_may_be_given_anything() -> None:
    made = migration(operations.CreateModel("Delivery", fields=[]), operations.AddIndex("delivery", INDEX))
    assert list(migration_locks.faults(made)) == []


def test_ours_are_without_fault() -> None:
    assert [fault for each in migration_locks.ours() for fault in migration_locks.faults(each)] == []
    assert {each.app_label for each in migration_locks.ours()} == {"identity", "tellusonce"}
