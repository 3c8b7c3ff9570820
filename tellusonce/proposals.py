"""A new version of the catalogue that one operator puts forward and another approves: nobody changes it alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from identity import ledger
from identity.ledger import Action, Actor
from tellusonce import clocks, deadlines, releases
from tellusonce.catalogue import applying, consequences, differences, rewriting, snapshots
from tellusonce.catalogue.checks import Checked
from tellusonce.catalogue.consequences import Consequence
from tellusonce.catalogue.differences import Change
from tellusonce.catalogue.faults import Fault, Faulty
from tellusonce.catalogue.snapshots import Snapshot
from tellusonce.models import CatalogueProposal, CatalogueVersion

State = CatalogueProposal.State
# Why one is refused, as codes that the ledger may keep.
REASONS = ("not-signed", "grants-too-much", "mistaken", "not-now", "taken-back")


class ProposalFailure(Exception):
    """The proposal cannot be taken or decided so; the message says why and what would be right."""


class NothingNew(ProposalFailure):
    """The catalogue in force says all of it already."""


class SamePerson(ProposalFailure):
    """Whoever proposed it would approve it."""


class HasChanged(ProposalFailure):
    """Another version is in force than the one that it was compared with."""


class OutOfOrder(ProposalFailure):
    """What was in order when it was proposed is so no more; `faults` say why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("What it says is not in order any more; put it right, and propose it anew.")
        self.faults = faults


class DecidedBefore(ProposalFailure):
    """Somebody has approved or refused it."""


class UnknownProposal(LookupError):
    """There is no such proposal."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What approving would do now: both snapshots, what differs, what follows; `in_force` is the version compared."""

    before: Snapshot
    after: Snapshot
    changes: Sequence[Change]
    consequences: Sequence[Consequence]
    in_force: int


def propose(actor: Actor, checked: Checked) -> CatalogueProposal:
    """Put forward what checked files ask for. Raises NothingNew."""
    wanted = snapshots.wanted(checked)
    if not differences.compare(snapshots.stored(), wanted):
        raise NothingNew("The catalogue says all of this already; there is nothing to propose.")
    with transaction.atomic():
        proposal = CatalogueProposal.objects.create(
            wanted=wanted,
            warnings=[str(each) for each in checked.warnings],
            digest=snapshots.digest(wanted),
            proposed_by=actor.name,
            proposed_at=clocks.now(),
        )
        _note(actor, Action.CATALOGUE_PROPOSED, proposal)
    return find(proposal.pk)


def find(proposal_id: UUID) -> CatalogueProposal:
    """Give a proposal. Raises UnknownProposal."""
    found = CatalogueProposal.objects.filter(pk=proposal_id).first()
    if found is None:
        raise UnknownProposal
    return found


def foresee(proposal: CatalogueProposal) -> Outlook:
    """Compare what is proposed with what is in force, and say what would follow."""
    in_force = newest()
    before, after = snapshots.stored(), snapshots.restored(proposal.wanted)
    changes = differences.compare(before, after)
    return Outlook(before, after, differences.spoken(changes), consequences.foresee(changes), in_force)


def newest() -> int:
    """Give the number of the version in force; 0 before the first."""
    return CatalogueVersion.objects.order_by("-number").values_list("number", flat=True).first() or 0


def approve(actor: Actor, proposal_id: UUID, *, seen: int) -> None:
    """Apply a proposal as somebody else than whoever made it, who compared it with the version `seen`.

    Raises UnknownProposal, DecidedBefore, SamePerson, HasChanged, NothingNew, OutOfOrder.
    """
    _check_again(find(proposal_id))
    with transaction.atomic():
        applying.lock()
        proposal = _locked(proposal_id)
        if proposal.proposed_by == actor.name:
            raise SamePerson("You proposed this yourself; somebody else has to look at it and approve it.")
        if newest() != seen:
            raise HasChanged("Another version has come into force since you looked; compare again.")
        outcome = applying.apply(snapshots.restored(proposal.wanted), by=actor.name)
        if outcome.version is None:
            raise NothingNew("The catalogue says all of this already; refuse the proposal as no longer needed.")
        _note(actor, Action.CATALOGUE_APPROVED, proposal, on=f"catalogue:{outcome.version}")
        proposal.version_id = outcome.version
        _decide(proposal, actor, State.APPROVED)
    releases.release()


def _check_again(proposal: CatalogueProposal) -> None:
    """See that it would be taken if it were proposed today: a field, an adapter or a setting may have gone since."""
    if proposal.state != State.OPEN:
        return
    try:
        rewriting.check(snapshots.restored(proposal.wanted), on=deadlines.today(clocks.now()))
    except Faulty as faulty:
        raise OutOfOrder([each for each in faulty.faults if not each.is_warning]) from faulty


def refuse(actor: Actor, proposal_id: UUID, *, reason: str) -> None:
    """Put a proposal aside for one of the REASONS; whoever made it may too. Raises UnknownProposal, DecidedBefore."""
    with transaction.atomic():
        proposal = _locked(proposal_id)
        proposal.reason = reason
        _decide(proposal, actor, State.REFUSED)
        _note(actor, Action.CATALOGUE_REFUSED, proposal, purpose=reason)


def _locked(proposal_id: UUID) -> CatalogueProposal:
    proposal = CatalogueProposal.objects.select_for_update(of=("self",)).filter(pk=proposal_id).first()
    if proposal is None:
        raise UnknownProposal
    if proposal.state != State.OPEN:
        raise DecidedBefore("Somebody has decided this already.")
    return proposal


def _decide(proposal: CatalogueProposal, actor: Actor, state: State) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, actor.name, clocks.now()
    proposal.save(update_fields=["state", "reason", "decided_by", "decided_at", "version"])


def _note(actor: Actor, action: Action, proposal: CatalogueProposal, *, purpose: str = "", on: str = "") -> None:
    ledger.record(actor, action=action, about=f"proposal:{proposal.pk}", purpose=purpose, on=on)
