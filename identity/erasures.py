"""The ids of destroyed data keys, in a file outside the database, so that a restored one cannot bring them back.

One line for each key: its id and when it was destroyed. A database in which a key of the file is still alive is an
older one that was put back: nothing may be served from it until `manage.py restore_erasures` has destroyed those again.
"""

import datetime as dt
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

from identity.models import DataKey

AT_A_TIME = 5_000
OVERLAP = dt.timedelta(days=1)  # transactions do not end in the order of their clocks
WHAT_TO_DO = (
    "This database is older than the file of erasures: {count} data keys in it were destroyed since. Nothing is served "
    "from it until `python manage.py restore_erasures` has destroyed them again."
)


class RestoredDatabase(Exception):
    """The database was put back from a copy in which something erased is still there."""


def file() -> Path | None:
    """Give the file that the settings name; None where there is none."""
    return Path(settings.ERASURES_FILE) if settings.ERASURES_FILE else None


def append() -> int:
    """Write outside whatever was destroyed and is not there yet, and say how many; safe to repeat."""
    path = file()
    if path is None:
        return 0
    with path.open("a+", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        known = dict(_read(path))
        destroyed = DataKey.objects.exclude(destroyed_at=None)
        if known:
            destroyed = destroyed.filter(destroyed_at__gt=max(known.values()) - OVERLAP)
        new = [
            each
            for each in destroyed.values_list("pk", "destroyed_at").order_by("destroyed_at")
            if each[0] not in known
        ]
        stream.write("".join(f"{key} {at.isoformat()}\n" for key, at in new if at))
        stream.flush()
        os.fsync(stream.fileno())
    return len(new)


def alive() -> list[UUID]:
    """Name the keys that were destroyed according to the file, and are there nevertheless."""
    path = file()
    if path is None or not path.exists():
        return []
    destroyed = [key for key, _ in _read(path)]
    pages = (destroyed[start : start + AT_A_TIME] for start in range(0, len(destroyed), AT_A_TIME))
    return [key for page in pages for key in _alive_among(page)]


def refuse_if_restored() -> None:
    """Raises RestoredDatabase, with a sentence for the operator, unless everything erased is gone."""
    if found := alive():
        raise RestoredDatabase(WHAT_TO_DO.format(count=len(found)))


def _alive_among(keys: Iterable[UUID]) -> Iterator[UUID]:
    return DataKey.objects.filter(pk__in=list(keys), destroyed_at=None).values_list("pk", flat=True).iterator()


def _read(path: Path) -> Iterator[tuple[UUID, dt.datetime]]:
    """Read the file; a line that was only half written when the machine stopped is no line."""
    for line in path.read_text(encoding="ascii").splitlines():
        try:
            key, at = line.split()
            yield UUID(key), dt.datetime.fromisoformat(at)
        except ValueError:
            continue
