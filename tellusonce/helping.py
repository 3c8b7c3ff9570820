"""Helpers: an informant lets somebody else act for them, who accepts by a code, chooses to act, and can lay it down.

A mandate is for one report. A citizen or other outsider holds it by their account; an adviser accepts it for their
organisation, whose other advisers and whose systems then act under it too. Whether it is in force is asked at each
request.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from identity import invitations, mandates
from identity.invitations import Code
from identity.ledger import Actor
from identity.mandates import NoMandate
from identity.models import Invitation, Mandate, Role
from identity.sessions import Visitor
from tellusonce import clocks, repeats, reports, rules
from tellusonce.models import Report
from tellusonce.notices import occasions
from tellusonce.notices.owing import Contact
from tellusonce.repeats import Done
from tellusonce.rules import NotPermitted, Purpose, Rule

Whoever = TypeVar("Whoever", bound=Actor)


class ActsForAnother(NotPermitted):
    """They act for somebody else, and this is done in one's own name."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an informant asks a helper to do, until when, and where they are reached; nowhere if it is handed over."""

    purposes: frozenset[Purpose]
    until: dt.datetime
    contact: Contact | None = None


def invite(informant: Visitor, report_id: UUID, wish: Wish) -> tuple[Invitation, str]:
    """Invite a helper; give the code to hand over, or nothing where it is sent to them.

    Raises UnknownReport, UnfitMandate, TooManyInvitations and CannotBeSent, and then nothing is written.
    """
    with transaction.atomic():
        report = _own(informant, report_id, lock=True)
        person, at = rules.informant_of(report.pk), clocks.now()
        purposes = _asked(informant, wish)
        made, code = invitations.make(informant, person, purposes=purposes, until=wish.until, at=at)
        if wish.contact is None:
            return made, code
        occasions.invite(report, wish.contact, invitation=made.pk, code=code)
    return made, ""


def invite_once(informant: Visitor, report_id: UUID, wish: Wish, *, key: str) -> str:
    """Invite as `invite` does, once for each key; give the code the first time. Raises KeyReused too."""
    codes = [""]
    said = f"invite {report_id} {sorted(wish.purposes)} {wish.until.isoformat()} {wish.contact}".encode()

    def write() -> Done:
        made, codes[0] = invite(informant, report_id, wish)
        return Done(HTTPStatus.CREATED, {"invitation": str(made.pk)})

    repeats.once(informant, key, said=said, write=write)
    return codes[0]


def given(informant: Visitor, report_id: UUID) -> tuple[Sequence[Mandate], Sequence[Invitation]]:
    """List the mandates that were given for a report, ended or not, and the invitations still open; newest first."""
    person = rules.informant_of(_own(informant, report_id).pk)
    return list(mandates.given_by(person)), list(invitations.open_of(person, at=clocks.now()))


def end(informant: Visitor, report_id: UUID, mandate_id: UUID) -> None:
    """End a mandate at once; safe to repeat. Raises UnknownReport and UnknownMandate."""
    person = rules.informant_of(_own(informant, report_id).pk)
    mandates.end(informant, person, mandate_id, at=clocks.now())


def take_back(informant: Visitor, report_id: UUID, invitation_id: UUID) -> None:
    """Take an invitation back; safe to repeat. Raises UnknownReport and UnknownInvitation."""
    person = rules.informant_of(_own(informant, report_id).pk)
    invitations.take_back(informant, person, invitation_id, at=clocks.now())


def accept(helper: Visitor, typed: str, *, address: str) -> Mandate:
    """Take on a mandate by its code: an adviser for their organisation, anybody else for themselves.

    Raises NotAccepted, UnfitMandate, and NotPermitted for a visitor without an account. Never in a transaction.
    """
    if helper.account is None:
        raise NotPermitted("To help somebody takes an account of your own: sign in, and enter the code again.")
    own = frozenset(rules.informant_of(each) for each in rules.opened_by(helper))
    code = Code(typed, helper=names_of(helper)[-1], address=address, own=own)
    return invitations.accept(helper, code, at=clocks.now())


def held(helper: Actor) -> Sequence[Mandate]:
    """List the mandates in force that somebody holds, themselves or by their organisation."""
    return list(mandates.held_by(names_of(helper), at=clocks.Now()))


def lay_down(helper: Visitor, mandate_id: UUID) -> None:
    """Help no more; safe to repeat. Raises UnknownMandate."""
    mandates.lay_down(helper, names_of(helper), mandate_id, at=clocks.now())


def helped(helper: Actor) -> Sequence[tuple[Mandate, Report]]:
    """List the mandates in force that somebody holds, each with its report."""
    given = held(helper)
    known = Report.objects.in_bulk([rules.report_of(each.person) for each in given])
    return [(each, known[rules.report_of(each.person)]) for each in given]


def purposes_for(helper: Visitor, report_id: UUID) -> frozenset[str]:
    """Say what somebody may do for the informant of a report. Raises NoMandate where it is nothing at all."""
    person = rules.informant_of(report_id)
    found = frozenset(purpose for each in held(helper) if each.person == person for purpose in each.purposes)
    if not found:
        raise NoMandate
    return found


def acts_on(visitor: Visitor) -> Report | None:
    """Give the report for whose informant somebody has chosen to act, also where the mandate has ended meanwhile."""
    return Report.objects.filter(pk=visitor.acts_for).first() if visitor.acts_for else None


def as_whom(visitor: Visitor, rule: Rule) -> Visitor:
    """Give a visitor as they act at this request: for the informant they chose to act for, or for themselves.

    Whoever acts for another may do what the mandate names and keep their own visit, and nothing else. Raises NoMandate
    once it is not in force any more, and ActsForAnother.
    """
    if visitor.acts_for is None or rule.is_for_anyone:
        return visitor
    if rule.purpose is None:
        if Role.HELPER not in rule.roles:
            raise ActsForAnother(f"To {rule.name}, first stop acting for somebody else.")
        return visitor
    acting = _acting(visitor, names_of(visitor), rule.purpose, visitor.acts_for)
    return replace(acting, roles=frozenset({Role.HELPER}))


def for_organisation(actor: Whoever, rule: Rule, report_id: UUID | None) -> Whoever:
    """Give an organisation's own system as it acts on a report: under a mandate of its organisation, if it has one.

    It need not choose: a report of its own it acts on for itself. Raises NoMandate if the mandate does not name it.
    """
    if rule.purpose is None or report_id is None:
        return actor
    helper, person = _organisation(actor), rules.informant_of(report_id)
    if Report.objects.filter(pk=report_id, organisation=actor.organisation).exists():
        return actor
    if not mandates.held_by([helper], at=clocks.Now()).filter(person=person).exists():
        return actor
    return _acting(actor, [helper], rule.purpose, report_id)


def names_of(helper: Actor) -> list[str]:
    """Give the names by which somebody may hold mandates; the last is the one by which they take on another."""
    if not isinstance(helper, Visitor):
        return [_organisation(helper)]
    own = [helper.name] if helper.account else []
    return [*own, _organisation(helper)] if Role.ADVISER in helper.roles else own


def _organisation(actor: Actor) -> str:
    return f"organisation:{actor.organisation}"


def _acting(actor: Whoever, helpers: Sequence[str], purpose: Purpose, report_id: UUID) -> Whoever:
    return mandates.acting(actor, helpers, person=rules.informant_of(report_id), purpose=purpose, at=clocks.Now())


def is_informant(visitor: Visitor) -> bool:
    """Whether somebody comes as an informant: neither for an organisation, nor as a helper."""
    return not visitor.organisation and not visitor.on_behalf_of


def _asked(informant: Visitor, wish: Wish) -> frozenset[str]:
    """Add that the helper may read what is private, where the informant may."""
    is_private = wish.purposes and not rules.knows_by_reference_alone(informant)
    return wish.purposes | {Purpose.PRIVATE} if is_private else wish.purposes


def _own(informant: Visitor, report_id: UUID, *, lock: bool = False) -> Report:
    """Give a report whose informant they are: not their organisation's, nor one they help with."""
    if not is_informant(informant):
        raise reports.UnknownReport
    return reports.find(informant, report_id, lock=lock)
