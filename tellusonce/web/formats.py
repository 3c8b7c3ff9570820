"""Days, times and numbers as the reader's language writes them: Unicode's CLDR, by Babel."""

from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.utils.timezone import localtime
from django.utils.translation import get_language, pgettext


def locale() -> Locale:
    """Give the reader's."""
    return Locale.parse(str(get_language()), sep="-")


def day(value: date) -> str:
    """Write a date as 25 November 2026, or 25 Tachwedd 2026; of a time, the day it is in the United Kingdom."""
    at = localtime(value) if isinstance(value, datetime) else value
    return format_date(at, "d MMMM y", locale=locale())


def clock(value: datetime) -> str:
    """Write the time of day as 2:05pm, as the United Kingdom's clocks show it."""
    at = localtime(value)
    return format_datetime(at, "h:mm", locale=locale()) + ("am" if at.hour < 12 else "pm")  # noqa: PLR2004 - noon


def moment(value: datetime) -> str:
    """Write a time as 25 November 2026 at 2:05pm."""
    return pgettext("a day, and a time of it", "%(day)s at %(time)s") % {"day": day(value), "time": clock(value)}


def number(value: float) -> str:
    """Write a number with commas between thousands."""
    return format_decimal(value, locale=locale())
