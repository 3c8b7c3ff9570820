"""Whom we may tell what: one pure decision, asked when a report is previewed, submitted and sent.

Deny by default. One agreement answers for one recipient: its own before its organisation's. Nothing is ever the
union of two agreements, so that each field sent can be traced to one document.
"""

import datetime as dt
import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tellusonce import events
from tellusonce.models import Agreement, Recipient

CONSENT, GIVEN = "consent", "given"
WITHDRAW = "withdraw"


class Reason(enum.StrEnum):
    """Why a recipient is not told, as stored and as pages explain it."""

    RECIPIENT_INACTIVE = "recipient-inactive"
    NOT_ASSURED = "connection-not-assured"
    NO_AGREEMENT = "no-agreement"
    NOT_IN_FORCE = "agreement-not-in-force"
    CONSENT_NEEDED = "consent-needed"
    CONSENT_REFUSED = "consent-refused"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    NOT_CHOSEN = "not-chosen"
    UNVERIFIED = "unverified"
    POSSIBLE_DUPLICATE = "possible-duplicate"
    DUPLICATE = "duplicate"
    GRANT_NARROWED = "grant-narrowed"
    ERASED = "erased"


WITHOUT_CONSENT = {"refused": Reason.CONSENT_REFUSED, "withdrawn": Reason.CONSENT_WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Grant:
    """What one recipient may have, and the agreement that says so."""

    agreement: Agreement
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one recipient gets nothing; for want of a consent or of evidence, with the agreement that it would be by."""

    reason: Reason
    agreement: Agreement | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """All that a decision about one report rests on, apart from the recipient and its agreements.

    `chosen` holds recipient ids, or None where nobody has been asked to choose yet; `consents` what was last answered
    where somebody was asked for consent, by recipient id: given, refused or withdrawn.
    """

    kind: str
    on: dt.date
    is_verified: bool
    chosen: Collection[int] | None = None
    consents: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a delivery was granted when it was owed, and whether it has been said since."""

    kind: str
    purpose: str
    agreement_id: int
    fields: list[str]
    was_said: bool


Entitlement = tuple[int, list[str]]


def decide(recipient: Recipient, question: Question, *, agreements: Iterable[Agreement]) -> Grant | Refusal:
    """Answer for one recipient. `agreements` are those the newest catalogue counts; any others are simply not seen."""
    if unreachable := reach(recipient, on=question.on):
        return unreachable
    theirs = [each for each in agreements if each.kind == question.kind and _covers(each, recipient)]
    if not theirs:
        return Refusal(Reason.NO_AGREEMENT)
    in_force = [each for each in theirs if each.is_in_force(question.on)]
    if not in_force:
        return Refusal(Reason.NOT_IN_FORCE)
    return _under(_closest(in_force), recipient, question)


def reach(recipient: Recipient, *, on: dt.date) -> Refusal | None:
    """Say why nothing at all may go to this recipient, whatever it is, if that is so."""
    if not recipient.is_active:
        return Refusal(Reason.RECIPIENT_INACTIVE)
    return Refusal(Reason.NOT_ASSURED) if recipient.assured_until < on else None


def _covers(agreement: Agreement, recipient: Recipient) -> bool:
    if agreement.recipient_id is not None:
        return agreement.recipient_id == recipient.pk
    return agreement.organisation_id == recipient.organisation_id


def _closest(agreements: list[Agreement]) -> Agreement:
    return max(agreements, key=lambda each: (each.recipient_id is not None, each.in_force_from, each.slug))


def _under(agreement: Agreement, recipient: Recipient, question: Question) -> Grant | Refusal:
    if agreement.lawful_basis == CONSENT and (answer := question.consents.get(recipient.pk)) != GIVEN:
        return Refusal(WITHOUT_CONSENT.get(answer or "", Reason.CONSENT_NEEDED), agreement)
    is_wanted = question.chosen is None or agreement.is_required or recipient.pk in question.chosen
    if not is_wanted:
        return Refusal(Reason.NOT_CHOSEN)
    if not question.is_verified:
        return Refusal(Reason.UNVERIFIED, agreement)
    return Grant(agreement, _without_invited(agreement))


def _without_invited(agreement: Agreement) -> frozenset[str]:
    """Give what an agreement grants; never what is said of another adult, whatever was written into it."""
    return frozenset(agreement.fields) - events.for_inviting(events.find(agreement.kind).model)


def entitled(
    recipient: Recipient,
    pinned: Pinned,
    *,
    on: dt.date,
    agreements: Iterable[Agreement],
    consents: Mapping[int, str] | None = None,
) -> Entitlement | Refusal:
    """Judge a delivery when its turn comes: the agreement and the fields that count now, or why it may not go.

    The news that a consent was withdrawn holds nothing, and goes to whoever can be reached at all.
    """
    if pinned.purpose == WITHDRAW:
        return reach(recipient, on=on) or (pinned.agreement_id, [])
    question = Question(pinned.kind, on=on, is_verified=True, consents=consents or {})
    return uphold(
        decide(recipient, question, agreements=agreements),
        agreement_id=pinned.agreement_id,
        fields=pinned.fields,
        was_said=pinned.was_said,
    )


def uphold(decision: Grant | Refusal, *, agreement_id: int, fields: list[str], was_said: bool) -> Entitlement | Refusal:
    """Hold what was granted at the submission against what is decided now: the agreement and the fields that count.

    Until it was first said the agreement of today replaces the one that was pinned, for no more than was shown to
    the informant; after that the content may not change, so that a narrower agreement refuses.
    """
    if isinstance(decision, Refusal) or decision.agreement.pk == agreement_id:
        return decision if isinstance(decision, Refusal) else (agreement_id, fields)
    still_granted = [path for path in fields if path in decision.fields]
    if not was_said and still_granted:
        return decision.agreement.pk, still_granted
    return (agreement_id, fields) if len(still_granted) == len(fields) else Refusal(Reason.GRANT_NARROWED)


def project(answers: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """Keep the granted leaves of the answers and nothing else; lists keep their order, what ends up empty goes.

    A path names a leaf through any number of list entries: ``subject.addresses.postcode``.
    """
    if not fields:
        return {}
    kept = _prune(answers, _tree(tuple(fields)))
    return kept if isinstance(kept, dict) else {}


@lru_cache(maxsize=1024)
def _tree(fields: tuple[str, ...]) -> Mapping[str, Any]:
    """Turn paths into nested names; a granted leaf is one that has none below it."""
    root: dict[str, Any] = {}
    for path in fields:
        branch = root
        for part in path.split("."):
            branch = branch.setdefault(part, {})
    return root


def _prune(value: Any, granted: Mapping[str, Any]) -> Any:
    if not granted:
        return _leaf(value)
    if isinstance(value, Mapping):
        kept = {name: _prune(value[name], below) for name, below in granted.items() if name in value}
        return {name: below for name, below in kept.items() if below not in (None, {}, [])} or None
    if isinstance(value, list):
        return [kept for kept in (_prune(item, granted) for item in value) if kept is not None] or None
    return None  # a leaf was named as if it had parts: nothing of it was granted


def _leaf(value: Any) -> Any:
    """Give a leaf as it is; what has parts was no leaf when it was granted, and they were granted to nobody."""
    if isinstance(value, Mapping):
        return None
    if isinstance(value, list):
        return [kept for kept in map(_leaf, value) if kept is not None] or None
    return value
