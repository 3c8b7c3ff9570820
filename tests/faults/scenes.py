"""What the plays of faults have in common: a small load, and waiting until all is told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.loads import recipients, stacks
from tests.loads.recipients import Played
from tests.loads.stacks import Stack

REPORTS = 8


def cast(**fields: Any) -> list[Played]:
    """Give three recipients by REST, one by SOAP, and one that cannot tell a repetition."""
    return [
        *recipients.several(3, **fields),
        *recipients.several(1, style="soap", **fields),
        Played("heedless", detects_duplicates=False, **fields),
    ]


@contextmanager
def playing(played: Sequence[Played] | None = None, **settings: Any) -> Iterator[Stack]:
    """Run a stack of these recipients, or of `cast`."""
    with stacks.running(cast() if played is None else played, **settings) as stack:
        yield stack


def waiting(stack: Stack) -> int:
    """Count what is still on its way."""
    (count,) = stack.query("SELECT count(*) FROM tellusonce_delivery WHERE state = 'pending'")[0]
    return int(count)


def all_told(stack: Stack, *, seconds: float = stacks.PATIENCE_SECONDS) -> None:
    """Wait until nothing is on its way. Raises TooLong."""
    stack.wait_for(lambda: not waiting(stack), seconds=seconds, why="Something stays on its way.")
