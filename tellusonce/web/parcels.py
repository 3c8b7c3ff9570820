"""Each recipient of a report like a parcel: told, received, found, done, due; in words, and without personal data.

What was sent is never shown as done, and what may have arrived is never shown as not told.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tellusonce.models import Delivery, Recipient
from tellusonce.progress import Said, Standing
from tellusonce.web import advice, phrases
from tellusonce.web.journeys import words

State = Delivery.State
MOST_STEPS = 6
# How far it has got in a word, with a colour that says nothing beside it.
ANSWERED: Mapping[str, tuple[Promise | str, str]] = {
    "acted": (gettext_lazy("Done"), "green"),
    "nothing_to_do": (gettext_lazy("Nothing to do"), "green"),
    "reversed": (gettext_lazy("Taken back"), "green"),
    "no_match": (gettext_lazy("Not known there"), "grey"),
    "declined": (gettext_lazy("Will not act"), "red"),
    "reversal_refused": (gettext_lazy("Not taken back"), "red"),
    "contested": (gettext_lazy("Not clear yet"), "orange"),
}
HEARD: Mapping[str, tuple[Promise | str, str]] = {
    "": (gettext_lazy("Told"), "teal"),
    "received": (gettext_lazy("Received"), "teal"),
    "matched": (gettext_lazy("Found"), "blue"),
    "multiple_candidates": (gettext_lazy("Looking into it"), "blue"),
    "manual_review": (gettext_lazy("Looking into it"), "blue"),
    "needs_information": (gettext_lazy("Needs to know more"), "purple"),
}
UNTOLD: Mapping[str, tuple[Promise | str, str]] = {
    State.PENDING: (gettext_lazy("Being told"), "yellow"),
    State.AVAILABLE: (gettext_lazy("Waiting for them"), "yellow"),
}
LATE = (gettext_lazy("Late"), "orange")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, and what exactly was done if something was."""

    at: dt.datetime
    words: str
    actions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One recipient: how far it has got in a word, what happened so far, and what is to be done or expected now.

    `standings` are all that it was owed about the report, oldest first; the last one says how far it has got.
    `asks` says that whoever told us may have to turn to the recipient themselves.
    """

    standings: Sequence[Standing]
    tag: str
    colour: str
    steps: Sequence[Step]
    why: str
    now: str
    asks: bool

    @property
    def delivery(self) -> Delivery:
        """What it was owed last."""
        return self.standings[-1].delivery

    @property
    def first(self) -> Delivery:
        """What it was owed first, by which its page is known."""
        return self.standings[0].delivery

    @property
    def recipient(self) -> Recipient:
        """Who it is."""
        return self.delivery.recipient

    @property
    def is_untold(self) -> bool:
        """Nothing more is sent to it, and it has not answered."""
        return self.delivery.state in {State.WITHHELD, State.FAILED}

    @property
    def has_answered(self) -> bool:
        """It has said what it has done in the end."""
        return self.delivery.state == State.CLOSED

    @property
    def is_late(self) -> bool:
        """It should have answered by now."""
        return self.standings[-1].is_overdue

    @property
    def due(self) -> dt.date | None:
        """The last day on which an answer is in time; nothing where none is awaited."""
        return self.delivery.confirm_by if self.delivery.state in Delivery.OPEN else None

    @property
    def latest(self) -> Sequence[Step]:
        """As many steps as a list has room for."""
        return self.steps[-MOST_STEPS:]

    @property
    def whom_to_ask(self) -> str:
        """Where to turn to, as the catalogue has it, or whose service it is."""
        return self.recipient.contact or self.recipient.organisation.name


def of(standings: Iterable[Standing]) -> list[Parcel]:
    """Make one parcel of all that each recipient was owed, by name; recipients' organisations are to be at hand."""
    ordered = sorted(standings, key=lambda each: (each.delivery.recipient_id, each.delivery.sequence))
    found = [_parcel(list(theirs)) for _key, theirs in groupby(ordered, key=lambda each: each.delivery.recipient_id)]
    return sorted(found, key=lambda each: each.recipient.name.casefold())


def _parcel(standings: Sequence[Standing]) -> Parcel:
    last = standings[-1]
    may_have_been_told = any(each.delivery.may_have_been_told for each in standings)
    steps = sorted((step for each in standings for step in _steps(each)), key=lambda step: step.at)
    tag, colour = _tag(last, may_have_been_told=may_have_been_told)
    why = advice.why(last.delivery.reason)
    now, asks = _now(last, may_have_been_told=may_have_been_told)
    return Parcel(standings, tag, colour, steps, why, now, asks)


def _steps(standing: Standing) -> Iterator[Step]:
    delivery = standing.delivery
    is_withdrawal = delivery.purpose == Delivery.Purpose.WITHDRAW
    if is_withdrawal:
        yield Step(delivery.created_at, _("The permission was taken back"))
    if delivery.sent_at:
        yield Step(delivery.sent_at, _("Told that the permission was taken back") if is_withdrawal else _("Told"))
    yield from _heard(standing.said)


def _heard(said: Iterable[Said]) -> Iterator[Step]:
    """Give what they said; the same again is not said again."""
    last, known = "", set[str]()
    for each in said:
        new = [done for done in map(_done, each.actions) if done not in known]
        if each.outcome != last or new:
            yield Step(each.occurred_at, str(phrases.OUTCOMES[each.outcome]), new)
        last = each.outcome
        known.update(new)


def _done(action: dict[str, Any]) -> str:
    done = phrases.action(action["code"])
    return _("%(action)s on %(day)s") % {"action": done, "day": words.day(action["on"])} if action.get("on") else done


def _tag(standing: Standing, *, may_have_been_told: bool) -> tuple[str, str]:
    delivery = standing.delivery
    if delivery.state in {State.WITHHELD, State.FAILED}:
        return (_("May have been told"), "orange") if may_have_been_told else (_("Not told"), "red")
    if delivery.state == State.CLOSED:
        words, colour = ANSWERED[delivery.outcome]
    elif standing.is_overdue:
        words, colour = LATE
    else:
        words, colour = HEARD[delivery.outcome] if delivery.state == State.SENT else UNTOLD[delivery.state]
    return str(words), colour


def _now(standing: Standing, *, may_have_been_told: bool) -> tuple[str, bool]:
    """Say what is to be done or expected now, and whether they may have to be asked."""
    delivery = standing.delivery
    if delivery.state in {State.WITHHELD, State.FAILED}:
        return advice.untold(delivery.reason, may_have_been_told=may_have_been_told), True
    if delivery.state == State.CLOSED:
        return advice.answered(delivery.outcome), delivery.outcome in advice.ANSWERED
    if standing.is_overdue:
        return advice.late(delivery), True
    return advice.awaited(delivery), delivery.outcome == "needs_information"
