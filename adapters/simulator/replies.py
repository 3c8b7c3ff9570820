"""What a recipient says back, whatever the protocol: a reply on the wire, and texts with gaps to fill."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from adapters.simulator import books
from adapters.simulator.books import Received
from adapters.simulator.steps import Answer, Refusal

GAP = re.compile(r"\{(message_id|reference|sequence|their_reference|today|now)\}")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, ready for the server."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


class Unreadable(Exception):
    """The request is not what this recipient understands; the text names the place, never a value."""

    def __init__(self, where: str, *, status: int = 400) -> None:
        super().__init__(where)
        self.status = status


class Desk(Protocol):
    """Reads requests and words replies for one recipient."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Find the ids and fields. Raises Unreadable."""

    def reply(self, word: str, received: Received, answer: Answer | None) -> Reply:
        """Say ``taken`` or ``duplicate``, with the answer when there is one."""

    def refuse(self, refusal: Refusal) -> Reply:
        """Say no."""

    def complain(self, problem: Unreadable) -> Reply:
        """Say that it cannot be read."""


def their_reference(recipient: str, message_id: str) -> str:
    """Name a case as the recipient would: the same for every try of a message."""
    return f"R-{hashlib.sha256(f'{recipient}:{message_id}'.encode()).hexdigest()[:8].upper()}"


def values(recipient: str, received: Received) -> dict[str, str]:
    """What the gaps of a text are filled with."""
    return {
        "message_id": received.message_id,
        "reference": received.reference,
        "sequence": str(received.sequence or 1),
        "their_reference": their_reference(recipient, received.message_id),
        "today": today(),
        "now": books.now(),
    }


def fill(text: str, known: Mapping[str, str], *, quote: Callable[[str], str] = str) -> str:
    """Fill the gaps of one text."""
    return GAP.sub(lambda gap: quote(known[gap[1]]), text)


def fill_all(template: Any, known: Mapping[str, str]) -> Any:
    """Fill the gaps of every text in a nest of plain JSON."""
    if isinstance(template, str):
        return fill(template, known)
    if isinstance(template, dict):
        return {key: fill_all(value, known) for key, value in template.items()}
    if isinstance(template, list):
        return [fill_all(value, known) for value in template]
    return template


def today() -> str:
    """Say the day in UTC."""
    return datetime.now(UTC).date().isoformat()


def actions(answer: Answer) -> list[dict[str, str | None]]:
    """Date the actions of an answer."""
    return [{"code": action.code, "on": today() if action.on == "today" else action.on} for action in answer.actions]


def numbers(answer: Answer, recipient: str, message_id: str) -> dict[str, list[dict[str, str]]]:
    """Give an answer's own numbers of the person, as a part of what is said; nothing where it has none."""
    reference = their_reference(recipient, message_id)
    told = [
        {"scheme": each.scheme, "value": each.value.replace("{their_reference}", reference)} for each in answer.numbers
    ]
    return {"numbers": told} if told else {}


def retry_after(refusal: Refusal) -> dict[str, str]:
    """Ask for time, when the refusal does."""
    return {} if refusal.retry_after_s is None else {"Retry-After": str(refusal.retry_after_s)}


def places(headers: Mapping[str, str], fields: Mapping[str, Any], place: str) -> Any:
    """Find what stands at `place`: a header, or the first field whose dotted path ends in it; "" when nothing does."""
    if place.startswith("header:"):
        return headers.get(place.removeprefix("header:").lower(), "")
    matching = (value for path, value in fields.items() if path == place or path.endswith("." + place))
    return next(matching, "")


def number(value: Any) -> int | None:
    """Read a sequence number; None when it is none."""
    return int(value) if str(value).isascii() and str(value).isdigit() else None
