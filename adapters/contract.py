"""What passes between a drain, an adapter and the egress: plain, frozen data and the tree of failures.

An adapter is a module with three pure functions::

    encode(message, endpoint) -> Content                  what is said: the same bytes for every try
    seal(content, endpoint, at=, nonce=, keys=) -> Request    made afresh for each try: signatures, timestamps, tokens
    decode(response, endpoint) -> Receipt                 or one of the failures below

and, for the catalogue, ``Options`` (a pydantic model of its settings), ``fields_needed(endpoint)`` and
``check(endpoint)``.

Failures::

    Failure
      Transient        nothing was taken; the same again later
        Throttled      the same, not before `retry_after` seconds
      Ambiguous        the bytes may have been taken; the same again under the same message id
      Refused          this message will never be taken; a person looks at it
      Misconfigured    nothing will be taken by this endpoint until somebody mends it: its mailbox is paused
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel

JSON = Any

TERMINAL_OUTCOMES = ("no_match", "acted", "nothing_to_do", "declined", "reversed", "reversal_refused")
OPEN_OUTCOMES = ("received", "matched", "multiple_candidates", "manual_review", "needs_information")
OUTCOMES = OPEN_OUTCOMES + TERMINAL_OUTCOMES
ACTION_CODES = (
    "payment_stopped",
    "account_closed",
    "record_updated",
    "record_created",
    "licence_cancelled",
    "name_removed",
    "overpayment_assessed",
    "entitlement_reviewed",
    "passport_cancelled",
    "survivor_pension_started",
    "bill_reissued",
    "equipment_collected",
    "nothing_held",
)


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery as an adapter sees it: who it is about only as far as `fields` were granted.

    `id` is the delivery's own and the same for all its tries; `fields` nests as the kind's model does
    and holds nothing but granted leaves. Every value is plain JSON, dates as ISO 8601 text.
    """

    id: str
    kind: str
    purpose: str
    reference: str
    sequence: int
    reported_at: str
    fields: Mapping[str, JSON]

    def as_input(self) -> dict[str, JSON]:
        """Return what a mapping sees: the granted fields at the top, and the envelope under ``message``."""
        envelope = {
            "id": self.id,
            "kind": self.kind,
            "purpose": self.purpose,
            "reference": self.reference,
            "sequence": self.sequence,
            "reported_at": self.reported_at,
        }
        return {**self.fields, "message": envelope}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How one recipient is reached, at one version of its route.

    `digest` names the version and may key caches; `documents` are its WSDL and schema files by the
    names under which they import each other. `settings` fits the adapter's ``Options``. Where their system does
    not recognise a message id that it has had (`detects_duplicates` is False), a try of unknown outcome is left
    to a person.
    """

    recipient: str
    adapter: str
    address: str
    settings: Mapping[str, JSON]
    documents: Mapping[str, bytes] = field(default_factory=dict)
    digest: str = ""
    detects_duplicates: bool = True


@dataclass(frozen=True, slots=True)
class Content:
    """What is said: deterministic, so that its digest can be checked on every later try."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tls:
    """What TLS is spoken with beside the usual, as PEM text: who we are, and whom alone we believe; "" for neither.

    `certificate` begins with our own; those that lead from it to an authority may follow.
    """

    certificate: str = ""
    key: str = field(default="", repr=False)
    authority: str = ""


@dataclass(frozen=True, slots=True)
class TokenDemand:
    """Which access token a request needs: the egress fetches it (RFC 6749, 4.4), keeps it, and puts it on."""

    url: str
    client_id: str
    secret: str = field(repr=False)
    method: str
    scope: str = ""
    audience: str = ""
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One try, ready for the egress; always a POST unless an adapter says otherwise."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"
    token: TokenDemand | None = None
    tls: Tls | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it makes us go: its own address, and where its token is given."""
        return (self.url, self.token.url) if self.token else (self.url,)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a response is the answer to: the message's id, and when that try of it was sealed."""

    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, whole and within the egress's cap; header names are lower case.

    `asked` is None where nobody says what was asked: whoever has to check that, then takes no answer for one.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a recipient says it did: a code (``payment_stopped``, ...) and the day it took effect."""

    code: str
    on: str | None = None


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number by which whoever answers knows the subject: a scheme (``council-tax-account``) and the value."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a recipient says it did, by whichever door it came; see the glossary for the outcomes."""

    outcome: str
    actions: tuple[Action, ...] = ()
    occurred_at: datetime | None = None
    their_reference: str = ""
    note: str = ""
    numbers: tuple[OwnNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Their system took it (`duplicate`: it says that it had it already), and perhaps answered at once.

    `remark` is empty or one stable word, to be counted, on an answer that could not be read
    (``answer-unknown-outcome``, ``answer-unknown-action``, ``answer-unreadable``).
    """

    duplicate: bool = False
    answer: Answer | None = None
    remark: str = ""


# Codes of tries at which no connection came about: nothing was said to anybody.
UNREACHED = frozenset({"dns-failed", "connect-timeout", "connect-refused", "connect-failed"})


class Failure(Exception):
    """A try that did not end in a receipt.

    `code` is a short, stable word or status (``connect-refused``, ``http-503``, ``fault-Client``); it is stored
    and counted, so it never quotes what was sent or received.
    """

    def __init__(self, code: str, *, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Transient(Failure):
    """Nothing was taken; the same again later."""


class Throttled(Transient):
    """Nothing was taken, and they asked for time: not before `retry_after` seconds (None: they did not say)."""

    def __init__(self, code: str, *, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(code, status=status)
        self.retry_after = retry_after


class Ambiguous(Failure):
    """The bytes may have been taken; the same again under the same message id."""


class Refused(Failure):
    """The message will never be taken as it is; a person looks at it."""


class Misconfigured(Failure):
    """Nothing will be taken by this endpoint until somebody mends it."""


class Reading(Protocol):
    """What the catalogue asks of whatever has settings: their shape, the fields they read, and what is wrong."""

    Options: type[BaseModel]

    @staticmethod
    def fields_needed(endpoint: Endpoint) -> frozenset[str]:
        """Name the field paths without which its mapping cannot be filled; an agreement has to grant them."""

    @staticmethod
    def check(endpoint: Endpoint) -> tuple[str, ...]:
        """Say what is wrong in the settings and documents, a sentence each with its remedy; nothing if all is well."""


class Adapter(Reading, Protocol):
    """A module under ``adapters/`` or ``adapters/systems/`` that speaks one protocol or one product's dialect."""

    @staticmethod
    def encode(message: Message, endpoint: Endpoint) -> Content:
        """Say it.

        Raises Misconfigured when the mapping does not fit the endpoint's documents, Refused when the data does not.
        """

    @staticmethod
    def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:
        """Make one try of it. Raises Misconfigured when a key that the endpoint names is missing."""

    @staticmethod
    def decode(response: Response, endpoint: Endpoint) -> Receipt:
        """Read the reply: a receipt, or a classed failure; nothing else is ever raised."""
