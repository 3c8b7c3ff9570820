"""Replacing keys while the service runs: each step is a short transaction, and can be stopped and taken up again.

A master key is replaced by wrapping each data key anew. A data key is replaced in three steps, between which whoever
holds it as it was before has to have let go of it (`Stage`): everybody learns the new one; it seals, and what the old
one sealed is sealed anew; the old one is let go. Blind indexes are made anew row by row, and are found under both.

Sealing anew changes tables that otherwise only grow, so it is done as the owner of the database.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import F, Func, IntegerField, Model, QuerySet, Value
from django.db.models.functions import Coalesce, Now

from identity import columns, vault
from identity.columns import Indexed, Sealed
from identity.models import DataKey

AT_A_TIME = 200
Advance = Callable[[int], None]
Stage = DataKey.Stage


def wrapped_before() -> QuerySet[DataKey]:
    """Give the data keys that an older master key wraps."""
    version, _ = vault.keys().newest_master
    return _living().filter(master_version__lt=version)


def rotate_master(advance: Advance, *, at_a_time: int = AT_A_TIME) -> None:
    """Wrap all data keys under the newest master key. Raises as vault.unwrap does."""
    while True:
        with transaction.atomic():
            page = list(wrapped_before().select_for_update(no_key=True).order_by("pk")[:at_a_time])
            for key in page:
                vault.rewrap(key)
            DataKey.objects.bulk_update(page, ["wrapped", "master_version"])
        if not page:
            return
        advance(len(page))


def begin_data(*, older_than: dt.timedelta) -> bool:
    """Decide which data keys are to be replaced; False if a replacement that was stopped is to be finished first."""
    if _living().exclude(stage=Stage.SETTLED).exists():
        return False
    old = _living().annotate(since=Coalesce("renewed_at", "created_at")).filter(since__lte=Now() - older_than)
    old.update(stage=Stage.DUE)
    return True


def at_stage(stage: DataKey.Stage) -> QuerySet[DataKey]:
    """Give the data keys that wait for the next step."""
    return _living().filter(stage=stage)


def announce(advance: Advance, *, at_a_time: int = AT_A_TIME) -> None:
    """Step 1: put the new data keys behind the old."""
    _step(Stage.DUE, Stage.ANNOUNCED, vault.pair, advance, at_a_time)


def take_up(advance: Advance, *, at_a_time: int = AT_A_TIME) -> None:
    """Step 2: seal with the new ones, and seal anew what the old ones sealed."""

    def turn(key: DataKey) -> None:
        vault.swap(key)
        _seal_anew(key)

    _step(Stage.ANNOUNCED, Stage.TAKEN_UP, turn, advance, at_a_time)


def settle(advance: Advance, *, at_a_time: int = AT_A_TIME) -> None:
    """Step 3: seal anew what came under the old ones meanwhile, and let them go."""

    def turn(key: DataKey) -> None:
        _seal_anew(key)
        vault.keep_first(key)
        key.renewed_at = Now()

    _step(Stage.TAKEN_UP, Stage.SETTLED, turn, advance, at_a_time)


def indexed_before(column: Indexed) -> QuerySet[Model]:
    """Give the rows whose blind index was made under an older key."""
    version, _ = vault.keys().newest_index
    rows = column.model._default_manager.exclude(**{f"{column.column}__isnull": True})  # noqa: SLF001
    first_byte = Func(F(column.column), Value(0), function="get_byte", output_field=IntegerField())
    older: QuerySet[Model] = rows.annotate(index_version=first_byte).filter(index_version__lt=version)
    return older


def rotate_index(column: Indexed, advance: Advance, *, at_a_time: int = AT_A_TIME) -> int:
    """Make the blind indexes of one column anew, and say how many were left: what they were made of is erased."""
    after, left = None, 0
    while True:
        rows = indexed_before(column).order_by("pk")
        page = list((rows.filter(pk__gt=after) if after is not None else rows)[:at_a_time])
        if not page:
            return left
        after = page[-1].pk
        with _guards_know():
            left += sum(not _index_anew(column, row) for row in page)
        advance(len(page))


def _index_anew(column: Indexed, row: Model) -> bool:
    made = column.of(row)
    if made is None:
        return False
    same = column.model._default_manager.filter(pk=row.pk, **{column.column: getattr(row, column.column)})  # noqa: SLF001
    return bool(same.update(**{column.column: made}))


def _living() -> QuerySet[DataKey]:
    return DataKey.objects.filter(destroyed_at=None)


def _step(
    before: DataKey.Stage, after: DataKey.Stage, turn: Callable[[DataKey], None], advance: Advance, at_a_time: int
) -> None:
    while True:
        with _guards_know():
            page = list(at_stage(before).select_for_update(no_key=True).order_by("pk")[:at_a_time])
            for key in page:
                turn(key)
                key.stage = after
            DataKey.objects.bulk_update(page, ["wrapped", "master_version", "stage", "renewed_at"])
        if not page:
            return
        advance(len(page))


@contextmanager
def _guards_know() -> Iterator[None]:
    """Let the owner seal anew what otherwise only grows, in one transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('identity.seals_anew', 'on', true)")
        yield


def _seal_anew(key: DataKey) -> None:
    for column in columns.sealed():
        for row in column.rows(key):
            _seal_row(key, column, row)


def _seal_row(key: DataKey, column: Sealed, row: Model) -> None:
    """Seal one value anew, unless somebody has just sealed another there: that one is under a key we know too."""
    old, place = getattr(row, column.column), column.place(row)
    if not old:
        return
    raw = vault.unwrap(key.wrapped, key.master_version)
    if vault.opens(raw[: len(raw) // 2], old, place=place):
        return
    new = vault.seal_with(raw, vault.unseal_with(raw, old, place=place), place=place)
    column.model._default_manager.filter(pk=row.pk, **{column.column: old}).update(**{column.column: new})  # noqa: SLF001
