"""What each column of the database holds, as declared in the one module that the settings name.

Whatever is personal is sealed or made blind; whatever is in the clear is an id, a code, a time, a number, a digest or a
name that is public or of staff. A column that nobody declared is a fault.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model, QuerySet
from django.utils.module_loading import import_string

from identity.models import DataKey


@dataclass(frozen=True, slots=True)
class Via:
    """How rows lead to their data key where they hold another row's id without a foreign key."""

    column: str
    model: str
    path: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that is sealed, and the way from its row to its data key."""

    model: type[Model]
    column: str
    path: str | Via

    def rows(self, key: DataKey) -> QuerySet[Any]:
        """Give the rows that this key seals."""
        rows = self.model._default_manager.order_by("pk")  # noqa: SLF001 - Django's own way to ask of any model
        if isinstance(self.path, Via):
            through = apps.get_model(self.path.model)._default_manager.filter(**{self.path.path: key})  # noqa: SLF001
            return rows.filter(**{f"{self.path.column}__in": through.values("pk")})
        return rows.filter(**{self.path: key})

    def place(self, row: Model) -> str:
        """Name the place that a value is bound to."""
        return f"{self.model._meta.db_table}.{self.column}:{row.pk}"  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Indexed:
    """A column that holds blind indexes, and what makes a row's index anew under the newest key."""

    model: type[Model]
    column: str
    anew: str

    def of(self, row: Model) -> bytes | None:
        """Make a row's index anew; None where what it was made of has been erased."""
        made: bytes | None = import_string(self.anew)(row)
        return made


def sealed() -> list[Sealed]:
    """Give all columns that are sealed."""
    found: Mapping[str, str | Via] = _declared().SEALED
    return [Sealed(*_column(name), path) for name, path in found.items()]


def indexed() -> list[Indexed]:
    """Give all columns of blind indexes that can be made anew."""
    found: Mapping[str, str] = _declared().INDEXED
    return [Indexed(*_column(name), anew) for name, anew in found.items()]


def undeclared() -> list[str]:
    """Name each column of any model of which nobody said what it holds, and each declared one that is not there."""
    there = set(_all())
    declared = _declared_names()
    unknown = [f"{name}: say in {settings.COLUMNS} what it holds" for name in sorted(there - declared)]
    gone = [f"{name}: declared in {settings.COLUMNS}, and not there" for name in sorted(declared - there)]
    return unknown + gone


def _declared() -> Any:
    return import_module(settings.COLUMNS)


def _declared_names() -> set[str]:
    declared = _declared()
    plain = {f"{model}.{column}" for model, columns in declared.PLAIN.items() for column in columns.split()}
    return plain | set(declared.SEALED) | set(declared.INDEXED) | set(declared.BLIND)


def _all() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:  # noqa: SLF001
            if not _speaks_for_itself(field):
                yield f"{model._meta.label}.{field.name}"  # noqa: SLF001


def _speaks_for_itself(field: "Field[Any, Any]") -> bool:
    """Say whether it is a row's own number or id, or another's: these are never typed by anybody."""
    made_here = field.get_internal_type() in {"AutoField", "BigAutoField", "UUIDField"}
    return field.is_relation or made_here


def _column(name: str) -> tuple[type[Model], str]:
    model, _, column = name.rpartition(".")
    return apps.get_model(model), column
