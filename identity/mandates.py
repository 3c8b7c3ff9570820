"""Mandates: somebody lets a helper act for them, for named purposes until a moment, and ends it whenever they like.

Both are named by ids of the caller's; a helper may go by several: their own, and their organisation's. Whatever a
helper does is done by the Actor that `acting` gives, so that each entry of the ledger and each receipt says on whose
behalf.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db import transaction
from django.db.models import Func, Q, QuerySet

from identity import ledger
from identity.ledger import Action, Actor
from identity.models import Mandate, MandateEnding

LONGEST = dt.timedelta(days=366)
FOR_ONESELF = "Nobody needs a mandate to act for themselves; name the helper."
Whoever = TypeVar("Whoever", bound=Actor)


class UnfitMandate(ValueError):
    """No mandate can be granted like this; the message says why and what would be right."""


class UnknownMandate(LookupError):
    """There is no such mandate, or it is not theirs: not said which."""

    def __init__(self) -> None:
        super().__init__("You have no mandate with this id.")


class NoMandate(PermissionError):
    """They may not do this for this person: no mandate says so, or it has ended."""

    def __init__(self) -> None:
        super().__init__("You have no mandate in force to do this for them; ask them to give you one.")


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom a mandate lets act for whom, for which purposes, and until when."""

    person: str
    helper: str
    purposes: Collection[str]
    until: dt.datetime


def grant(actor: Actor, terms: Terms, *, at: dt.datetime) -> Mandate:
    """Let somebody act. Raises UnfitMandate."""
    check(terms, at=at)
    with transaction.atomic():
        granted = Mandate.objects.create(
            id=uuid.uuid4(),
            person=terms.person,
            helper=terms.helper,
            purposes=sorted(set(terms.purposes)),
            granted_by=actor.name,
            granted_at=at,
            until=terms.until,
        )
        _note(actor, Action.MANDATE_GRANTED, granted)
    return granted


def end(actor: Actor, person: str, mandate_id: uuid.UUID, *, at: dt.datetime) -> None:
    """End a mandate that this person has given; safe to repeat. Raises UnknownMandate."""
    _end(actor, Mandate.objects.filter(pk=mandate_id, person=person), Action.MANDATE_ENDED, at)


def lay_down(actor: Actor, helpers: Collection[str], mandate_id: uuid.UUID, *, at: dt.datetime) -> None:
    """End a mandate that one of these helpers holds, as they wish; safe to repeat. Raises UnknownMandate."""
    _end(actor, Mandate.objects.filter(pk=mandate_id, helper__in=helpers), Action.MANDATE_LAID_DOWN, at)


def _end(actor: Actor, theirs: QuerySet[Mandate], action: Action, at: dt.datetime) -> None:
    with transaction.atomic():
        given = theirs.first()
        if given is None:
            raise UnknownMandate
        _, is_new = MandateEnding.objects.get_or_create(
            mandate=given, defaults={"ended_by": actor.name, "ended_at": at}
        )
        if is_new:
            _note(actor, action, given)


def given_by(person: str) -> QuerySet[Mandate]:
    """Select all that this person ever gave, newest first, each with its `ending` if it has one."""
    return Mandate.objects.filter(person=person).select_related("ending").order_by("-granted_at", "pk")


def held_by(helpers: Collection[str], *, at: dt.datetime | Func) -> QuerySet[Mandate]:
    """Select what lets these helpers act at that moment, whoever gave it, the one that lasts longest first.

    `at` may be the database's own clock.
    """
    not_ended = Q(ending=None) | Q(ending__ended_at__gt=at)
    theirs = Mandate.objects.filter(not_ended, helper__in=helpers, granted_at__lte=at, until__gt=at)
    return theirs.order_by("-until", "pk")


def acting(actor: Whoever, helpers: Collection[str], *, person: str, purpose: str, at: dt.datetime | Func) -> Whoever:
    """Give the helper's actor as one who acts on this person's behalf, with all that they may do. Raises NoMandate."""
    held = held_by(helpers, at=at).filter(person=person).values_list("purposes", flat=True)
    purposes = frozenset(each for several in held for each in several)
    if purpose not in purposes:
        raise NoMandate
    return replace(actor, on_behalf_of=person, purposes=purposes)


def check(terms: Terms, *, at: dt.datetime) -> None:
    """Raise UnfitMandate unless a mandate could be granted like this."""
    if terms.person == terms.helper:
        raise UnfitMandate(FOR_ONESELF)
    if not terms.purposes:
        raise UnfitMandate("A mandate is for something: name at least one purpose.")
    if not at < terms.until <= at + LONGEST:
        raise UnfitMandate("A mandate ends in the future, and within a year; it can be given again.")


def _note(actor: Actor, action: Action, mandate: Mandate) -> None:
    ledger.record(
        actor, action=action, about=mandate.person, purpose=" ".join(mandate.purposes)[:200], on=f"mandate:{mandate.pk}"
    )
