"""Pages of a long list, by a cursor that names the last entry seen: what is added meanwhile shifts nothing."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from ninja.params.functions import Query

from tellusonce.api.problems import Faulty
from tellusonce.events import Fault

Row = TypeVar("Row")
Cursor = Annotated[str | None, Query(None, description="`next` of the page before", max_length=200)]
Limit = Annotated[int, Query(50, ge=1, le=100, description="Entries to a page")]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry's place in a list that is ordered by time and then by id."""

    at: dt.datetime
    id: UUID


def read(cursor: str | None) -> Place | None:
    """Read a cursor; None for the first page. Raises Faulty."""
    if not cursor:
        return None
    try:
        at, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        place = Place(dt.datetime.fromisoformat(at), UUID(row_id))
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise _unknown() from None
    if place.at.tzinfo is None:
        raise _unknown()
    return place


def _unknown() -> Faulty:
    return Faulty([Fault("cursor", "Use `next` of the page before, unchanged, or leave it out for the first page")])


def write(place: Place) -> str:
    """Write a cursor."""
    return base64.urlsafe_b64encode(json.dumps([place.at.isoformat(), str(place.id)]).encode()).decode()


def cut(rows: Sequence[Row], limit: int, *, place_of: Callable[[Row], Place]) -> tuple[Sequence[Row], str | None]:
    """Cut one more row than fits to a page, and give the cursor of the next one if there is one."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], write(place_of(rows[limit - 1]))
