"""What a recipient's system has to do with what it is sent, one judgement each: pure but for what it sends.

The messages are about nobody and have ids of their own; who composes them also knows whether they were confirmed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from adapters import contract, reachings, sendings, strangers
from adapters.contract import Ambiguous, Asked, Failure, Message, Misconfigured, Refused, Request, Transient
from adapters.sendings import Sent, Wire

State = Literal["passed", "failed", "left out"]
UNFIT_BUT_NOT_FOR_THE_BODY = frozenset({404, 405, 408, 421, 425, 429})
GARBAGE = b'{"<unfinished'


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one judgement ended, what was seen, and what to do where it failed; `until` is when it ends to be true."""

    state: State
    said: str
    remedy: str = ""
    until: datetime | None = None


# The first class that fits says what to do about a message that was not taken.
REMEDIES: tuple[tuple[type[Failure], str], ...] = (
    (Misconfigured, "Mend what the code names, in the route's settings, in the secrets, or in their system"),
    (Refused, "Compare what was sent (`--dry-run` shows it) with what their system wants, and mend the mapping"),
    (Transient, "Nothing was taken; see to it that their system runs and is not overloaded, and try again"),
    (Ambiguous, "Nobody can say whether it was taken; let their system answer every message, whole and in time"),
)


def remedy(failure: Failure) -> str:
    """Say what to do."""
    return next(words for kind, words in REMEDIES if isinstance(failure, kind))


def reachable(wire: Wire, message: Message) -> Verdict:
    """Whether names resolve, ports answer and certificates hold; of their address, and of the one that gives tokens."""
    try:
        request = sendings.sealed(message, wire, at=datetime.now(UTC))
        allowed = wire.allowed(request)
        reached = [reachings.reach(url, allowed, tls=request.tls, seconds=wire.seconds) for url in request.urls]
    except Failure as failure:
        return Verdict("failed", failure.code, UNREACHED.get(failure.code, remedy(failure)))
    until = min((each.until for each in reached if each.until), default=None)
    return Verdict("passed", "; ".join(each.words for each in reached), until=until)


UNREACHED = {
    "dns-failed": "No such name is known here; correct the address, or have the name made known",
    "connect-refused": "Nothing listens there; start their system, or correct the port",
    "connect-failed": "The network does not lead there; have the way opened in their firewall and ours",
    "address-not-public": "The address is private; allow its network by EGRESS_PRIVATE_NETWORKS, or correct the name",
    "plain-http": "Over the internet only https is spoken; give their system a certificate, and the address https://",
    "tls-certificate-expired": "Their certificate has expired; have them replace it",
    "tls-certificate": "Nobody whom we believe vouches for their certificate under this name; have it replaced, or name"
    " their own authority in `tls`",
    "tls-handshake": "They do not speak TLS 1.2 or newer at this port; have it turned on",
}


def authenticates(first: Sent, wire: Wire, compose: Callable[[], Message]) -> Verdict:
    """Whether they let us in and nobody who is not us: 401 or 403 is for strangers alone."""
    proofs = strangers.proofs(wire)
    if not proofs:
        return Verdict("left out", "the route names no `auth`, `signing`, `security` or certificate: anybody may send")
    if refuses_us(first):
        words = "Compare the secrets on both sides; their log says what was missing"
        return Verdict("failed", f"we are refused ourselves: {first.words}", words)
    let_in = []
    count = 0
    for count, stranger in enumerate(strangers.strangers(wire, compose), start=1):  # noqa: B007 - counted
        sent = sendings.send(stranger.request, wire, asked=stranger.asked)
        if not strangers.is_refused(sent, stranger):
            let_in.append(f"{stranger.what}: {sent.words}")
    if let_in:
        words = "Have their system look at who sends, before it reads what is sent, and answer 401 or 403"
        return Verdict("failed", "; ".join(let_in), words)
    return Verdict("passed", f"we are let in, and {count} who are not us are refused ({', '.join(proofs)})")


def refuses_us(sent: Sent) -> bool:
    """Whether our own proof was not good enough."""
    return sent.failure is not None and (
        sent.failure.status in strangers.REFUSED or sent.failure.code.startswith(("token-", "key-", "tls-client"))
    )


def takes(tellings: Sequence[tuple[str, Sent]]) -> Verdict:
    """Whether a message of each kind is taken."""
    for kind, sent in tellings:
        if sent.failure is not None:
            return Verdict("failed", f"{kind}: {sent.words}", remedy(sent.failure))
    return Verdict("passed", ", ".join(f"{kind}: {sent.words}" for kind, sent in tellings))


def answers(first: Sent) -> Verdict:
    """Whether what they say at once gives an outcome that we know."""
    receipt = first.receipt
    if receipt is not None and receipt.answer is not None:
        found = receipt.answer
        codes = ", ".join(action.code for action in found.actions)
        words = f"{found.outcome}{f' ({codes})' if codes else ''}"
        if receipt.remark:
            return Verdict("failed", f"{words}, but {receipt.remark}", "Give every action of theirs a code of ours")
        return Verdict("passed", words)
    if receipt is not None and receipt.remark:
        words = f"Let `reply` give one of {', '.join(contract.OUTCOMES)}, or null, for every reply of theirs"
        return Verdict("failed", receipt.remark, words)
    return Verdict("left out", "it says no outcome at once, and has to confirm")


def twice(first: Sent, second: Sent, *, confirmed: int, detects: bool) -> Verdict:
    """Whether the same message again has no second effect, as far as that can be seen from here.

    `confirmed` is how often something new was said of it.
    """
    if not detects:
        return Verdict("left out", "the catalogue says that it does not detect duplicates")
    words = "Have their system keep the message ids that it has had, and answer a known one without acting on it"
    if second.failure is not None:
        return Verdict("failed", f"the second time: {second.words}", words)
    ours, again = (
        sent.receipt.answer.their_reference if sent.receipt and sent.receipt.answer else "" for sent in (first, second)
    )
    if ours and again and ours != again:
        return Verdict("failed", "it has another reference the second time: it acted twice", words)
    if confirmed > 1:
        return Verdict("failed", f"it was confirmed {confirmed} times, each time anew: it acted twice", words)
    if second.receipt and second.receipt.duplicate:
        return Verdict("passed", f"it says that it had it: {second.words}")
    return Verdict("passed", f"accepted ({second.words}) and nothing seen of a second effect; look for one case there")


def refuses_garbage(wire: Wire, message: Message) -> Verdict:
    """Whether a body that is broken off is refused as such, and not taken, and breaks nothing."""
    at = datetime.now(UTC)
    try:
        sent = sendings.send(_garbled(message, wire, at), wire, asked=Asked(message.id, at))
    except Failure as failure:
        return Verdict("failed", failure.code, remedy(failure))
    status = sent.response.status if sent.response else 0
    is_fault = sent.failure is not None and sent.failure.code.startswith("fault-")
    if is_fault or (400 <= status < 500 and status not in UNFIT_BUT_NOT_FOR_THE_BODY):  # noqa: PLR2004  (RFC 9110, 15.5)
        return Verdict("passed", sent.words)
    words = "Have their system answer what it cannot read with 400 or 422, or over SOAP with a fault"
    return Verdict("failed", sent.words, words)


def _garbled(message: Message, wire: Wire, at: datetime) -> Request:
    """Break the body off. Where the headers sign it they sign what is left, so that it is the body that is refused."""
    if wire.endpoint.settings.get("signing"):
        content = wire.adapter.encode(message, wire.endpoint)
        return sendings.seal(replace(content, body=GARBAGE), wire, at=at)
    return replace(sendings.sealed(message, wire, at=at), body=GARBAGE)
