"""When a recipient must have confirmed: working days of its own nation's calendar."""

import datetime as dt
import functools
from zoneinfo import ZoneInfo

import holidays

UK = ZoneInfo("Europe/London")
SUBDIVISIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern-ireland": "NIR"}


@functools.cache
def _calendar(nation: str) -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv=SUBDIVISIONS[nation])


def is_working_day(day: dt.date, *, nation: str) -> bool:
    """Whether offices of that nation are open: no weekend, no bank holiday."""
    return day.weekday() < 5 and day not in _calendar(nation)  # noqa: PLR2004 - Monday to Friday


def today(moment: dt.datetime) -> dt.date:
    """The calendar day in the United Kingdom at that moment."""
    return moment.astimezone(UK).date()


def midnight(moment: dt.datetime) -> dt.datetime:
    """The beginning of that calendar day."""
    return dt.datetime.combine(today(moment), dt.time(), tzinfo=UK)


def end_of(day: dt.date) -> dt.datetime:
    """The moment at which a calendar day is over."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=UK)


def confirm_by(moment: dt.datetime, *, working_days: int, nation: str) -> dt.date:
    """The last day on which a confirmation is in time, counted from the working day after `moment`."""
    return _after(today(moment), working_days, nation)


@functools.lru_cache(maxsize=256)
def _after(day: dt.date, working_days: int, nation: str) -> dt.date:
    left = working_days
    while left:
        day += dt.timedelta(days=1)
        left -= is_working_day(day, nation=nation)
    return day
