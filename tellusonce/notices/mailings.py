"""What a channel is given, and the one way in which it fails."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Protocol

from tellusonce.notices.words import Words

TRANSIENT, THROTTLED, AMBIGUOUS, PERMANENT = "transient", "throttled", "ambiguous", "permanent"


@dataclass(frozen=True, slots=True)
class Mailing:
    """One notice as it goes out: the same for each try, its id included.

    `is_repeated`: an earlier try may have arrived, so a channel that can tell has to ask before it sends.
    """

    id: uuid.UUID
    by: str
    to: str
    language: str
    words: Words
    written_at: dt.datetime
    is_repeated: bool = False


class NotTaken(Exception):
    """The channel did not say that it took it: the class of the failure and a short code, never their words.

    `is_channel`: it would have failed whatever the notice, so that others had better wait too.
    """

    def __init__(self, outcome: str, code: str, *, is_channel: bool = False, wish: float | None = None) -> None:
        super().__init__(f"{outcome}: {code}")
        self.outcome = outcome
        self.code = code
        self.is_channel = is_channel
        self.wish = wish


class Channel(Protocol):
    """A way to send; used by one thread, and closed when it is done."""

    name: str

    def send(self, mailing: Mailing) -> None:
        """Send it. Raises NotTaken."""

    def close(self) -> None:
        """Let go of what it holds."""
