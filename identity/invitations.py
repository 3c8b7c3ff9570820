"""Inviting a helper whose account nobody knows: a code, good once and for a week, that makes them a mandate's helper.

The code is shown to whoever invites, or sent, once.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from identity import codes, ledger, mandates
from identity.codes import NotAccepted
from identity.ledger import Action, Actor
from identity.mandates import Terms, UnfitMandate
from identity.models import Invitation, Mandate

LASTS = dt.timedelta(days=7)
MOST_IN_A_DAY = 10  # so that nobody is pestered through us
NOBODY_YET = "invitation"


class TooManyInvitations(Exception):
    """This person has invited often enough for one day."""

    def __init__(self) -> None:
        super().__init__(f"You have invited {MOST_IN_A_DAY} times within a day. Try again tomorrow.")


class UnknownInvitation(LookupError):
    """There is no such invitation, or it is not theirs: not said which."""

    def __init__(self) -> None:
        super().__init__("You have no invitation with this id.")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as somebody brings it: as whom they would help, from where they ask, and as whom they are told of."""

    typed: str = field(repr=False)
    helper: str
    address: str
    own: frozenset[str] = frozenset()


def make(
    actor: Actor, person: str, *, purposes: frozenset[str], until: dt.datetime, at: dt.datetime
) -> tuple[Invitation, str]:
    """Invite whoever brings the code, which is given this once. Raises UnfitMandate and TooManyInvitations."""
    mandates.check(Terms(person, NOBODY_YET, purposes, until), at=at)
    code = codes.make()
    with transaction.atomic():
        if Invitation.objects.filter(person=person, made_at__gt=at - dt.timedelta(days=1)).count() >= MOST_IN_A_DAY:
            raise TooManyInvitations
        made = Invitation.objects.create(
            person=person,
            purposes=sorted(purposes),
            until=until,
            code=codes.digest(code),
            made_by=actor.name,
            made_at=at,
            expires_at=min(until, at + LASTS),
        )
        _note(actor, Action.INVITATION_MADE, made)
    return made, code


def take_back(actor: Actor, person: str, invitation_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Let nobody accept it any more; safe to repeat, and without effect on a mandate. Raises UnknownInvitation."""
    with transaction.atomic():
        made = Invitation.objects.select_for_update().filter(pk=invitation_id, person=person).first()
        if made is None:
            raise UnknownInvitation
        if made.closed_at is None:
            made.closed_at = at
            made.save(update_fields=["closed_at"])
            _note(actor, Action.INVITATION_TAKEN_BACK, made)


def open_of(person: str, *, at: dt.datetime) -> QuerySet[Invitation]:
    """Select what this person's helpers have not accepted yet and still can, newest first."""
    return Invitation.objects.filter(person=person, closed_at=None, expires_at__gt=at).order_by("-made_at", "pk")


def accept(actor: Actor, code: Code, *, at: dt.datetime) -> Mandate:
    """Make somebody the helper of a mandate. Raises NotAccepted, after the same time as ever; never in a transaction.

    Raises UnfitMandate, and leaves the invitation open, where it is their own.
    """
    entered = codes.Entered(code.typed, by=actor.name, address=code.address)
    return codes.enter(entered, lambda digest: _accepted(actor, code, digest, at), at=at)


def _accepted(actor: Actor, code: Code, digest: bytes, at: dt.datetime) -> Mandate:
    with transaction.atomic():
        made = Invitation.objects.select_for_update().filter(code=digest).first()
        if made is None or made.closed_at or made.expires_at <= at:
            raise NotAccepted
        if made.person in code.own:
            raise UnfitMandate(mandates.FOR_ONESELF)
        granted = mandates.grant(Actor(made.made_by), Terms(made.person, code.helper, made.purposes, made.until), at=at)
        made.closed_at, made.mandate = at, granted
        made.save(update_fields=["closed_at", "mandate"])
        ledger.record(actor, action=Action.MANDATE_ACCEPTED, about=made.person, on=f"mandate:{granted.pk}")
    return granted


def _note(actor: Actor, action: Action, made: Invitation) -> None:
    ledger.record(
        actor, action=action, about=made.person, purpose=" ".join(made.purposes)[:200], on=f"invitation:{made.pk}"
    )
