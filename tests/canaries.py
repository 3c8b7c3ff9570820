"""Values that are nobody's and unlike anything else, so that a search finds each wherever it went."""

import itertools
from collections.abc import Iterator
from typing import Any

JSON = Any
# What fits fields that take no free text.
FITTING: dict[str, str] = {
    "date": "1987-06-05",
    "partial-date": "1933-04-02",
    "nino": "QQ918273C",
    "nhs_number": "9994126075",
    "driver_number": "CANAR303042Q99AB",
    "passports": "917263548",
    "vehicles": "ZX18CNR",
    "blue_badge": "C4NQ7X",
    "postcode": "ZX1 9CQ",
    "uprn": "100077665544",
    "email": "canary.{number}@mail.example",
    "phone": "01632 9601{number:02}",
    "service_number": "Q7654321",
    "died_on": "2026-02-03",
    "registered_on": "2026-02-04",
}
SHORTEST = 6
numbers = itertools.count(10)


def fresh(*names: str) -> str:
    """Give a value that nobody had before, or the one that fits a field of one of these names or types."""
    number = next(numbers)
    fitting = next((FITTING[each] for each in names if each in FITTING), "")
    return fitting.format(number=number % 100) if fitting else f"Canary{number}{'xyzvw'[number % 5]}kite"


def words(value: JSON) -> Iterator[str]:
    """Walk to every text that is long enough to be somebody's."""
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        for each in value:
            yield from words(each)
    elif isinstance(value, str) and len(value) >= SHORTEST:
        yield value
