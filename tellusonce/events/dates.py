"""Dates as registers know them: whole, or a month, or only a year; ISO 8601-1:2019 reduced precision."""

import calendar
import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_SHAPE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)
_EARLIEST_YEAR = 1850
# As programs write them; pages have a box for each part, and words of their own.
WRONG_DAY = "must be a real date, written like 2026-01-31"
WRONG_PARTIAL = "must be a real date like 1954-04-11, or 1954-04 or 1954 if only that is known"


def check_day(text: str) -> str:
    """Accept a whole date that the calendar has."""
    if not is_day(text):
        raise PydanticCustomError("day", WRONG_DAY)
    return text


def is_day(text: str) -> bool:
    """Whether this is a whole date that the calendar has."""
    return len(text) == len("2026-01-31") and span(text) is not None


def check_partial(text: str) -> str:
    """Accept a whole date, a month or a year."""
    if span(text) is None:
        raise PydanticCustomError("partial_date", WRONG_PARTIAL)
    return text


def span(text: object) -> tuple[date, date] | None:
    """Name the first and the last day that a whole or partial date can mean; None if it is no such date."""
    shape = _SHAPE.fullmatch(text) if isinstance(text, str) else None
    if shape is None or int(shape["year"]) < _EARLIEST_YEAR:
        return None
    year, month, day = (int(shape[part]) if shape[part] else None for part in ("year", "month", "day"))
    try:
        first = date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    if day is not None:
        return first, first
    return first, first.replace(month=month or 12, day=calendar.monthrange(first.year, month or 12)[1])


Day = Annotated[str, AfterValidator(check_day), WithJsonSchema({"type": "string", "format": "date"})]
PartialDate = Annotated[
    str,
    AfterValidator(check_partial),
    WithJsonSchema({"type": "string", "format": "partial-date", "pattern": r"^\d{4}(-\d\d(-\d\d)?)?$"}),
]
