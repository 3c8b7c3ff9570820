"""Everything that can be known about the catalogue's files without the database."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters import contract
from tellusonce.catalogue import files, grants, readings, references, routes
from tellusonce.catalogue.faults import Fault, Faulty


@dataclass(frozen=True, slots=True)
class Checked:
    """A catalogue without faults: entries, endpoints by recipient, leaves by agreement, and the warnings."""

    reading: readings.Reading
    endpoints: Mapping[str, contract.Endpoint]
    granted: Mapping[int, frozenset[str]]
    warnings: tuple[Fault, ...]


def check(paths: Iterable[str | Path], *, bases: Mapping[str, str], on: dt.date, within: Path | None = None) -> Checked:
    """Read and check the files as they stand on that day. Raises Faulty with everything that is wrong.

    Of files that somebody sent, what they name is read from the folder `within` alone.
    """
    source = files.read(paths)
    reading = readings.interpret(source)
    endpoints = routes.endpoints(reading, bases, within=within)
    granted = grants.granted(reading)
    source.faults.extend(routes.lapsed(reading, endpoints, on=on))
    source.faults.extend(references.faults(reading, on=on))
    source.faults.extend(grants.shortfalls(reading, granted, endpoints))
    if not all(fault.is_warning for fault in source.faults):
        raise Faulty(source.faults)
    return Checked(reading, endpoints, granted, tuple(sorted(set(source.faults))))
