"""The functions that mappings have besides JMESPath's own: dates, addresses, names, codes.

All take null and give null for it, so that a mapping may name what an agreement grants and a report leaves out.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from jmespath import functions

from adapters.contract import Refused

JSON = Any
Method = TypeVar("Method", bound=Callable[..., Any])

DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*)?", re.ASCII | re.DOTALL)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ADDRESS = ("lines", "town", "county")

# What the functions on whole objects cannot do without; the rest is used where it is granted and there.
READS: Mapping[str, tuple[str, ...]] = {
    "address_lines": ("lines", "town"),
    "one_line": ("lines", "town", "postcode"),
    "full_name": ("given", "family"),
}

TEXT = {"types": ["string", "null"]}
NUMBER = {"types": ["number"]}
OBJECT = {"types": ["object", "null"]}
ANYTHING: dict[str, Any] = {"types": []}


def signature(*arguments: Mapping[str, Any]) -> Callable[[Method], Method]:
    """Declare the types of a function's arguments; the library's own stub does not know what it returns."""
    declare = cast("Any", functions.signature)
    return cast("Callable[[Method], Method]", declare(*arguments))


class Functions(functions.Functions):
    """JMESPath's functions and ours; the docstring of each of ours is there for people who write mappings."""

    @signature(TEXT)
    def _func_uk_date(self, date: str | None) -> str | None:
        """``uk_date(date)``: 31/01/2026; 01/2026 or 2026 where only that much is known."""
        return None if date is None else "/".join(reversed(_parts(date)))

    @signature(TEXT)
    def _func_whole_date(self, date: str | None) -> str | None:
        """``whole_date(date)``: 2026-01-31; null where less is known, as xs:date has no place for that."""
        parts = [] if date is None else _parts(date)
        return "-".join(parts) if len(parts) == len(("year", "month", "day")) else None

    @signature(TEXT, {"types": ["string"]})
    def _func_format_date(self, date: str | None, pattern: str) -> str | None:
        """``format_date(date, 'DD-MON-YYYY')``: made of YYYY, YY, MM, MON and DD; null unless the date is whole."""
        whole = self._func_whole_date(date)
        if whole is None:
            return None
        year, month, day = whole.split("-")
        words = {"YYYY": year, "YY": year[2:], "MON": MONTHS[int(month) - 1].upper(), "MM": month, "DD": day}
        return re.sub("YYYY|YY|MON|MM|DD", lambda found: words[found[0]], pattern)

    @signature({"types": ["object", "null"], "variadic": True})
    def _func_address_lines(self, address: dict[str, JSON] | None, *most: JSON) -> list[str] | None:
        """``address_lines(address, 4)``: its lines but the postcode; at most so many, the last takes the rest."""
        if address is None:
            return None
        lines = [*_texts([address.get(name) for name in ADDRESS]), *_texts([address.get("country")])]
        lines = lines or re.split(r"\s*[,\n]\s*", address.get("text") or "")
        if most and isinstance(most[0], int) and 0 < most[0] < len(lines):
            return [*lines[: most[0] - 1], ", ".join(lines[most[0] - 1 :])]
        return [line for line in lines if line]

    @signature(OBJECT)
    def _func_one_line(self, address: dict[str, JSON] | None) -> str | None:
        """``one_line(address)``: 1 High Street, Northmoor, NM1 1AA."""
        if address is None:
            return None
        lines = _texts([*(address.get(name) for name in ADDRESS), address.get("postcode"), address.get("country")])
        return ", ".join(lines) or address.get("text")

    @signature(OBJECT)
    def _func_full_name(self, name: dict[str, JSON] | None) -> str | None:
        """``full_name(name)``: given names, then family name."""
        return None if name is None else " ".join(_texts([name.get("given"), name.get("family")])) or None

    @signature({"types": [], "variadic": True})
    def _func_join_names(self, *parts: JSON) -> str | None:
        """``join_names(a, b, ...)``: texts, lists of texts and names, with single spaces between."""
        flat = [self._func_full_name(part) if isinstance(part, dict) else part for part in parts]
        return " ".join(_texts(flat)) or None

    @signature(ANYTHING, OBJECT)
    def _func_code(self, value: JSON, table: dict[str, JSON] | None) -> JSON:
        """``code(value, {male: 'M', "*": 'U'})``: their word for ours; a value that no line fits is refused."""
        if value is None or table is None:
            return None
        key = str(value).lower() if isinstance(value, bool) else str(value)
        if key not in table and "*" not in table:
            raise Refused("mapping-no-code")
        return table.get(key, table.get("*"))

    @signature(TEXT, NUMBER)
    def _func_left(self, text: str | None, most: float) -> str | None:
        """``left(text, 35)``: no more than so many characters."""
        return None if text is None else text[: max(0, int(most))].rstrip()

    @signature(TEXT)
    def _func_upper(self, text: str | None) -> str | None:
        """``upper(text)``: in capitals."""
        return None if text is None else text.upper()


def _parts(date: str) -> list[str]:
    found = DATE.fullmatch(date)
    if found is None:
        raise Refused("mapping-no-date")
    return [part for part in found.groups() if part]


def _texts(values: Iterable[JSON]) -> list[str]:
    """Flatten texts and lists of texts, leaving out what is empty."""
    found: list[str] = []
    for value in values:
        found.extend(_texts(value) if isinstance(value, list) else [value.strip()] if isinstance(value, str) else [])
    return [text for text in found if text]
