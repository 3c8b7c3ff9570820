"""The record of who did and saw what, about whom, why and when: entries are added and never changed.

Nothing personal goes into an entry: it names its objects by id and its reasons by code.
"""

from dataclasses import dataclass
from enum import StrEnum

from identity.models import Access


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a client for its organisation, or a part of the service itself, which has neither that nor scopes."""

    name: str
    organisation: str = ""
    scopes: frozenset[str] = frozenset()


class Action(StrEnum):
    """What can be done or seen; the log of accesses knows no other codes, and none is ever given another meaning."""

    REPORT_STARTED = "report_started"
    EVIDENCE_RECORDED = "evidence_recorded"
    REPORT_ANSWERED = "report_answered"
    REPORT_PREVIEWED = "report_previewed"
    REPORT_SUBMITTED = "report_submitted"
    REPORT_READ = "report_read"
    REGISTRATIONS_IMPORTED = "registrations_imported"
    DELIVERY_SENT = "delivery_sent"
    DELIVERY_FETCHED = "delivery_fetched"
    DELIVERY_READ = "delivery_read"
    DELIVERY_REPLAYED = "delivery_replayed"
    DELIVERY_WITHHELD = "delivery_withheld"
    CONFIRMATION_RECORDED = "confirmation_recorded"
    CATALOGUE_APPLIED = "catalogue_applied"
    MAILBOX_PAUSED = "mailbox_paused"
    MAILBOX_RESUMED = "mailbox_resumed"
    CLIENT_REGISTERED = "client_registered"
    CLIENT_REVOKED = "client_revoked"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done (`action`), about what (`about`, as ``report:ID``), why (`purpose`) and by means of what (`on`)."""

    action: Action
    about: str
    purpose: str = ""
    on: str = ""


def record(actor: Actor, *, action: Action, about: str, purpose: str = "", on: str = "") -> Access:
    """Add one entry, in the caller's transaction: what is rolled back was not done."""
    return record_many(actor, [Entry(Action(action), about, purpose, on)])[0]


def record_many(actor: Actor, entries: list[Entry]) -> list[Access]:
    """Add many entries of one actor in one statement, in the caller's transaction."""
    return Access.objects.bulk_create(_row(actor, entry) for entry in entries)


def _row(actor: Actor, entry: Entry) -> Access:
    return Access(
        actor=actor.name,
        organisation=actor.organisation,
        action=Action(entry.action).value,
        about=entry.about,
        purpose=entry.purpose,
        on=entry.on,
    )
