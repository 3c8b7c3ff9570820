"""Reads the General Register Office's death extracts, one record at a time and whatever their size.

Form: DeathRegistrationGroup, as in ``OGDDeathExtractDWP`` version 1.1 of the Office for National Statistics, and the
meaning of its codes as in govuk-one-login/life-events-platform at 2356973. Read November 2026.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal

from lxml import etree

from adapters.registers import gro_entries
from adapters.registers.gro_entries import Element, Unfit

_ROOT = "DeathRegistrationGroup"
_RECORD = "DeathRegistration"
_COUNT = "RecordCount"
# The fullest record that the form allows has some 60 elements; one of thousands is no record but an attack on memory.
_MOST_ELEMENTS = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One record: a new registration, or an update of one, which may come before it.

    `number` is the register's own and the same for a registration and its updates. `entry` has the shape of the kind
    ``death`` and only what the record says. `reason` says why an update was made, and is empty for a registration.
    """

    kind: Literal["registration", "update"]
    number: str
    occurred_at: datetime
    reason: str
    entry: dict[str, Any]
    line: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be read, and why, without quoting it; `number` is empty where there is none to name."""

    line: int
    number: str
    why: str
    is_whole_file: bool = False


class _Unreadable(Exception):
    def __init__(self, why: str, *, line: int) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


def read(stream: BinaryIO) -> Iterator[Record | Fault]:
    """Yield each record, or why it cannot be used, in the file's order.

    A fault of the whole file is the last thing that is yielded: what came before it is no complete batch.
    """
    try:
        yield from _read(stream)
    except _Unreadable as error:
        yield Fault(error.line, "", error.why, is_whole_file=True)
    except etree.XMLSyntaxError as error:
        # libxml2's own message may quote the file, and the file is full of personal data.
        yield Fault(error.lineno or 1, "", "The file is not well-formed XML from this line on", is_whole_file=True)


def _read(stream: BinaryIO) -> Iterator[Record | Fault]:
    seen, counted = 0, None
    for element in _children(stream):
        name, line = gro_entries.name_of(element), _line(element)
        if name == _RECORD:
            seen += 1
            yield _record(element, line=line)
        elif name == _COUNT:
            counted = gro_entries.text_of(element)
        else:
            raise _Unreadable(f"Only {_RECORD} and {_COUNT} are expected inside {_ROOT}", line=line)
    if counted != str(seen):
        told = "is missing" if counted is None else "differs"
        why = f"{_COUNT} {told}: the file holds {seen} records, and may have been cut short"
        raise _Unreadable(why, line=line if seen else 1)


def _children(stream: BinaryIO) -> Iterator[Element]:
    """Yield each child of the root when it is whole, and forget it afterwards."""
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth, size = 0, 0
    for event, element in events:
        if event == "start":
            depth, size = depth + 1, size + 1
            _check_start(element, depth=depth, size=size)
            continue
        depth -= 1
        if depth == 1:
            yield element
            size = 0
            _forget(element)


def _check_start(element: Element, *, depth: int, size: int) -> None:
    if depth == 1:
        _check_root(element)
    if size > _MOST_ELEMENTS:
        raise _Unreadable(f"A record has more than {_MOST_ELEMENTS} elements", line=_line(element))


def _check_root(root: Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise _Unreadable("The file has a document type declaration, which is never accepted", line=1)
    if gro_entries.name_of(root) != _ROOT:
        raise _Unreadable(f"The file is no death extract: its first element has to be {_ROOT}", line=_line(root))


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _record(element: Element, *, line: int) -> Record | Fault:
    parts = gro_entries.parts_of(element)
    number = gro_entries.number_in(parts)
    try:
        return _understand(parts, number=number, line=line)
    except Unfit as error:
        return Fault(line, number, str(error))


def _understand(parts: gro_entries.Parts, *, number: str, line: int) -> Record:
    if not number:
        raise Unfit("RegistrationID has to be 1 to 20 letters and digits")
    if "RecordUpdateReason" in parts:
        at = gro_entries.time_in(parts, "RecordUpdateDateTime")
        entry = gro_entries.entry_of(parts, number=number)
        return Record("update", number, at, gro_entries.reason_in(parts), entry, line)
    if "RecordLockedDateTime" not in parts:
        raise Unfit("It has neither RecordLockedDateTime (a registration) nor RecordUpdateReason (an update)")
    at = gro_entries.time_in(parts, "RecordLockedDateTime")
    entry = gro_entries.entry_of(parts, number=number, registered_on=at.date())
    return Record("registration", number, at, "", entry, line)


def _line(element: Element) -> int:
    line: Any = element.sourceline
    return line or 1
