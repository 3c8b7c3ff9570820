"""What the fault suite found, as a table and as one object."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from tests.loads.reckonings import Reckoning


@dataclass(frozen=True, slots=True)
class Row:
    """One fault as it was played once; `tries` counts the requests that recipients noted down."""

    fault: str
    what: str
    tries: int
    lost: int
    duplicates: int
    misdirected: int
    leaks: int
    seconds: float | None
    held: bool


def row(fault: str, what: str, found: Sequence[Reckoning], seconds: float | None, *, held: bool) -> Row:
    """Sum up what was found of one fault."""
    return Row(
        fault,
        what,
        sum(each.tries for each in found),
        sum(each.lost for each in found),
        sum(each.duplicates for each in found),
        sum(each.misdirected for each in found),
        sum(each.leaks for each in found),
        seconds,
        held,
    )


def number(fault: str) -> int:
    """Sort by the number that follows the F."""
    return int(fault.removeprefix("F"))


def table(rows: Sequence[Row]) -> Table:
    """Put them in order."""
    made = Table("Fault", "Played", "Tries", "Lost", "Twice", "Misdirected", "Leaks", "Recovered in", "Held")
    for each in sorted(rows, key=lambda one: number(one.fault)):
        recovered = "" if each.seconds is None else f"{each.seconds:.1f} s"
        counts = map(str, (each.tries, each.lost, each.duplicates, each.misdirected, each.leaks))
        made.add_row(each.fault, each.what, *counts, recovered, "yes" if each.held else "NO")
    return made


def figures(rows: Sequence[Row]) -> dict[str, int]:
    """Give the sums; a fault that is played several times counts once, and holds if it held each time."""
    faults = {each.fault for each in rows}
    broken = {each.fault for each in rows if not each.held}
    return {
        "faults": len(faults),
        "held": len(faults - broken),
        "lost": sum(each.lost for each in rows),
        "duplicates": sum(each.duplicates for each in rows),
        "misdirected": sum(each.misdirected for each in rows),
        "leaks": sum(each.leaks for each in rows),
    }
