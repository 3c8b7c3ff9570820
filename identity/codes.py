"""Codes that are good once: shown or sent to somebody this once, and known here by a keyed digest alone.

Whoever guesses is shut out for a while, and learns neither whether there is such a code nor that it has been used.
"""

import datetime as dt
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from identity import lockouts, vault
from identity.lockouts import Door

ALPHABET = "234679CDFGHJKMNPQRTVWXZ"  # no vowels, so that no words arise, and nothing that is taken for another one
LENGTH, GROUP = 16, 4  # 72 bits
CODE = Door("invitation", tries=5)
NEIGHBOURHOOD = Door("invitation-from", tries=30)
ANSWER_SECONDS = 0.25  # longer than it takes to look, so that how long it took to look does not show

Taken = TypeVar("Taken")


class NotAccepted(Exception):
    """The code opens nothing; not said why."""

    def __init__(self) -> None:
        super().__init__(
            "What was entered is no invitation that is open. Check it, or ask whoever invited you for another. After "
            "five tries nothing is accepted for 20 minutes."
        )


@dataclass(frozen=True, slots=True)
class Entered:
    """A code as somebody brings it: what they typed, who they are, and from where they ask."""

    typed: str = field(repr=False)
    by: str
    address: str


def make() -> str:
    """Draw a code, written in groups."""
    plain = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(plain[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def digest(code: str) -> bytes:
    """Give what a code is known by, however it was typed."""
    typed = "".join(character for character in code.upper() if character.isalnum())
    return vault.digest("invitation", typed[: 2 * LENGTH].encode())


def enter(code: Entered, take: Callable[[bytes], Taken], *, at: dt.datetime) -> Taken:
    """Have a code taken, by its digest. Raises NotAccepted, after the same time as ever; never in a transaction.

    `take` raises NotAccepted where there is no such code or it is not open. Whatever it raises counts as a failed try.
    """
    until = time.monotonic() + ANSWER_SECONDS
    try:
        near = lockouts.neighbourhood(code.address)
        is_open = lockouts.spend(CODE, code.by, at=at)
        is_open &= lockouts.spend(NEIGHBOURHOOD, near, at=at)
        if not is_open:
            raise NotAccepted
        taken = take(digest(code.typed))
        lockouts.forgive(CODE, code.by)
        lockouts.refund(NEIGHBOURHOOD, near)
        return taken
    finally:
        time.sleep(max(0.0, until - time.monotonic()))
