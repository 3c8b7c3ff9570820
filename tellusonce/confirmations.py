"""The one door for what recipients say they did, whichever way it came: none is ever lost, none counted twice."""

import datetime as dt
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from adapters.contract import Answer, OwnNumber
from identity import identifiers, ledger, numbers, people, vault
from identity.ledger import Action, Actor
from tellusonce import clocks, metrics, synthetics
from tellusonce.deliveries import closing
from tellusonce.models import Confirmation, Delivery, Route

logger = logging.getLogger(__name__)

# Whoever says one of these has found nobody, or several, and can name no number of theirs.
NOBODY_FOUND = ("no_match", "multiple_candidates")
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
CLOCKS_DIFFER_BY = dt.timedelta(minutes=15)
USUAL = "rest"  # the door of whoever has none of their own
REHEARSED = "rehearsed"  # the state of a message about nobody, which is no delivery


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of what was said: whether it is new, and where its delivery stands now."""

    is_new: bool
    state: str
    outcome: str


class UnknownDelivery(LookupError):
    """There is no such delivery, or it is another organisation's, or it was never told to them: not said which."""

    def __init__(self) -> None:
        super().__init__("You have no delivery with this id. Use the id that came with the message.")


class Implausible(ValueError):
    """The time that they say it happened cannot be right."""

    def __init__(self) -> None:
        super().__init__("This must be a time between the year 2000 and now; check it, and its offset from UTC")


class UnfitNumbers(ValueError):
    """Some of their numbers cannot be right: `faults` has, by place in the list, which part and why."""

    def __init__(self, faults: Mapping[int, tuple[str, str]]) -> None:
        super().__init__(" ".join(words.rstrip(".") + "." for _, words in faults.values()))
        self.faults = faults


def find(delivery_id: UUID, *, organisation: str) -> Delivery:
    """Give a delivery that this organisation was told of, with its report and recipient. Raises UnknownDelivery."""
    theirs = _told_to(organisation).select_related("report", "recipient__route")
    delivery = theirs.filter(pk=delivery_id).first()
    if delivery is None:
        raise UnknownDelivery
    return delivery


def take(actor: Actor, delivery_id: UUID, answer: Answer, *, door: str = "") -> Taken:
    """Record what a client says, and that it did; see `record`. It came by the door named, or the one of its route.

    What is said of a message about nobody, by which a recipient is checked, is kept apart, and is no confirmation.
    Raises UnknownDelivery, Implausible and UnfitNumbers, and then nothing is written.
    """
    _check(answer.occurred_at)
    if unfit := _unfit(answer):
        raise UnfitNumbers(unfit)
    if synthetics.owns(delivery_id):
        return _rehearsed(actor, delivery_id, answer, door=door or USUAL)
    speaker = Actor(actor.name, actor.organisation)
    with transaction.atomic():
        delivery = _theirs(delivery_id, actor.organisation)
        by = door or _door(delivery)
        is_new = _record(delivery, answer, speaker=speaker, door=by)
        if is_new:
            about = f"delivery:{delivery_id}"
            ledger.record(actor, action=Action.CONFIRMATION_RECORDED, about=about, purpose=answer.outcome, on=by)
    return Taken(is_new, delivery.state, delivery.outcome)


def _rehearsed(actor: Actor, message_id: UUID, answer: Answer, *, door: str) -> Taken:
    is_new = synthetics.take(message_id, answer, organisation=actor.organisation, door=door)
    if is_new is None:
        raise UnknownDelivery
    return Taken(is_new, REHEARSED, answer.outcome)


def _door(delivery: Delivery) -> str:
    route = delivery.recipient.route
    return Route.INBOX if route is not None and route.adapter == Route.INBOX else USUAL


def take_reply(delivery_id: UUID, answer: Answer, *, organisation: str, recipient: str) -> bool:
    """Record what came in the reply to our own sending; a time or a number that cannot be right is left out."""
    try:
        _check(answer.occurred_at)
    except Implausible:
        answer = replace(answer, occurred_at=None)
    unfit = _unfit(answer)
    answer = replace(answer, numbers=tuple(each for place, each in enumerate(answer.numbers) if place not in unfit))
    return record(delivery_id, answer, organisation=organisation, given_by=recipient, door="reply")


def _check(occurred_at: dt.datetime | None) -> None:
    if occurred_at is None:
        return
    latest = clocks.now() + CLOCKS_DIFFER_BY
    if not EARLIEST <= occurred_at <= latest:
        raise Implausible


def _unfit(answer: Answer) -> dict[int, tuple[str, str]]:
    """Say what is wrong with each number that cannot be learnt, by its place."""
    if answer.outcome in NOBODY_FOUND:
        words = f"Whoever answers {answer.outcome} can have no number of the person; leave it out"
        return dict.fromkeys(range(len(answer.numbers)), ("value", words))
    found = ((place, _fault(each)) for place, each in enumerate(answer.numbers))
    return {place: fault for place, fault in found if fault}


def _fault(number: OwnNumber) -> tuple[str, str] | None:
    try:
        identifiers.normalise(number.scheme, number.value)
    except identifiers.UnknownScheme as error:
        return "scheme", str(error)
    except identifiers.NotAnIdentifier as error:
        return "value", str(error)
    return None


def record(delivery_id: UUID, answer: Answer, *, organisation: str, given_by: str, door: str) -> bool:
    """Keep what was said and let the delivery follow; False when the very same was said before.

    `organisation` is the slug of whoever speaks. Safe to repeat; times may come in any order. Raises UnknownDelivery.
    """
    with transaction.atomic():
        delivery = _theirs(delivery_id, organisation)
        return _record(delivery, answer, speaker=Actor(given_by, organisation), door=door)


def _record(delivery: Delivery, answer: Answer, *, speaker: Actor, door: str) -> bool:
    """Keep it, unless it is known already. Expects the row of the delivery to be locked."""
    earlier = Confirmation.objects.filter(delivery_id=delivery.pk).order_by("-recorded_at")
    said = list(earlier.only("mark", "occurred_at", "outcome"))
    mark = _new_mark(answer, [bytes(each.mark) for each in said])
    if mark is None:
        return False
    was = delivery.outcome
    kept = _keep(delivery, answer, mark=mark, given_by=speaker.name, door=door)
    _learn(delivery, answer.numbers, speaker=speaker, learnt_from=f"confirmation:{kept.pk}")
    outcome = closing.outcome_of((each.occurred_at, each.outcome) for each in (*said, kept))
    closing.apply(delivery, outcome, at=kept.recorded_at)
    metrics.CONFIRMATIONS.labels(door, answer.outcome).inc()
    metrics.CONTESTED.inc(outcome == closing.CONTESTED != was)
    return True


def _theirs(delivery_id: UUID, organisation: str) -> Delivery:
    locked = _told_to(organisation).select_for_update(of=("self",))
    found = locked.select_related("report__key", "recipient__route")
    delivery = found.filter(pk=delivery_id).first()
    if delivery is None:
        raise UnknownDelivery
    return delivery


def _told_to(organisation: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(recipient__organisation__slug=organisation, tries__gt=0)


def _mark(answer: Answer, *, after: bytes) -> bytes:
    """Digest what was said; a moment is the same in any time zone.

    What is said without a time is known again only if it is the last thing that was said: things may change and
    change back.
    """
    said = asdict(answer) | {"occurred_at": answer.occurred_at.timestamp() if answer.occurred_at else None}
    if not answer.numbers:
        del said["numbers"]  # what was said before there were numbers is known again
    return vault.digest(
        "confirmation", (b"" if answer.occurred_at else after) + json.dumps(said, sort_keys=True).encode()
    )


def _new_mark(answer: Answer, marks: Sequence[bytes]) -> bytes | None:
    """Give what it is to be known by after these, the newest first; None where it is known already."""
    last, before_last = (*marks, b"", b"")[:2]
    if _mark(answer, after=before_last) == last or (answer.occurred_at and _mark(answer, after=b"") in marks):
        return None
    return _mark(answer, after=last)


def _keep(delivery: Delivery, answer: Answer, *, mark: bytes, given_by: str, door: str) -> Confirmation:
    moment = clocks.now()
    confirmation = Confirmation(
        delivery_id=delivery.pk,
        outcome=answer.outcome,
        actions=[asdict(action) for action in answer.actions],
        mark=mark,
        came_by=door,
        given_by=given_by,
        occurred_at=answer.occurred_at or moment,
        recorded_at=moment,
    )
    words = {
        "their_reference": answer.their_reference,
        "note": answer.note,
        "numbers": [asdict(each) for each in answer.numbers],
    }
    if any(words.values()):
        place = f"tellusonce_confirmation.sealed:{confirmation.pk}"
        confirmation.sealed = vault.seal(delivery.report.key, json.dumps(words).encode(), place=place)
    confirmation.save(force_insert=True)
    return confirmation


def _learn(delivery: Delivery, theirs: Sequence[OwnNumber], *, speaker: Actor, learnt_from: str) -> None:
    """Keep their numbers of the subject for the next report; where the person is not known, there is nobody to keep."""
    subject = delivery.report.subject
    if subject is None:
        return
    for each in theirs:
        try:
            numbers.learn(
                speaker,
                person=subject,
                organisation=speaker.organisation,
                scheme=each.scheme,
                value=each.value,
                learnt_from=learnt_from,
            )
        except (people.UnknownPerson, vault.KeyDestroyed):
            logger.info("%s brought a number of somebody who has been forgotten", learnt_from)
            return
