"""Proposing a version of the catalogue, and approving or refusing one that somebody else proposed."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tellusonce import clocks, deadlines, proposals, rules
from tellusonce.catalogue import uploads as sent
from tellusonce.catalogue.consequences import Consequence
from tellusonce.catalogue.faults import Fault, Faulty
from tellusonce.models import CatalogueProposal
from tellusonce.proposals import DecidedBefore, HasChanged, NothingNew, OutOfOrder, ProposalFailure, SamePerson
from tellusonce.web import doors
from tellusonce.web.operations import changes, uploads, words

MOST_SHOWN = 200
REASONS: Mapping[str, Promise] = {
    "not-signed": gettext_lazy("The agreement behind it is not signed"),
    "grants-too-much": gettext_lazy("It grants more than was agreed"),
    "mistaken": gettext_lazy("Something in it is wrong"),
    "not-now": gettext_lazy("It is not yet time for it, or no longer"),
    "taken-back": gettext_lazy("Whoever proposed it takes it back"),
}
REFUSED: Mapping[type[ProposalFailure], Promise] = {
    SamePerson: gettext_lazy("You proposed this yourself. Another operator has to look at it and approve it"),
    HasChanged: gettext_lazy("Another version has come into force since you looked. See below what would change now"),
    DecidedBefore: gettext_lazy("Somebody has decided this meanwhile"),
    NothingNew: gettext_lazy("The catalogue in force says all of this already"),
    OutOfOrder: gettext_lazy("It was in order when it was proposed, and is not any more. Propose it anew, put right"),
}


@doors.page(rules.CHANGE_CATALOGUE)
def propose(request: HttpRequest) -> HttpResponse:
    """Take files, check them, and put them forward."""
    if request.method != "POST":
        return _form(request, {})
    faults: dict[str, str] = {}
    files = _read(request, faults)
    if faults:
        return _form(request, faults)
    try:
        checked = sent.check(files, bases=uploads.bases(_bases(request)), on=deadlines.today(clocks.now()))
        made = proposals.propose(doors.actor(request), checked)
    except Faulty as faulty:
        return _form(request, {"files": _("Put right what is listed below, and send the files again")}, faulty.faults)
    except NothingNew as refused:
        return _form(request, {"files": str(REFUSED[type(refused)])})
    return doors.go("proposal", proposal_id=made.pk)


def _read(request: HttpRequest, faults: dict[str, str]) -> Mapping[str, bytes]:
    files: Mapping[str, bytes] = {}
    try:
        files = uploads.files(request)
    except uploads.Unusable as error:
        faults["files"] = str(error)
    try:
        uploads.bases(_bases(request))
    except uploads.Unusable as error:
        faults["bases"] = str(error)
    return files


def _bases(request: HttpRequest) -> str:
    return str(request.POST.get("bases", ""))


def _form(request: HttpRequest, faults: Mapping[str, str], found: Sequence[Fault] = ()) -> HttpResponse:
    context = {
        "bases": _bases(request),
        "faults": faults,
        "found": found[:MOST_SHOWN],
        "more": max(0, len(found) - MOST_SHOWN),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "operations/propose.html", context, status=status)


@doors.page(rules.WATCH_CATALOGUE)
def proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Show what a proposal would change and what follows."""
    return _show(request, proposal_id)


@doors.page(rules.CHANGE_CATALOGUE)
def decide(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Approve or refuse."""
    if request.method != "POST":
        return doors.go("proposal", proposal_id=proposal_id)
    try:
        fault = (
            _approve(request, proposal_id) if request.POST.get("act") == "approve" else _refuse(request, proposal_id)
        )
    except ProposalFailure as refused:
        return _show(request, proposal_id, refused=refused, status=HTTPStatus.CONFLICT)
    if fault:
        return _show(request, proposal_id, fault=fault, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return doors.go("proposal", proposal_id=proposal_id)


def _approve(request: HttpRequest, proposal_id: UUID) -> str:
    seen = request.POST.get("seen", "")
    proposals.approve(doors.actor(request), proposal_id, seen=int(seen) if seen.isdecimal() else -1)
    return ""


def _refuse(request: HttpRequest, proposal_id: UUID) -> str:
    reason = request.POST.get("reason", "")
    if reason not in proposals.REASONS:
        return _("Choose a reason")
    proposals.refuse(doors.actor(request), proposal_id, reason=reason)
    return ""


def _show(
    request: HttpRequest,
    proposal_id: UUID,
    *,
    refused: ProposalFailure | None = None,
    fault: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    found, visitor = proposals.find(proposal_id), doors.visitor_of(request)
    wrong = refused.faults if isinstance(refused, OutOfOrder) else ()
    context = {
        "proposal": found,
        "people": words.people([found.proposed_by, found.decided_by]),
        "why": str(REASONS.get(found.reason, found.reason)),
        "reasons": REASONS,
        "is_own": found.proposed_by == visitor.name,
        "may_change": rules.allows(visitor, rules.CHANGE_CATALOGUE),
        "refused": str(REFUSED[type(refused)]) if refused else "",
        "found": [f"{each.what}; {each.remedy}" for each in wrong[:MOST_SHOWN]],
        "more": max(0, len(wrong) - MOST_SHOWN),
        "fault": fault,
    }
    if found.state == CatalogueProposal.State.OPEN:
        context |= _outlook(found)
    return doors.show(request, "operations/proposal.html", context, status=status)


def _outlook(found: CatalogueProposal) -> dict[str, object]:
    outlook = proposals.foresee(found)
    return {
        "in_force": outlook.in_force,
        "changes": changes.say(outlook.changes, outlook.before, outlook.after),
        "consequences": [_consequence(each) for each in outlook.consequences],
    }


def _consequence(each: Consequence) -> str:
    said = {"name": each.name, "count": each.count}
    if each.sort == "recipients":
        return _("%(name)s goes, and deliveries to it are open: %(count)s. Settle them first.") % said
    return _("%(name)s goes, and so many deliveries that rest on it will be withheld: %(count)s.") % said
