"""Read the ONS Postcode Directory (ONSPD), as CSV, row by row; nothing is kept that is not asked for.

Source: Office for National Statistics, ONS Postcode Directory, User Guides of February 2024 (columns like ``oslaua``)
and November 2025 (columns that carry the year of their codes, like ``lad25cd``). Read November 2026.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

# What each column is called: formerly, in the directory's smaller sister, and since 2025.
COLUMNS: Mapping[str, re.Pattern[str]] = {
    "postcode": re.compile(r"pcds"),
    "date of termination": re.compile(r"doterm"),
    "county": re.compile(r"oscty|cty|cty\d\dcd"),
    "district": re.compile(r"oslaua|laua|lad\d\dcd"),
    "nation": re.compile(r"ctry|ctry\d\dcd"),
}
EXAMPLES: Mapping[str, str] = {
    "postcode": "`pcds`",
    "date of termination": "`doterm`",
    "county": "`oscty` or `cty25cd`",
    "district": "`oslaua` or `lad25cd`",
    "nation": "`ctry` or `ctry25cd`",
}
NATIONS: Mapping[str, str] = {
    "E92000001": "england",
    "W92000004": "wales",
    "S92000003": "scotland",
    "N92000002": "northern-ireland",
    "L93000001": "channel-islands",
    "M83000003": "isle-of-man",
}
_POSTCODE = re.compile(r"[A-Z][A-Z0-9]{1,3} [0-9][A-Z]{2}")
_CODE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_NONE = re.compile(r"[A-Z]99999999")  # such as E99999999: a district of England that lies in no county
_LONGEST_CODE = 20


class Unreadable(ValueError):
    """The file is not such a directory; the message says where, and what would be right."""


class Row(NamedTuple):
    """One postcode, in the order of the table's columns."""

    code: str
    district: str
    county: str
    nation: str
    is_terminated: bool


def read(lines: Iterable[str]) -> Iterator[Row]:
    """Give the rows of a directory, one by one. Raises Unreadable, at the first thing that cannot be taken."""
    reader = csv.reader(lines, strict=True)
    try:
        columns = places(next(reader, []))
        for fields in reader:
            if fields:
                yield _row(fields, columns)
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unreadable(
            f"Line {reader.line_num} or the next is not CSV in UTF-8; take the file as published."
        ) from error
    except _Misfit as misfit:
        raise Unreadable(f"Line {reader.line_num}: {misfit}") from misfit


def places(header: Sequence[str]) -> tuple[int, ...]:
    """Find where each column stands. Raises Unreadable, with all that are missing."""
    names = [name.strip().removeprefix("\ufeff").lower() for name in header]
    found = {what: [at for at, name in enumerate(names) if shape.fullmatch(name)] for what, shape in COLUMNS.items()}
    if missing := [f"{EXAMPLES[what]} (the {what})" for what, at in found.items() if not at]:
        raise Unreadable(
            f"These columns are missing: {', '.join(missing)}. "
            "The file has to be the ONS Postcode Directory as CSV, with its first line."
        )
    return tuple(at[-1] for at in found.values())


class _Misfit(ValueError):
    """A field does not have the form that it should have."""


def _row(fields: Sequence[str], columns: tuple[int, ...]) -> Row:
    try:
        code, ended, county, district, nation = [fields[at] for at in columns]
    except IndexError:
        raise _Misfit("there are fewer fields than columns; is the file whole?") from None
    if not _POSTCODE.fullmatch(code):
        raise _Misfit("the postcode has to be written like AB1 2CD.")
    return Row(code, _area(district), _area(county), _nation(nation), is_terminated=bool(ended.strip()))


@cache
def _area(code: str) -> str:
    code = code.strip()
    if not code or _NONE.fullmatch(code):
        return ""
    if len(code) > _LONGEST_CODE or not _CODE.fullmatch(code):
        raise _Misfit("district and county have to be codes like E07000123, or empty.")
    return code


@cache
def _nation(code: str) -> str:
    if code.strip() not in NATIONS:
        raise _Misfit(f"the nation has to be one of {', '.join(NATIONS)}.")
    return NATIONS[code.strip()]
