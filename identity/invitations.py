"""Inviting a helper whose account nobody knows: a code, good once and for a week, that makes them a mandate's helper.

The code is shown to whoever invites, or sent, once; only its keyed digest is kept. Whoever guesses is shut out for a
while, and learns neither whether there is such a code nor that it has been used.
"""

import datetime as dt
import secrets
import time
import uuid
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from identity import ledger, lockouts, mandates, vault
from identity.ledger import Action, Actor
from identity.lockouts import Door
from identity.mandates import Terms, UnfitMandate
from identity.models import Invitation, Mandate

ALPHABET = "234679CDFGHJKMNPQRTVWXZ"  # no vowels, so that no words arise, and nothing that is taken for another one
LENGTH, GROUP = 16, 4  # 72 bits
LASTS = dt.timedelta(days=7)
MOST_IN_A_DAY = 10  # so that nobody is pestered through us
CODE = Door("invitation", tries=5)
NEIGHBOURHOOD = Door("invitation-from", tries=30)
ANSWER_SECONDS = 0.25  # longer than it takes to look, so that how long it took to look does not show
NOBODY_YET = "invitation"


class TooManyInvitations(Exception):
    """This person has invited often enough for one day."""

    def __init__(self) -> None:
        super().__init__(f"You have invited {MOST_IN_A_DAY} times within a day. Try again tomorrow.")


class NotAccepted(Exception):
    """The code makes nobody a helper; not said why."""

    def __init__(self) -> None:
        super().__init__(
            "What was entered is no invitation that is open. Check it, or ask whoever invited you for another. After "
            "five tries nothing is accepted for 20 minutes."
        )


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
    code = _grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))
    with transaction.atomic():
        if Invitation.objects.filter(person=person, made_at__gt=at - dt.timedelta(days=1)).count() >= MOST_IN_A_DAY:
            raise TooManyInvitations
        made = Invitation.objects.create(
            person=person,
            purposes=sorted(purposes),
            until=until,
            code=_digest(code),
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
    until = time.monotonic() + ANSWER_SECONDS
    try:
        return _accepted(actor, code, at)
    finally:
        time.sleep(max(0.0, until - time.monotonic()))


def _accepted(actor: Actor, code: Code, at: dt.datetime) -> Mandate:
    near = lockouts.neighbourhood(code.address)
    is_open = lockouts.spend(CODE, actor.name, at=at)
    is_open &= lockouts.spend(NEIGHBOURHOOD, near, at=at)
    with transaction.atomic():
        made = Invitation.objects.select_for_update().filter(code=_digest(code.typed)).first()
        if made is None or not is_open or made.closed_at or made.expires_at <= at:
            raise NotAccepted
        if made.person in code.own:
            raise UnfitMandate(mandates.FOR_ONESELF)
        granted = mandates.grant(Actor(made.made_by), Terms(made.person, code.helper, made.purposes, made.until), at=at)
        made.closed_at, made.mandate = at, granted
        made.save(update_fields=["closed_at", "mandate"])
        ledger.record(actor, action=Action.MANDATE_ACCEPTED, about=made.person, on=f"mandate:{granted.pk}")
    lockouts.forgive(CODE, actor.name)
    lockouts.refund(NEIGHBOURHOOD, near)
    return granted


def _grouped(plain: str) -> str:
    return "-".join(plain[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def _digest(code: str) -> bytes:
    """Give what a code is known by, however it was typed."""
    typed = "".join(character for character in code.upper() if character.isalnum())
    return vault.digest("invitation", typed[: 2 * LENGTH].encode())


def _note(actor: Actor, action: Action, made: Invitation) -> None:
    ledger.record(
        actor, action=action, about=made.person, purpose=" ".join(made.purposes)[:200], on=f"invitation:{made.pk}"
    )
