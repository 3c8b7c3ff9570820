"""Check a recipient's system on messages about nobody, from the first connection to the confirmation.

Each is encoded, sealed and sent as a real one would be, and nothing of it is a delivery: see `synthetics`.
"""

import datetime as dt
import ipaddress
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from adapters import batches, inbox, trials
from adapters.contract import TERMINAL_OUTCOMES, Failure, Message
from adapters.sendings import Sent, Wire, say, sealed
from adapters.trials import State, Verdict
from identity import clients
from tellusonce import clocks, rehearsals, rules, synthetics
from tellusonce.disclosure import Grant
from tellusonce.models import Recipient, Rehearsal, Route

JSON = Any
Found = TypeVar("Found")

TAKES, GARBAGE = "takes a message", "refuses garbage"
AFTERWARDS = ("answers", "confirms", "takes it twice")
LOOK_EVERY = 0.2  # seconds
SECOND_LOOK = 2.0  # at least so long is looked whether the second sending is confirmed again
LASTS = dt.timedelta(hours=1)
NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: what was looked at, how it ended, how long it took, what was seen and what to do."""

    name: str
    state: State | str
    seconds: float
    said: str = ""
    remedy: str = ""


@dataclass(slots=True)
class Checkup:
    """One check of one recipient, as far as it has come. `until` is when something that it rests on ends."""

    recipient: Recipient
    route: Route
    wire: Wire
    grants: Sequence[Grant]
    wait: float
    lines: list[Line] = field(default_factory=list)
    opened: list[UUID] = field(default_factory=list)
    until: dt.datetime | None = None

    @property
    def has_passed(self) -> bool:
        """Whether nothing failed, and nothing was kept from being tried."""
        return bool(self.lines) and all(each.state in {"passed", "left out"} for each in self.lines)

    def compose(self, grant: Grant | None = None) -> Message:
        """Make up a message that may be confirmed, and fetched by those that fetch."""
        message = rehearsals.compose(grant or self.grants[0])
        opened = synthetics.open_(self.recipient, message, lasts=LASTS, is_fetched=self.route.is_fetched)
        self.opened.append(opened.pk)
        return message


def begin(slug: str, *, kind: str = "", wait: float) -> Checkup:
    """Make ready. Raises NotPossible, of `rehearsals`."""
    recipient, route = rehearsals.find(slug)
    grants = rehearsals.grants(recipient, kind)
    return Checkup(recipient, route, rehearsals.wire(recipient, route), grants, wait)


def is_harmless(checkup: Checkup) -> bool:
    """Whether it goes to this machine, or the route says that it leads to an endpoint for tests."""
    if checkup.route.settings.get("test_endpoint") is True:
        return True
    host = (urlsplit(checkup.route.address).hostname or "").lower()
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def run(checkup: Checkup) -> Iterator[Line]:
    """Check it line by line; what was made up for it is forgotten at the end, however it ends."""
    try:
        for line in _fetched(checkup) if checkup.route.is_fetched else _pushed(checkup):
            checkup.lines.append(line)
            yield line
    finally:
        synthetics.close(checkup.opened)


def _look(name: str, judge: Callable[[], Verdict], checkup: Checkup) -> Line:
    began = time.monotonic()
    found = judge()
    checkup.until = min((each for each in (checkup.until, found.until) if each), default=None)
    return Line(name, found.state, round(time.monotonic() - began, 3), found.said, found.remedy)


def _not_tried(*names: str) -> Iterator[Line]:
    for name in names:
        yield Line(name, NOT_TRIED, 0.0, "something before it failed")


def _pushed(checkup: Checkup) -> Iterator[Line]:
    wire, message = checkup.wire, checkup.compose()
    reached = _look("reachable", lambda: trials.reachable(wire, message), checkup)
    yield reached
    if reached.state == "failed":
        yield from _not_tried("authenticates", TAKES, *AFTERWARDS, GARBAGE)
        return
    first = say(message, wire)
    let_in = _look("authenticates", lambda: trials.authenticates(first, wire, checkup.compose), checkup)
    yield let_in
    if let_in.state == "failed" and trials.refuses_us(first):
        yield from _not_tried(TAKES, *AFTERWARDS, GARBAGE)
        return
    taken = _look(TAKES, lambda: trials.takes([(message.kind, first), *_others(checkup)]), checkup)
    yield taken
    yield from _not_tried(*AFTERWARDS) if taken.state == "failed" else _afterwards(checkup, message, first)
    yield _look(GARBAGE, lambda: trials.refuses_garbage(wire, checkup.compose()), checkup)


def _others(checkup: Checkup) -> list[tuple[str, Sent]]:
    """Say one message of each other kind that it may be told of."""
    return [(each.agreement.kind, say(checkup.compose(each), checkup.wire)) for each in checkup.grants[1:]]


def _afterwards(checkup: Checkup, message: Message, first: Sent) -> Iterator[Line]:
    """What a message that was taken brings; the second sending comes last, as it may be confirmed a second time."""
    answers, confirms, repeats = AFTERWARDS
    yield _look(answers, lambda: trials.answers(first), checkup)
    answer = first.receipt.answer if first.receipt else None
    is_final = answer is not None and answer.outcome in TERMINAL_OUTCOMES
    confirmed = _look(confirms, lambda: _confirms(checkup, UUID(message.id), is_final=is_final), checkup)
    yield confirmed
    patience = max(SECOND_LOOK, 2 * confirmed.seconds) if confirmed.state == "passed" else 0.0
    yield _look(repeats, lambda: _twice(checkup, message, first, patience=min(patience, checkup.wait)), checkup)


def _confirms(checkup: Checkup, message_id: UUID, *, is_final: bool = False) -> Verdict:
    if is_final:
        return Verdict("left out", "its answer at once is final")
    if not checkup.wait:
        return Verdict("left out", "not waited for; give --wait SECONDS")
    said = _awaited(lambda: _row(message_id).said, checkup.wait)
    if said:
        return Verdict("passed", f"{said[0]['outcome']}, by {said[0]['door']}")
    words = f"Have it confirm {message_id.hex[:8]}... and its like, by REST or SOAP, under a client of its organisation"
    return Verdict("failed", f"nothing came in {checkup.wait:g} s", words)


def _twice(checkup: Checkup, message: Message, first: Sent, *, patience: float) -> Verdict:
    second = say(message, checkup.wire)
    message_id = UUID(message.id)
    _awaited(lambda: len(_row(message_id).said) > 1, patience)
    confirmed = len(_row(message_id).said)
    return trials.twice(first, second, confirmed=confirmed, detects=checkup.route.detects_duplicates)


def _row(message_id: UUID) -> Rehearsal:
    return Rehearsal.objects.get(pk=message_id)


def _awaited(look: Callable[[], Found], seconds: float) -> Found:
    """Look until there is something or the time is over; each look is a transaction of its own."""
    until = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < until:
        time.sleep(LOOK_EVERY)
    return found


def _fetched(checkup: Checkup) -> Iterator[Line]:
    """Check those that come to fetch; whoever is written to and has no system at all is a person, and is not."""
    said = _look("can be said", lambda: _can_be_said(checkup), checkup)
    yield said
    known = _look("has a client", lambda: _has_client(checkup), checkup)
    yield known
    if "failed" in {said.state, known.state}:
        yield from _not_tried("fetches", "confirms")
        return
    if known.state == "left out":
        yield Line("fetches", "left out", 0.0, "a person opens the link in the mail")
        return
    message_id = UUID(checkup.compose().id)
    fetched = _look("fetches", lambda: _fetches(checkup, message_id), checkup)
    yield fetched
    if fetched.state == "failed":
        yield from _not_tried("confirms")
        return
    yield _look("confirms", lambda: _confirms(checkup, message_id), checkup)


def _can_be_said(checkup: Checkup) -> Verdict:
    """Whether each kind fits the form in which it is fetched."""
    for grant in checkup.grants:
        try:
            _say(rehearsals.compose(grant), checkup)
        except Failure as failure:
            return Verdict("failed", f"{grant.agreement.kind}: {failure.code}", trials.remedy(failure))
    return Verdict("passed", ", ".join(each.agreement.kind for each in checkup.grants))


def _say(message: Message, checkup: Checkup) -> None:
    if checkup.route.adapter == Route.POLLED:
        sealed(message, checkup.wire, at=clocks.now())
        return
    file = inbox.Options.model_validate(checkup.route.settings).file
    if file is not None:
        batches.sealed(batches.encode_batch([batches.row(message, file)], file), file)


def _has_client(checkup: Checkup) -> Verdict:
    """Whether somebody is registered who may fetch and confirm; a mail needs nobody."""
    fetch = rules.POLL_EVENTS if checkup.route.adapter == Route.POLLED else rules.FETCH_INBOX
    wanted = [fetch.scope, rules.CONFIRM_DELIVERY.scope]
    organisation = checkup.recipient.organisation.slug
    names = clients.able(organisation, scopes=wanted)
    if names:
        return Verdict("passed", ", ".join(names))
    if checkup.route.settings.get("mail"):
        return _is_written_to()
    words = f"Register one: `client add NAME --organisation {organisation} --scope {' --scope '.join(wanted)}`"
    return Verdict("failed", f"no client of {organisation} may fetch and confirm", words)


def _is_written_to() -> Verdict:
    if settings.NOTICES_CHANNEL and settings.SERVICE_ADDRESS:
        return Verdict("left out", "it is written to, with a link")
    return Verdict("failed", "no mail is sent", "Set NOTICES_CHANNEL and SERVICE_ADDRESS: see docs/operating.md")


def _fetches(checkup: Checkup, message_id: UUID) -> Verdict:
    if not checkup.wait:
        return Verdict("left out", "not waited for; give --wait SECONDS")
    if _awaited(lambda: _row(message_id).fetched_at, checkup.wait):
        return Verdict("passed", "it came for it")
    return Verdict("failed", f"nobody came in {checkup.wait:g} s", "Start their system, and have it ask every minute")


def statement(checkup: Checkup) -> dict[str, JSON]:
    """Say what was found, for a program or a certificate."""
    return {
        "iss": settings.SERVICE_ADDRESS or settings.SERVICE_NAME,
        "recipient": checkup.recipient.slug,
        "organisation": checkup.recipient.organisation.slug,
        "route": {
            "adapter": checkup.route.adapter,
            "number": checkup.route.number,
            "digest": checkup.route.digest,
        },
        "kinds": [each.agreement.kind for each in checkup.grants],
        "lines": [asdict(line) for line in checkup.lines],
    }


def ends_at(checkup: Checkup) -> dt.datetime:
    """When a certificate has to end at the latest: with the accreditation of the connection, or their certificate."""
    assured = dt.datetime.combine(checkup.recipient.assured_until, dt.time(23, 59), dt.UTC)
    return min(assured, checkup.until or assured)
