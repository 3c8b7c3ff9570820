"""What a reply, or the lack of one, means for a delivery: decided purely, by class."""

import datetime as dt
import logging
from dataclasses import dataclass, replace

from adapters import discovery
from adapters.contract import (
    Ambiguous,
    Answer,
    Asked,
    Endpoint,
    Failure,
    Misconfigured,
    Receipt,
    Refused,
    Throttled,
    Transient,
)
from adapters.egress import Reply
from tellusonce.deliveries import retries

logger = logging.getLogger(__name__)

NOT_STARTED = "not-started"
OUTCOME_UNKNOWN = "outcome-unknown"
WISH_MOST = retries.LONGEST_WISH.total_seconds()
WISH_UNSAID = dt.timedelta(seconds=30)  # a 429 that does not say how long


class Quarantine(Refused):
    """A delivery that only a person may send on: repeating it blindly could do harm."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state a delivery takes, and what the attempt's result and the mailbox learn from it.

    `outcome` is the class as counted: accepted, duplicate, transient, throttled, ambiguous, refused, misconfigured,
    unsent or crashed. `is_spared`: nothing went on the wire, so the try does not count.
    """

    state: str
    outcome: str
    code: str
    reason: str = ""
    pause: dt.timedelta = dt.timedelta()
    answer: Answer | None = None
    is_spared: bool = False
    stops_mailbox: bool = False
    wish: dt.timedelta = dt.timedelta()
    speaks_against_health: bool | None = False

    @property
    def is_taken(self) -> bool:
        """Whether they have it, now or already."""
        return self.outcome in {"accepted", "duplicate"}


def of_reply(reply: Reply, endpoint: Endpoint, *, asked: Asked, tries: int) -> Verdict:
    """Class what came back from the egress, when this was asked."""
    if reply.failure is not None or reply.response is None:
        return of_failure(reply.failure or Ambiguous("no-reply"), tries=tries, endpoint=endpoint)
    try:
        response = replace(reply.response, asked=asked)
        receipt = discovery.find(endpoint.adapter).decode(response, endpoint)
    except Failure as failure:
        return of_failure(failure, tries=tries, endpoint=endpoint)
    except Exception as error:  # an adapter's defect must not cost its neighbours their replies
        logger.exception("reply of %s could not be read", endpoint.recipient)
        return of_failure(Ambiguous(f"decode-{type(error).__name__}"), tries=tries, endpoint=endpoint)
    return _taken(receipt, status=reply.response.status)


def _taken(receipt: Receipt, *, status: int) -> Verdict:
    outcome = "duplicate" if receipt.duplicate else "accepted"
    return Verdict("sent", outcome, receipt.remark or f"http-{status}", answer=receipt.answer)


def of_failure(failure: Failure, *, tries: int, endpoint: Endpoint | None = None) -> Verdict:
    """Class what went wrong."""
    match failure:
        case Refused():
            return Verdict("failed", "refused", failure.code, reason=failure.code[:40])
        case Misconfigured():
            return _stopped(failure, endpoint)
        case Transient(code=code) if code == NOT_STARTED:
            return Verdict("pending", "unsent", failure.code, is_spared=True)
        case Throttled():
            return _throttled(failure, tries=tries)
        case Transient():
            return retry("transient", failure.code, tries=tries)
        case _:
            return _ambiguous(failure, tries=tries, endpoint=endpoint)


def _stopped(failure: Misconfigured, endpoint: Endpoint | None) -> Verdict:
    """Nothing more goes there; but whoever redirects may have taken it (RFC 9110, 15.4.4)."""
    if failure.code == "redirected" and endpoint is not None and not endpoint.detects_duplicates:
        return Verdict("failed", "ambiguous", failure.code, reason=OUTCOME_UNKNOWN, stops_mailbox=True)
    return Verdict("pending", "misconfigured", failure.code, stops_mailbox=True)


def _ambiguous(failure: Failure, *, tries: int, endpoint: Endpoint | None) -> Verdict:
    """It may have been taken: the same again under the same id, unless they could not tell that it is the same."""
    if endpoint is not None and not endpoint.detects_duplicates:
        return Verdict("failed", "ambiguous", failure.code, reason=OUTCOME_UNKNOWN, speaks_against_health=True)
    return retry("ambiguous", failure.code, tries=tries)


def retry(outcome: str, code: str, *, tries: int) -> Verdict:
    """Try again when the schedule says."""
    return Verdict("pending", outcome, code, pause=retries.pause_after(tries), speaks_against_health=True)


def _throttled(failure: Throttled, *, tries: int) -> Verdict:
    """They are well, and ask for time: this delivery waits as long as they say, the mailbox too within bounds."""
    asked = failure.retry_after
    wish = WISH_UNSAID if asked is None else dt.timedelta(seconds=min(max(asked, 1.0), WISH_MOST))
    pause = retries.pause_after(tries, wish=asked)
    return Verdict("pending", "throttled", failure.code, pause=pause, wish=wish, speaks_against_health=None)
