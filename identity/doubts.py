"""Likenesses on which people decide: one of them, or two who agree where a report has been sent already."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from identity import ledger, people
from identity.ledger import Action, Actor, Entry
from identity.matching import Answer, Match
from identity.models import Doubt, Opinion

Verdict = Literal["same", "different"]
NEEDED_BEFORE_SENDING, NEEDED_AFTER_SENDING = 1, 2


class DoubtFailure(Exception):
    """The opinion cannot be taken; the message says why."""


class AlreadyDecided(DoubtFailure):
    """Others have decided this doubt before."""


class HasSpoken(DoubtFailure):
    """This member of staff has given an opinion on this doubt; a second one has to be somebody else's."""


@transaction.atomic(savepoint=False)
def put(actor: Actor, *, match: Match, about: str, is_sent: bool) -> list[Doubt]:
    """Put each candidate of a match that a person has to decide into the queue; may be repeated.

    `about` is what is looked at, ``report:ID``; `is_sent` whether anybody was told of it yet.
    """
    if match.answer is not Answer.PERSON_DECIDES:
        return []
    needed = NEEDED_AFTER_SENDING if is_sent else NEEDED_BEFORE_SENDING
    known = set(Doubt.objects.filter(about=about).values_list("person", flat=True))
    wanted = {each.person: each for each in match.candidates if each.person not in known}
    raised = Doubt.objects.bulk_create(
        Doubt(
            about=about,
            person_id=each.person,
            bits=each.score.bits,
            evidence=each.score.explained(),
            cautions=list(each.cautions),
            weights=match.weights,
            people_needed=needed,
        )
        for each in wanted.values()
    )
    _enter(actor, Action.DOUBT_RAISED, raised)
    return raised


def sent(about: str) -> None:
    """Ask for two people in the open doubts of what has now been sent."""
    Doubt.objects.filter(about=about, answer="").update(people_needed=NEEDED_AFTER_SENDING)


def waiting(about: str = "") -> QuerySet[Doubt]:
    """Give the doubts that are open, the oldest first; all, or those of one report."""
    found = Doubt.objects.filter(answer="").order_by("raised_at", "pk")
    return found.filter(about=about) if about else found


@transaction.atomic
def decide(actor: Actor, *, doubt: UUID, answer: Verdict) -> Doubt:
    """Take one opinion; the doubt is decided once as many as it needs agree. Raises AlreadyDecided, HasSpoken.

    What follows from it (a merge, a joined report) is the caller's, in the same transaction.
    """
    row = Doubt.objects.select_for_update().get(pk=doubt)
    if row.answer:
        raise AlreadyDecided(f"Doubt {doubt} was decided before: {row.answer}.")
    _, is_new = Opinion.objects.get_or_create(
        doubt=row, by=actor.name, organisation=actor.organisation, defaults={"answer": answer}
    )
    if not is_new:
        raise HasSpoken(f"You have given your opinion on doubt {doubt}; somebody else has to give the next.")
    if row.opinions.filter(answer=answer).count() >= row.people_needed:
        Doubt.objects.filter(pk=row.pk).update(answer=answer, decided_at=Now())
        row.refresh_from_db()
    _enter(actor, Action.DOUBT_DECIDED, [row])
    return row


def _enter(actor: Actor, action: Action, doubts: Sequence[Doubt]) -> None:
    entries = [Entry(action, people.about(each.person_id), each.answer, each.about) for each in doubts]
    ledger.record_many(actor, entries)
