"""Read replies: what an HTTP status means for a delivery, and what a recipient that answers at once has said.

Sources: RFC 9110 sections 10.2.3 and 15, RFC 6585 section 4, RFC 8470 section 5.2, read November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from adapters import mapping
from adapters.contract import (
    ACTION_CODES,
    OUTCOMES,
    Action,
    Ambiguous,
    Answer,
    Failure,
    Misconfigured,
    OwnNumber,
    Receipt,
    Refused,
    Response,
    Throttled,
    Transient,
)

JSON = Any

LONGEST_WAIT = 24 * 60 * 60.0
MOST_NUMBERS = 10
DUPLICATE_WORDS = (b"duplicate", b"already")

NOT_TAKEN = frozenset({408, 421, 425, 503})
THROTTLED = 429
# A bare 500 says that something broke, not where; a gateway's 502 and 504 that the answer, not the request, was lost.
UNKNOWN = frozenset({500, 502, 504})
UNFIT = frozenset({400, 409, 411, 412, 413, 414, 415, 416, 422, 431})
CONFLICT = 409


def judge(response: Response, *, duplicate_marker: str = "") -> Receipt:
    """Turn a status into a receipt, or raise the failure that it means.

    A 409 is a duplicate when its body holds the marker; without one, when it says "duplicate" or "already".
    """
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004
        return Receipt()
    if status == CONFLICT and _says_duplicate(response.body, duplicate_marker):
        return Receipt(duplicate=True)
    raise _failure(response)


def _says_duplicate(body: bytes, marker: str) -> bool:
    said = body[:4096].lower()
    return marker.lower().encode() in said if marker else any(word in said for word in DUPLICATE_WORDS)


def _failure(response: Response) -> Failure:
    status, code = response.status, f"http-{response.status}"
    wait = retry_after(response.headers)
    if status == THROTTLED or (status in NOT_TAKEN and wait is not None):
        return Throttled(code, retry_after=wait, status=status)
    if status in NOT_TAKEN:
        return Transient(code, status=status)
    if status in UNFIT:
        return Refused(code, status=status)
    if 300 <= status < 500 or status in {501, 505}:  # noqa: PLR2004
        return Misconfigured("redirected" if status < 400 else code, status=status)  # noqa: PLR2004
    return Ambiguous(code, status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds they ask for, at most a day; None where they say nothing sensible.

    A date is read against the reply's own Date, so that neither clock matters.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    until, now = _date(text), _date(headers.get("date", ""))
    if until is None or now is None:
        return None
    seconds = (until - now).total_seconds()
    return min(seconds, LONGEST_WAIT) if seconds >= 0 else None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply mapping made of a reply; `remark` is as in Receipt."""

    answer: Answer | None = None
    duplicate: bool = False
    remark: str = ""

    def onto(self, receipt: Receipt) -> Receipt:
        """Add it to what the status already said."""
        return Receipt(receipt.duplicate or self.duplicate, self.answer, self.remark)


def read_answer(reply: mapping.Expression, *, status: int, body: JSON) -> Reading:
    """Apply a reply mapping to ``{status, body}``; never raises, as the delivery has its receipt already.

    It gives null, or an object of `outcome`, `actions` (codes, or objects of `code` and `on`), `occurred_at`,
    `their_reference`, `note`, `numbers` (objects of `scheme` and `value`) and `duplicate`. An unknown outcome is no
    answer; an unknown action is left out.
    """
    try:
        told = reply.apply({"status": status, "body": body})
    except Failure:
        return Reading(remark="answer-unreadable")
    if told is None:
        return Reading()
    if not isinstance(told, dict):
        return Reading(remark="answer-unreadable")
    is_duplicate = told.get("duplicate") is True
    outcome = told.get("outcome")
    if outcome is None:
        return Reading(duplicate=is_duplicate)
    if outcome not in OUTCOMES:
        return Reading(duplicate=is_duplicate, remark="answer-unknown-outcome")
    actions, remark = _actions(told.get("actions"))
    answer = Answer(
        outcome=outcome,
        actions=actions,
        occurred_at=_moment(told.get("occurred_at")),
        their_reference=_text(told.get("their_reference"), most=100),
        note=_text(told.get("note"), most=1000),
        numbers=_numbers(told.get("numbers")),
    )
    return Reading(answer, is_duplicate, remark)


def _actions(told: JSON) -> tuple[tuple[Action, ...], str]:
    found: list[Action] = []
    remark = ""
    for each in told if isinstance(told, list) else [] if told is None else [told]:
        code, on = (each.get("code"), each.get("on")) if isinstance(each, dict) else (each, None)
        if isinstance(code, str) and code in ACTION_CODES:
            found.append(Action(code, _day(on)))
        elif each is not None:
            remark = "answer-unknown-action"
    return tuple(found), remark


def _numbers(told: JSON) -> tuple[OwnNumber, ...]:
    """List what names a scheme and a value; whether it can be one of that scheme is not known here."""
    listed = told if isinstance(told, list) else [told]
    parts = [(each.get("scheme"), each.get("value")) for each in listed if isinstance(each, dict)]
    found = [OwnNumber(_text(scheme, most=50), _text(value, most=100)) for scheme, value in parts]
    return tuple(each for each in found if each.scheme and each.value)[:MOST_NUMBERS]


def _day(told: JSON) -> str | None:
    moment = _parsed(told[:10]) if isinstance(told, str) else None
    return moment.date().isoformat() if moment else None


def _moment(told: JSON) -> datetime | None:
    moment = _parsed(told) if isinstance(told, str) else None
    return moment if moment and moment.tzinfo else None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _text(told: JSON, *, most: int) -> str:
    """Return one line of printable text; a number is a reference too."""
    if isinstance(told, bool) or not isinstance(told, str | int):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in str(told)[:most]).split())
