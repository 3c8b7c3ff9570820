"""The record of who did and saw what, about whom, why and when: entries are added and never changed.

Nothing personal goes into an entry: it names its objects by id and its reasons by code. Each carries a keyed digest of
all its columns, made by whoever writes it, so that writers wait for nobody; `identity.seals` orders them later
(docs/decisions/ledger-without-a-queue.md).
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import connection, transaction

from identity import vault
from identity.models import Access

PURPOSE = "ledger"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
# What an entry's digest covers, in this order, for good.
COVERED = ("id", "at", "actor", "organisation", "on_behalf_of", "action", "about", "purpose", "on", "transaction")
NUMBERS = """
SELECT nextval('identity_access_id_seq'), pg_current_xact_id()::text::bigint, statement_timestamp()
FROM generate_series(1, %s)
"""
ADD = """
INSERT INTO identity_access
    (id, at, actor, organisation, on_behalf_of, action, about, purpose, "on", transaction, digest)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                     %s::text[], %s::text[], %s::bigint[], %s::bytea[])
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a client for its organisation, or a part of the service itself, which has neither that nor scopes.

    `on_behalf_of` names, by id, the one whom a helper or an adviser acts for, and `purposes` what their mandate lets
    them do for that one; both are empty for whoever acts for themselves.
    """

    name: str
    organisation: str = ""
    scopes: frozenset[str] = frozenset()
    on_behalf_of: str = ""
    purposes: frozenset[str] = frozenset()


class Action(StrEnum):
    """What can be done or seen; the log of accesses knows no other codes, and none is ever given another meaning."""

    REPORT_STARTED = "report_started"
    EVIDENCE_RECORDED = "evidence_recorded"
    REPORT_ANSWERED = "report_answered"
    REPORT_PREVIEWED = "report_previewed"
    REPORT_SUBMITTED = "report_submitted"
    REPORT_READ = "report_read"
    REPORT_EXTENDED = "report_extended"
    REPORT_HANDED_OVER = "report_handed_over"
    REPORTS_SEARCHED = "reports_searched"
    REPORT_FOUND = "report_found"
    ENQUIRY_LOGGED = "enquiry_logged"
    REPORT_EXPIRED = "report_expired"
    REPORT_FORGOTTEN = "report_forgotten"
    REPORT_ERASED = "report_erased"
    ERASURE_REFUSED = "erasure_refused"
    SUBJECT_ACCESS_GIVEN = "subject_access_given"
    ACCESSES_READ = "accesses_read"
    REGISTRATIONS_IMPORTED = "registrations_imported"
    POSTCODES_IMPORTED = "postcodes_imported"
    REGISTRATION_FORGOTTEN = "registration_forgotten"
    DELIVERY_SENT = "delivery_sent"
    DELIVERY_FETCHED = "delivery_fetched"
    DELIVERY_REFUSED = "delivery_refused"
    DELIVERY_READ = "delivery_read"
    DELIVERY_REPLAYED = "delivery_replayed"
    DELIVERY_WITHHELD = "delivery_withheld"
    NOTICE_SENT = "notice_sent"
    NOTICE_OWED_AGAIN = "notice_owed_again"
    CONFIRMATION_RECORDED = "confirmation_recorded"
    CATALOGUE_PROPOSED = "catalogue_proposed"
    CATALOGUE_APPROVED = "catalogue_approved"
    CATALOGUE_REFUSED = "catalogue_refused"
    CATALOGUE_APPLIED = "catalogue_applied"
    MAILBOX_PAUSED = "mailbox_paused"
    MAILBOX_RESUMED = "mailbox_resumed"
    CLIENT_REGISTERED = "client_registered"
    CLIENT_REVOKED = "client_revoked"
    CLIENT_SECRET_ROTATED = "client_secret_rotated"  # noqa: S105  a code
    CLIENT_KEYS_SET = "client_keys_set"
    CLIENT_LIMITED = "client_limited"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    ACCOUNT_LINKED = "account_linked"
    ACCOUNT_IDENTIFIED = "account_identified"
    ACCOUNT_ENDED = "account_ended"
    ROLE_GIVEN = "role_given"
    ROLE_TAKEN = "role_taken"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a code
    SECOND_FACTOR_ENROLLED = "second_factor_enrolled"
    SECOND_FACTOR_RESET = "second_factor_reset"
    RECOVERY_CODE_USED = "recovery_code_used"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    REPORT_OPENED = "report_opened"
    REPORT_COMPARED = "report_compared"
    ENTRY_MISSED = "entry_missed"
    REPORT_KEPT = "report_kept"
    REPORT_LET_GO = "report_let_go"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    INVITATION_MADE = "invitation_made"
    INVITATION_TAKEN_BACK = "invitation_taken_back"
    ADULT_INVITED = "adult_invited"
    ADULT_ACCEPTED = "adult_accepted"
    ADULT_DECLINED = "adult_declined"
    MANDATE_ACCEPTED = "mandate_accepted"
    MANDATE_GRANTED = "mandate_granted"
    MANDATE_ENDED = "mandate_ended"
    MANDATE_LAID_DOWN = "mandate_laid_down"
    PERSON_CREATED = "person_created"
    PERSON_READ = "person_read"
    PERSON_CHANGED = "person_changed"
    PERSON_MATCHED = "person_matched"
    PERSON_MERGED = "person_merged"
    PERSON_SPLIT = "person_split"
    PERSON_FORGOTTEN = "person_forgotten"
    PEOPLE_LEARNT_FROM = "people_learnt_from"
    NUMBER_LEARNT = "number_learnt"
    PSEUDONYM_GIVEN = "pseudonym_given"
    DOUBT_RAISED = "doubt_raised"
    DOUBT_DECIDED = "doubt_decided"
    KEY_DESTROYED = "key_destroyed"
    KEYS_ROTATED = "keys_rotated"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done (`action`), about what (`about`, as ``report:ID``), why (`purpose`) and by means of what (`on`)."""

    action: Action
    about: str
    purpose: str = ""
    on: str = ""


def record(actor: Actor, *, action: Action, about: str, purpose: str = "", on: str = "") -> None:
    """Add one entry, in the caller's transaction: what is rolled back was not done."""
    record_many(actor, [Entry(Action(action), about, purpose, on)])


def record_many(actor: Actor, entries: Sequence[Entry]) -> None:
    """Add many entries of one actor in two statements, in the caller's transaction. Raises vault.KeyMissing."""
    if not entries:
        return
    digest = vault.digester(PURPOSE)
    who = (actor.name, actor.organisation, actor.on_behalf_of)
    rows: list[tuple[Any, ...]] = []
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(NUMBERS, [len(entries)])
        for entry, (number, transaction_id, at) in zip(entries, cursor.fetchall(), strict=True):
            what = (str(Action(entry.action)), entry.about, entry.purpose, entry.on)
            covered = (number, at, *who, *what, transaction_id)
            rows.append((*covered, digest(encoded(covered))))
        cursor.execute(ADD, [list(column) for column in zip(*rows, strict=True)])


def encoded(values: Sequence[Any]) -> bytes:
    """Write the columns that a digest covers in the one way there is."""
    entry_id, at, *rest = values
    return json.dumps([entry_id, (at - EPOCH) // MICROSECOND, *rest], ensure_ascii=False).encode()


def entries_about(abouts: Iterable[str]) -> list[Access]:
    """Give all entries about these objects, oldest first."""
    return list(Access.objects.filter(about__in=list(abouts)).order_by("id"))
