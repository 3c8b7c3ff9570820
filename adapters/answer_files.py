"""Read a file in which a recipient says what it did: one line for each message, and a sentence for each line at fault.

CSV (RFC 4180) with a heading, in UTF-8, separated by commas or, as some spreadsheets have it, semicolons.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.contract import ACTION_CODES, OUTCOMES, Action, Answer

COLUMNS = ("message", "outcome", "actions", "on", "reference", "note")
NEEDED = ("message", "outcome")
LARGEST = 1024 * 1024
MOST_LINES = 5000
LONGEST = {"reference": 100, "note": 2000}
DAYS = (
    re.compile(r"^(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})$"),
    re.compile(r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})$"),
)


class Unreadable(ValueError):
    """It is no such file at all; the message says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file, and either the message and the answer, or what is wrong with it."""

    number: int
    delivery_id: UUID | None = None
    answer: Answer | None = None
    fault: str = ""


class _Unfit(ValueError):
    """A line cannot be used; the message is fit for whoever wrote it, and repeats nothing of it."""


def read(content: bytes) -> list[Line]:
    """Read the whole file. Raises Unreadable."""
    rows = _rows(content)
    heading = next(rows, (0, []))[1]
    names = [name.strip().lower() for name in heading]
    _check(names)
    lines: list[Line] = []
    for number, cells in rows:
        if len(lines) == MOST_LINES:
            raise Unreadable(f"The file has more than {MOST_LINES} lines. Send it in parts.")
        lines.append(_line(number, names, cells))
    return lines


def _rows(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Give each row that is not empty with the number of the line on which it ends."""
    if len(content) > LARGEST:
        raise Unreadable("The file is larger than 1 MiB. Send it in parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8 text. Save it as “CSV UTF-8”.") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error:
        raise Unreadable(f"Line {reader.line_num} is no line of a CSV file. Save it as “CSV UTF-8”.") from None


def _check(names: Sequence[str]) -> None:
    if missing := [name for name in NEEDED if name not in names]:
        raise Unreadable(
            f"The first line has to name the columns; `{missing[0]}` is missing. There are {', '.join(COLUMNS)}."
        )
    if len(set(names)) != len(names):
        raise Unreadable("The first line names a column twice. Take one of them out.")


def _line(number: int, names: Sequence[str], cells: Sequence[str]) -> Line:
    given = dict(zip(names, (cell.strip() for cell in cells), strict=False))
    try:
        return Line(number, _message(given), _answer(given))
    except _Unfit as error:
        return Line(number, fault=str(error))


def _message(given: Mapping[str, str]) -> UUID:
    try:
        return UUID(given.get("message", ""))
    except ValueError:
        raise _Unfit("`message` has to be the id of a message, as it stood in the file that you took.") from None


def _answer(given: Mapping[str, str]) -> Answer:
    outcome = given.get("outcome", "").lower()
    if outcome not in OUTCOMES:
        raise _Unfit(f"`outcome` has to be one of {', '.join(OUTCOMES)}.")
    actions = _actions(given.get("actions", ""), on=_day(given.get("on", "")))
    if actions and outcome != "acted":
        raise _Unfit("`actions` go with the outcome `acted` alone.")
    for name, longest in LONGEST.items():
        if len(given.get(name, "")) > longest:
            raise _Unfit(f"`{name}` has more than {longest} characters.")
    return Answer(outcome, actions, their_reference=given.get("reference", ""), note=given.get("note", ""))


def _actions(text: str, *, on: str | None) -> tuple[Action, ...]:
    codes = [code.lower() for code in re.split(r"[\s,;|]+", text) if code]
    if not set(codes) <= set(ACTION_CODES):
        raise _Unfit(f"`actions` has to be made of {', '.join(ACTION_CODES)}, with spaces between.")
    return tuple(Action(code, on) for code in dict.fromkeys(codes))


def _day(text: str) -> str | None:
    if not text:
        return None
    for form in DAYS:
        if found := form.match(text):
            try:
                return dt.date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
            except ValueError:
                break
    raise _Unfit("`on` has to be a day, like 2026-03-27 or 27/03/2026.")
