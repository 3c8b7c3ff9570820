"""Say a life event as a security event does: an event's URI and what it says, of the granted fields alone.

A death is said in the vocabulary of the GOV.UK Life Events Platform (``deathRegistered`` and
``deathRegistrationUpdated``, as published in data-vocab at 93f80e5); everything else in one of our own, of the same
shape. What a vocabulary has no word for is left out. See docs/security-events.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from adapters import person_claims
from adapters.contract import Message, Refused

JSON = Any

GOV_UK = "https://vocab.account.gov.uk/v1/"
OURS = "urn:tell-us-once:event:"
WITHDRAWN = f"{OURS}permissionWithdrawn"
GENERAL_REGISTER = "urn:fdc:gro.gov.uk:2023:death:"


@dataclass(frozen=True, slots=True)
class Said:
    """One event: its URI, what it says, and when it came about in ISO 8601 (empty where nobody told)."""

    uri: str
    payload: Mapping[str, JSON]
    came_about_at: str = ""


@dataclass(frozen=True, slots=True)
class _Word:
    """How one kind is called when it is first told, how when it is told anew, and what it says then."""

    told: str
    updated: str
    say: Callable[[Message, str], dict[str, JSON]]
    reason: str = "updateReason"


def say(message: Message, *, register: str) -> Said:
    """Say it. `register` is the beginning of the URN by which an entry in the register of deaths is known.

    Raises Refused: ``purpose-not-spoken``, and for a death ``register-entry-missing`` or ``register-entry-unfit``.
    """
    word = WORDS.get(message.kind) or _unknown(message.kind)
    if message.purpose == "withdraw":
        return _said(WITHDRAWN, {"kind": message.kind, **_subject(message.fields)}, message.reported_at)
    if message.purpose == "notify":
        registered_at = _registered_at(message.fields)
        payload = word.say(message, register) | _named(message.kind, registered_at)
        return _said(word.told, payload, registered_at)
    if message.purpose not in REASONS:
        raise Refused("purpose-not-spoken")
    changed = {"recordUpdateTime": message.reported_at, word.reason: REASONS[message.purpose]}
    return _said(word.updated, word.say(message, register) | changed, message.reported_at)


def _said(uri: str, payload: dict[str, JSON], at: str) -> Said:
    """Leave out what is empty, but for the subject: the vocabulary asks for one, be it nobody's."""
    subject: dict[str, JSON] = {"subject": {}} if "subject" in payload else {}
    return Said(uri, subject | person_claims.filled(payload), at)


# Why a record is told anew. What was wrong before a correction only the register could say.
REASONS = {"correct": None, "void": "cancelled"}


def _registered_at(fields: Mapping[str, JSON]) -> str:
    """We are told the day; the vocabulary wants a moment, which is the day's first in UTC."""
    day = (fields.get("registration") or {}).get("registered_on")
    return f"{day}T00:00:00Z" if day else ""


def _named(kind: str, registered_at: str) -> dict[str, JSON]:
    return {f"{kind}RegistrationTime": registered_at or None}


def _subject(fields: Mapping[str, JSON], **more: JSON) -> dict[str, JSON]:
    return {"subject": person_claims.person(fields.get("subject") or {}) | more}


def _death(message: Message, register: str) -> dict[str, JSON]:
    died = message.fields.get("death") or {}
    return {
        **_subject(message.fields),
        "deathRegistration": _entry(message.fields, register),
        "deathDate": person_claims.date(died.get("died_on")),
        "freeFormatDeathDate": died.get("died_on_text"),
    }


def _entry(fields: Mapping[str, JSON], register: str) -> str:
    """Name the entry (RFC 4198, RFC 8141); the vocabulary allows nothing but digits in the General Register's URNs."""
    number = str((fields.get("registration") or {}).get("number") or "")
    if not number:
        raise Refused("register-entry-missing")
    if register == GENERAL_REGISTER and not (number.isascii() and number.isdigit()):
        raise Refused("register-entry-unfit")
    return register + quote(number, safe="-._~")


def _birth(message: Message, _register: str) -> dict[str, JSON]:
    fields = message.fields
    parents = [("mother", fields.get("mother")), ("", fields.get("second_parent"))]
    return {
        **_subject(fields),
        "birthRegistration": (fields.get("registration") or {}).get("number"),
        "parent": [
            person_claims.person(each) | {"relationship": each.get("relationship") or relationship or None}
            for relationship, each in parents
            if each
        ],
    }


def _move(message: Message, _register: str) -> dict[str, JSON]:
    fields, day = message.fields, message.fields.get("moved_on")
    ends = (("new_address", "validFrom"), ("old_address", "validUntil"))
    new, old = (person_claims.address(fields.get(name)) | {valid: day} for name, valid in ends)
    return {
        **_subject(fields, address=[new]),
        "formerAddress": [old],
        "changeDate": person_claims.date(day),
        "child": [person_claims.person(each) for each in fields.get("children") or ()],
    }


def _marriage(message: Message, _register: str) -> dict[str, JSON]:
    fields = message.fields
    return {
        **_subject(fields),
        "change": fields.get("event"),
        "changeDate": person_claims.date(fields.get("happened_on")),
        "newName": person_claims.names(fields.get("new_name")),
        "marriageRegistration": (fields.get("registration") or {}).get("number"),
    }


def _unknown(kind: str) -> _Word:
    """A kind that is younger than this page is said as it is, under its own name."""
    return _Word(
        f"{OURS}{kind}Reported", f"{OURS}{kind}ReportUpdated", lambda message, _: {"fields": dict(message.fields)}
    )


WORDS = {
    "death": _Word(
        f"{GOV_UK}deathRegistered", f"{GOV_UK}deathRegistrationUpdated", _death, "deathRegistrationUpdateReason"
    ),
    "birth": _Word(f"{OURS}birthRegistered", f"{OURS}birthRegistrationUpdated", _birth),
    "move": _Word(f"{OURS}addressChanged", f"{OURS}addressChangeUpdated", _move),
    "marriage": _Word(f"{OURS}partnershipOrNameChanged", f"{OURS}partnershipOrNameChangeUpdated", _marriage),
}
