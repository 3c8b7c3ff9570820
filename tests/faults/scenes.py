"""What the plays of faults have in common: a small load, and waiting until all is told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.loads import recipients, reckonings, stacks, submitting
from tests.loads.recipients import Played
from tests.loads.stacks import Stack

REPORTS = 8
WITHOUT_WORKERS = ("web", "beat", "simulator")
QUEUE = "tell-us-once:prompt"  # the broker's list of hints


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


def submit(stack: Stack, tally: Any, count: int = REPORTS, *, part: int = 0) -> list[str]:
    """Hand in so many reports of people whom no other part of a test is about, and give their references."""
    return submitting.by_interface(stack, count, seed=tally.seed * 1000 + part)


def settled(stack: Stack, tally: Any, **how: Any) -> None:
    """Wait until all is told, and hold all invariants."""
    all_told(stack)
    tally.hold(reckonings.reckon(stack, **{"undetected": {"heedless"}, **how}))


def hurry(stack: Stack) -> None:
    """Let what waits to be tried again be due now, as if the time had passed, and breakers be closed."""
    stack.query("UPDATE tellusonce_mailbox SET open_until = NULL, failures = 0 WHERE open_until IS NOT NULL")
    stack.query("UPDATE tellusonce_delivery SET due_at = now() WHERE state = 'pending' AND due_at > now()")


def requests(stack: Stack) -> int:
    """Say how many requests recipients have noted down."""
    return sum(1 for _ in reckonings.read_books(stack.books)) if stack.books.exists() else 0


def waiting(stack: Stack) -> int:
    """Count what is still on its way."""
    (count,) = stack.query("SELECT count(*) FROM tellusonce_delivery WHERE state = 'pending'")[0]
    return int(count)


def all_told(stack: Stack, *, seconds: float = stacks.PATIENCE_SECONDS, is_hurried: bool = False) -> None:
    """Wait until nothing is on its way; `is_hurried` waits for nothing that is put off. Raises TooLong."""

    def is_done() -> bool:
        if is_hurried:
            hurry(stack)
        return not waiting(stack)

    stack.wait_for(is_done, seconds=seconds, why="Something stays on its way.")
