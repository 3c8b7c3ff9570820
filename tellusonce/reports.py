"""The way of a report from its start to its submission; each step is one transaction.

Only clients of the organisation that started a report may see or continue it: a reference is not a credential.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, prefetch_related_objects

from identity import ledger, vault
from identity.ledger import Action, Actor
from identity.models import Consent
from identity.sessions import Visitor
from tellusonce import (
    answering,
    clocks,
    deadlines,
    disclosure,
    duplicates,
    events,
    finding,
    keeping,
    messages,
    permissions,
    proving,
    references,
    rules,
)
from tellusonce.catalogue import inforce
from tellusonce.deliveries import hints, owing
from tellusonce.disclosure import Grant, Question, Reason, Refusal
from tellusonce.duplicates import Standing
from tellusonce.models import Agreement, Answers, Delivery, Draft, Evidence, Instruction, Recipient, Report
from tellusonce.permissions import Choice

JSON = Any
DRAFT_LASTS = dt.timedelta(days=28)


class UnknownReport(LookupError):
    """There is no such report, or it is not theirs: not said which."""

    def __init__(self) -> None:
        super().__init__("You have no report with this id. Use the id that you were given when the report was started.")


class WrongEvidence(ValueError):
    """This kind of event does not rest on that kind of evidence."""


class NotOpen(ValueError):
    """The report has been submitted or has expired: its answers can no longer be changed."""


class UnknownRecipients(ValueError):
    """Some of those chosen are not among the recipients of this report."""

    def __init__(self, slugs: Collection[str]) -> None:
        super().__init__("Choose from the recipients in the preview.")
        self.slugs = frozenset(slugs)


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence as handed in: its type, and what it says in the fields of the kind."""

    type: str
    entry: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Offer:
    """One recipient that may apply, and what it would get or why it would get nothing."""

    recipient: Recipient
    decision: Grant | Refusal

    @property
    def rests_on_consent(self) -> Agreement | None:
        """The agreement, where it is one that rests on the informant's consent."""
        agreement = self.decision.agreement
        return agreement if agreement is not None and agreement.lawful_basis == disclosure.CONSENT else None


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
        report = Report.objects.create(
            reference=references.make(),
            kind=kind.name,
            organisation=actor.organisation,
            started_by=actor.name,
            started_at=moment,
            expires_at=moment + DRAFT_LASTS,
            key=vault.create_key(),
        )
        _save_draft(report, told, moment)
        _note(actor, Action.REPORT_STARTED, report)
        if proof:
            _keep_evidence(actor, report, proof, moment)
        if citizen:
            keeping.keep(citizen, [report.pk])
    return report


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


def _save_draft(report: Report, told: Mapping[str, JSON], moment: dt.datetime) -> None:
    sealed = answering.seal_draft(report, told)
    report.draft, _ = Draft.objects.update_or_create(report=report, defaults={"sealed": sealed, "saved_at": moment})
    finding.keep(report, told)


def _keep_evidence(actor: Actor, report: Report, proof: Proof, moment: dt.datetime) -> None:
    evidence = Evidence(report=report, type=proof.type, recorded_by=actor.name, recorded_at=moment)
    evidence.sealed = answering.seal_entry(report, evidence, proof.entry)
    evidence.save(force_insert=True)
    _note(actor, Action.EVIDENCE_RECORDED, report, on=proof.type)


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
    offers: Sequence[Offer]
    missing: tuple[events.Fault, ...] = ()


def preview(actor: Actor, report_id: UUID) -> Preview:
    """Say what each recipient would get if the report were submitted now. Raises UnknownReport."""
    with transaction.atomic():
        report = find(actor, report_id)
        _note(actor, Action.REPORT_PREVIEWED, report)
        prefetch_related_objects([report], "evidence")
        told = told_of(report)
        missing = _missing(events.find(report.kind), told, answering.registered(report))
        return Preview(report, told, _offers(report, told, chosen=None), missing)


def _offers(report: Report, told: Mapping[str, JSON], *, chosen: Collection[int] | None) -> list[Offer]:
    kind = events.find(report.kind)
    agreements = inforce.agreements(kind.name)
    areas = inforce.areas_of(events.addresses(kind, told))
    recipients = inforce.recipients_of(agreements, areas)
    question = Question(
        kind.name,
        on=deadlines.today(clocks.now()),
        is_verified=not kind.evidence or any(each.type in kind.evidence for each in report.evidence.all()),
        chosen=chosen,
        consents=permissions.answered(report, recipients),
    )
    return [Offer(each, disclosure.decide(each, question, agreements=agreements)) for each in recipients]


def submit(
    actor: Actor, report_id: UUID, *, chosen: Sequence[str] | None = None, consents: Sequence[Choice] = ()
) -> list[Delivery]:
    """Close the answers and write down who is owed what; `chosen` are recipients' slugs, or None for all that apply.

    Raises Faults, NotOpen, UnknownReport, UnknownRecipients and UnfitConsents, and then nothing is written.
    """
    with transaction.atomic():
        report = find_open(actor, report_id)
        told = answering.told_so_far(report)
        told = events.validate(events.find(report.kind), told, entry=answering.registered(report))
        offers = _offers(report, told, chosen=None)
        ids = _ids(offers, chosen)
        moment = clocks.now()
        permissions.record(actor, report, consents, asked_of=_asked_of(offers), at=moment)
        closed = _close(report, told, moment)
        Instruction.objects.create(
            report=report, answers=closed, recipients=sorted(ids), given_by=actor.name, given_at=moment
        )
        standing = duplicates.recognise(actor, report, told)
        duties = [] if standing is Standing.JOINED else _duties(_offers(report, told, chosen=ids), standing)
        deliveries = owing.owe(report, closed, duties, at=moment)
        _note(actor, Action.REPORT_SUBMITTED, report)
        _hint_on_commit(deliveries)
    return deliveries


def _duties(offers: Sequence[Offer], standing: Standing) -> list[owing.Duty]:
    """Owe each recipient its due; while it is in doubt whether this was reported before, hold back what was granted."""
    held = Refusal(Reason.POSSIBLE_DUPLICATE)
    return [
        owing.Duty(
            each.recipient,
            held if standing is Standing.DOUBTFUL and isinstance(each.decision, Grant) else each.decision,
        )
        for each in offers
    ]


def resolve(actor: Actor, doubt_id: UUID, *, answer: duplicates.Verdict) -> None:
    """Take one person's opinion in a doubt; once it is decided, the report joins the other, or goes its own way."""
    with transaction.atomic():
        report = duplicates.decide(actor, doubt_id, answer)
        if report is not None:
            _free(report, messages.latest_answers(report), clocks.now())


def _asked_of(offers: Sequence[Offer]) -> dict[str, tuple[Recipient, Agreement]]:
    return {each.recipient.slug: (each.recipient, each.rests_on_consent) for each in offers if each.rests_on_consent}


def _ids(offers: Sequence[Offer], chosen: Sequence[str] | None) -> set[int]:
    by_slug = {offer.recipient.slug: offer.recipient.pk for offer in offers}
    if chosen is None:
        return set(by_slug.values())
    unknown = set(chosen) - set(by_slug)
    if unknown:
        raise UnknownRecipients(unknown)
    return {by_slug[slug] for slug in chosen}


def _close(report: Report, told: Mapping[str, JSON], moment: dt.datetime) -> Answers:
    closed = Answers(report=report, number=1, closed_at=moment)
    closed.sealed = messages.seal_answers(closed, report.key, told)
    closed.save(force_insert=True)
    Draft.objects.filter(pk=report.pk).delete()
    report.state = Report.State.SUBMITTED
    report.submitted_at = moment
    report.save(update_fields=["state", "submitted_at"])
    return closed


def _hint_on_commit(deliveries: Sequence[Delivery]) -> None:
    lanes = owing.lanes_of(deliveries)
    transaction.on_commit(lambda: hints.wake(lanes))


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
        asked_of = _asked_of(_offers(report, told, chosen=None))
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
    offers = _offers(report, told, chosen=chosen)
    granted = {each.recipient.pk: each.decision for each in offers if isinstance(each.decision, Grant)}
    _hint_on_commit(owing.release(report, granted, at=moment))
