"""The way of a report from its start to its submission; each step is one transaction.

Only clients of the organisation that started a report may see or continue it: a reference is not a credential.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, prefetch_related_objects

from identity import ledger, vault
from identity.ledger import Action, Actor, Entry
from identity.models import Consent
from identity.sessions import Visitor
from tellusonce import (
    answering,
    clocks,
    closing,
    duplicates,
    events,
    finding,
    keeping,
    messages,
    offers,
    permissions,
    proving,
    references,
    rules,
)
from tellusonce.closing import Instructed
from tellusonce.deliveries import owing
from tellusonce.disclosure import Grant
from tellusonce.models import Delivery, Draft, Evidence, Report
from tellusonce.offers import Audience
from tellusonce.permissions import Choice

JSON = Any
DRAFT_LASTS = dt.timedelta(days=28)
COLUMNS = (
    "id",
    "reference",
    "kind",
    "state",
    "organisation",
    "started_by",
    "started_at",
    "expires_at",
    "submitted_at",
    "key_id",
    "subject",
    "joins_id",
)
OPEN = """
WITH kept AS (INSERT INTO identity_datakey (id, wrapped, master_version) VALUES (%s, %s, %s))
INSERT INTO tellusonce_report (id, reference, kind, state, organisation, started_by, started_at, expires_at,
    submitted_at, key_id, subject, joins_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class UnknownReport(LookupError):
    """There is no such report, or it is not theirs: not said which."""

    def __init__(self) -> None:
        super().__init__("You have no report with this id. Use the id that you were given when the report was started.")


class WrongEvidence(ValueError):
    """This kind of event does not rest on that kind of evidence."""


class NotOpen(ValueError):
    """The report has been submitted or has expired: its answers can no longer be changed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence as handed in: its type, and what it says in the fields of the kind."""

    type: str
    entry: Mapping[str, JSON]


def start(actor: Actor, kind: events.Kind, *, told: Mapping[str, JSON], proof: Proof | None = None) -> Report:
    """Open a report under a new reference. Raises Faults, WrongEvidence and NotPermitted, and then writes nothing.

    What a citizen starts is of no organisation and stays with their account. Of what is told about themselves, the name
    and birth date are those that were proved.
    """
    citizen = actor if isinstance(actor, Visitor) and not actor.organisation else None
    proof = _checked(kind, proof) if proof else _proved(citizen, kind)
    told = events.validate_partial(kind, told, entry=proof.entry if proof else None)
    with transaction.atomic():
        moment = clocks.now()
        report = _opened(actor, kind, moment)
        _write(report)
        _save_draft(report, told, moment, is_new=True)
        _note(actor, Action.REPORT_STARTED, report)
        if proof:
            _keep_evidence(actor, report, proof, moment)
        if citizen:
            keeping.keep(citizen, [report.pk])
    return report


def _opened(actor: Actor, kind: events.Kind, moment: dt.datetime) -> Report:
    return Report(
        reference=references.make(),
        kind=kind.name,
        organisation=actor.organisation,
        started_by=actor.name,
        started_at=moment,
        expires_at=moment + DRAFT_LASTS,
        key=vault.new_key(),
    )


def _write(report: Report) -> None:
    """Write a new report and its key in one statement."""
    columns = [getattr(report, name) for name in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [report.key_id, bytes(report.key.wrapped), report.key.master_version, *columns])


def _proved(citizen: Visitor | None, kind: events.Kind) -> Proof | None:
    """Give what was proved of a citizen who tells about themselves, as evidence. Raises NotPermitted."""
    if citizen is None:
        return None
    if kind.teller != "subject":
        return None
    own = proving.own(citizen, kind)
    if not own:
        raise rules.NotPermitted("To tell about yourself, sign in again and prove who you are.")
    return Proof(proving.EVIDENCE, events.validate_partial(kind, own))


def _checked(kind: events.Kind, proof: Proof) -> Proof:
    if proof.type not in kind.evidence:
        known = " or ".join(kind.evidence) or "no evidence"
        message = f"{kind.title} rests on {known}."
        raise WrongEvidence(message)
    return Proof(proof.type, events.validate_partial(kind, proof.entry))


def _save_draft(report: Report, told: Mapping[str, JSON], moment: dt.datetime, *, is_new: bool = False) -> None:
    report.draft = Draft(report=report, sealed=answering.seal_draft(report, told), saved_at=moment)
    columns = ["sealed", "saved_at"]
    Draft.objects.bulk_create([report.draft], update_conflicts=True, unique_fields=["report"], update_fields=columns)
    finding.keep(report, told, is_new=is_new)


def _keep_evidence(actor: Actor, report: Report, proof: Proof, moment: dt.datetime) -> None:
    _save_evidence(actor, report, proof, moment)
    _note(actor, Action.EVIDENCE_RECORDED, report, on=proof.type)


def _save_evidence(actor: Actor, report: Report, proof: Proof, moment: dt.datetime) -> None:
    evidence = Evidence(report=report, type=proof.type, recorded_by=actor.name, recorded_at=moment)
    evidence.sealed = answering.seal_entry(report, evidence, proof.entry)
    evidence.save(force_insert=True)


def _note(actor: Actor, action: Action, report: Report, *, on: str = "") -> None:
    ledger.record(actor, action=action, about=f"report:{report.pk}", purpose=report.kind, on=on)


def find(actor: Actor, report_id: UUID, *, lock: bool = False, among: Q | None = None) -> Report:
    """Give a report that is the actor's, or `among` others. Raises UnknownReport; `lock` expects a transaction."""
    # The draft is read after the lock is held: joined to it, it would be the one from before the wait.
    reports = Report.objects.select_for_update(of=("self",)) if lock else Report.objects.select_related("draft")
    report = reports.select_related("key").filter(among or rules.reports_of(actor), pk=report_id).first()
    if report is None:
        raise UnknownReport
    return report


def find_open(actor: Actor, report_id: UUID) -> Report:
    """Give a report that can still be told, locked. Raises UnknownReport and NotOpen; expects a transaction."""
    report = find(actor, report_id, lock=True)
    check_open(report)
    return report


def check_open(report: Report) -> None:
    """Raise NotOpen where a report has been submitted or has expired."""
    if report.state != Report.State.STARTED:
        raise NotOpen("This report has been submitted. Its answers can no longer be changed here.")
    if report.expires_at <= clocks.now():
        raise NotOpen("This report has expired. Start a new one; nobody has been told anything.")


def save(actor: Actor, report_id: UUID, *, patch: Mapping[str, JSON]) -> Report:
    """Merge answers into the draft (RFC 7396). Raises Faults, all at once; the draft then stays as it was."""
    with transaction.atomic():
        report = find_open(actor, report_id)
        kind = events.find(report.kind)
        told = answering.patched(answering.told_so_far(report), patch)
        told = events.validate_partial(kind, told, entry=answering.registered(report))
        _save_draft(report, told, clocks.now())
        _note(actor, Action.REPORT_ANSWERED, report)
    return report


@dataclass(frozen=True, slots=True)
class Telling:
    """A report as far as it is told: its answers, what the register says, and the paths of what is not shown.

    `missing` is what has still to be mended before it can be submitted.
    """

    report: Report
    told: Mapping[str, JSON] = field(repr=False)
    entry: Mapping[str, JSON] = field(repr=False)
    missing: tuple[events.Fault, ...] = ()
    hidden: frozenset[str] = frozenset()


def telling(actor: Actor, report_id: UUID, *, typed: Collection[str] = ()) -> Telling:
    """Read the answers as they stand: the draft over the register entry, or the closed version.

    Whoever came by a reference alone sees no address, contact or number, but for the paths that they have `typed`
    themselves in this visit. Raises UnknownReport.
    """
    with transaction.atomic():
        report = find(actor, report_id)
        _note(actor, Action.REPORT_READ, report)
        told, entry = told_of(report), answering.registered(report)
    kind = events.find(report.kind)
    missing = _missing(kind, told, entry)
    if not rules.knows_by_reference_alone(actor):
        return Telling(report, told, entry, missing)
    seen, hidden = answering.veiled(kind, told, typed=typed)
    return Telling(report, seen, answering.veiled(kind, entry)[0], missing, hidden)


def _missing(kind: events.Kind, told: Mapping[str, JSON], entry: Mapping[str, JSON]) -> tuple[events.Fault, ...]:
    try:
        events.validate(kind, told, entry=entry)
    except events.Faults as error:
        return error.faults
    return ()


def answers(actor: Actor, report_id: UUID) -> dict[str, JSON]:
    """Read the answers as `telling` does, and no more than those."""
    return dict(telling(actor, report_id).told)


@dataclass(frozen=True, slots=True)
class Preview:
    """What each recipient that may apply would get, and why, by the answers as they stand.

    `missing` is what has still to be mended before the report can be submitted.
    """

    report: Report
    told: Mapping[str, JSON] = field(repr=False)
    offers: Sequence[offers.Offer]
    missing: tuple[events.Fault, ...] = ()


def preview(actor: Actor, report_id: UUID) -> Preview:
    """Say what each recipient would get if the report were submitted now. Raises UnknownReport."""
    with transaction.atomic():
        report = find(actor, report_id)
        _note(actor, Action.REPORT_PREVIEWED, report)
        prefetch_related_objects([report], "evidence")
        told = told_of(report)
        missing = _missing(events.find(report.kind), told, answering.registered(report))
        return Preview(report, told, _audience(report, told, clocks.now()).offers(), missing)


def _audience(report: Report, told: Mapping[str, JSON], at: dt.datetime) -> Audience:
    return offers.audience(report, told, [each.type for each in report.evidence.all()], at=at)


def submit(
    actor: Actor, report_id: UUID, *, chosen: Sequence[str] | None = None, consents: Sequence[Choice] = ()
) -> list[Delivery]:
    """Close the answers and write down who is owed what; `chosen` are recipients' slugs, or None for all that apply.

    Raises Faults, NotOpen, UnknownReport, UnknownRecipients and UnfitConsents, and then nothing is written.
    """
    with transaction.atomic():
        report = find_open(actor, report_id)
        prefetch_related_objects([report], "evidence")
        told = answering.told_so_far(report)
        told = events.validate(events.find(report.kind), told, entry=answering.registered(report))
        report.state, report.submitted_at = Report.State.SUBMITTED, clocks.now()
        evidence = [each.type for each in report.evidence.all()]
        closed = closing.close(actor, report, told, Instructed(chosen, consents), evidence=evidence)
        report.save(update_fields=["state", "submitted_at", "subject", "joins"])
        Draft.objects.filter(pk=report.pk).delete()
        deliveries = closing.owe(report, closed)
        _note(actor, Action.REPORT_SUBMITTED, report)
    return deliveries


def hand_in(
    actor: Actor, kind: events.Kind, *, told: Mapping[str, JSON], proof: Proof | None = None, instructed: Instructed
) -> tuple[Report, list[Delivery]]:
    """Start a report and submit it at once: what `start` and `submit` do, without a draft between them.

    Expects the caller's transaction. Raises what they do, and then nothing is to be kept. It is for clients and staff,
    who act for an organisation.
    """
    proof = _checked(kind, proof) if proof else None
    told = events.validate(kind, told, entry=proof.entry if proof else None)
    evidence = [proof.type] if proof else []
    moment = clocks.now()
    report = _opened(actor, kind, moment)
    report.state, report.submitted_at = Report.State.SUBMITTED, moment
    closed = closing.close(actor, report, told, instructed, evidence=evidence)
    _write(report)
    finding.keep(report, told, is_new=True)
    if proof:
        _save_evidence(actor, report, proof, moment)
    deliveries = closing.owe(report, closed)
    _note_all(actor, report, proof)
    return report, deliveries


def _note_all(actor: Actor, report: Report, proof: Proof | None) -> None:
    about, recorded = f"report:{report.pk}", [] if proof is None else [(Action.EVIDENCE_RECORDED, proof.type)]
    acts = [(Action.REPORT_STARTED, ""), *recorded, (Action.REPORT_SUBMITTED, "")]
    ledger.record_many(actor, [Entry(action, about, report.kind, on) for action, on in acts])


def resolve(actor: Actor, doubt_id: UUID, *, answer: duplicates.Verdict) -> None:
    """Take one person's opinion in a doubt; once it is decided, the report joins the other, or goes its own way."""
    with transaction.atomic():
        report = duplicates.decide(actor, doubt_id, answer)
        if report is not None:
            _free(report, messages.latest_answers(report), clocks.now())


def record_evidence(actor: Actor, report_id: UUID, proof: Proof, *, among: Q | None = None) -> Report:
    """Keep evidence that came after the start; what was withheld for want of it is freed. Raises as `start` does."""
    with transaction.atomic():
        report = find(actor, report_id, lock=True, among=among)
        kind = events.find(report.kind)
        proof = _checked(kind, proof)
        told = events.validate_partial(kind, told_of(report), entry=proof.entry)
        moment = clocks.now()
        _keep_evidence(actor, report, proof, moment)
        if report.state == Report.State.STARTED:
            _save_draft(report, told, moment)
        elif report.state == Report.State.SUBMITTED:
            _free(report, told, moment)
    return report


def answer_consents(actor: Actor, report_id: UUID, choices: Sequence[Choice]) -> list[Consent]:
    """Record what the informant answers before or after the submission; what was withheld for want of it is freed.

    Raises UnknownReport and UnfitConsents, and then nothing is written.
    """
    with transaction.atomic():
        report = find(actor, report_id, lock=True)
        told, moment = told_of(report), clocks.now()
        asked_of = offers.asked_of(_audience(report, told, moment).offers())
        taken = permissions.record(actor, report, choices, asked_of=asked_of, at=moment)
        if report.state == Report.State.SUBMITTED:
            _free(report, told, moment)
    return taken


def told_of(report: Report) -> dict[str, JSON]:
    """Open the answers of a report: the draft, or the closed version."""
    if report.state == Report.State.SUBMITTED:
        return messages.latest_answers(report)
    return answering.told_so_far(report)


def _free(report: Report, told: Mapping[str, JSON], moment: dt.datetime) -> None:
    if report.joins_id is not None or duplicates.is_in_doubt(report):
        return
    chosen = report.instructions.order_by("-given_at").values_list("recipients", flat=True)[0]
    offered = _audience(report, told, moment).offers(chosen=chosen)
    granted = {each.recipient.pk: each.decision for each in offered if isinstance(each.decision, Grant)}
    closing.hint_on_commit(owing.release(report, granted, at=moment))
