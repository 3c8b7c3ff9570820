"""Other adults whom a report names: they are asked to tell for themselves, and accept by a code, or decline.

Nothing about them goes to anybody: no agreement can grant it. Whoever accepts starts a report of their own, with what
both have in common filled in, such as the day of a move and its two addresses. Whoever invited them sees what became of
the invitation and nothing else of theirs.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db import transaction

from identity import codes, ledger, vault
from identity.codes import Entered, NotAccepted
from identity.ledger import Action, Actor
from identity.sessions import Visitor
from tellusonce import clocks, events, finding, messages, proving, repeats, reports, rules
from tellusonce.events import Kind
from tellusonce.events.parts import dig
from tellusonce.models import InvitedAdult, Report
from tellusonce.notices import contacts, occasions
from tellusonce.repeats import Done
from tellusonce.rules import Purpose

JSON = Any
Answer = InvitedAdult.Answer
LASTS = dt.timedelta(days=28)
MOST_IN_A_DAY = 20  # by one citizen, so that nobody is pestered through us


class State(StrEnum):
    """What became of an invitation, as whoever invited sees it."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class Standing:
    """One adult who was named: by which name, what became of the invitation, and until when it is good."""

    name: Mapping[str, JSON] = field(repr=False)
    state: State
    expires_at: dt.datetime


def invite(actor: Actor, report: Report) -> list[InvitedAdult]:
    """Ask the other adults whom a submitted report names, once each; expects the transaction of its submission.

    Who cannot be written to is kept as somebody to whom nothing was sent.
    """
    kind = events.find(report.kind)
    named = _named(kind, messages.latest_answers(report)) if kind.invites else []
    return [_invited(actor, report, place, adult) for place, adult in enumerate(named)]


def _named(kind: Kind, told: Mapping[str, JSON]) -> list[Mapping[str, JSON]]:
    found = dig(told, kind.invites) if kind.invites else None
    return list(found) if isinstance(found, list) else [found] if found else []


def _invited(actor: Actor, report: Report, place: int, named: Mapping[str, JSON]) -> InvitedAdult:
    at, code = clocks.now(), codes.make()
    contact = contacts.of_invited(report, named) if _may_ask_more(report, at) else None
    adult = InvitedAdult.objects.create(
        report=report,
        place=place,
        code=codes.digest(code) if contact else None,
        invited_at=at,
        expires_at=at + LASTS,
    )
    if contact:
        occasions.ask_adult(report, contact, adult=adult.pk, code=code)
        ledger.record(actor, action=Action.ADULT_INVITED, about=f"report:{report.pk}", on=_name(adult))
    return adult


def _may_ask_more(report: Report, at: dt.datetime) -> bool:
    """Whether a citizen has not asked too many today already; staff answer for what they send."""
    asked = InvitedAdult.objects.filter(
        report__organisation="",
        report__started_by=report.started_by,
        invited_at__gt=at - dt.timedelta(days=1),
        code__isnull=False,
    )
    return bool(report.organisation) or asked.count() < MOST_IN_A_DAY


def recognise(citizen: Visitor, typed: str, *, address: str) -> InvitedAdult:
    """Give the open invitation of a code to whom it names. Never in a transaction.

    Raises NotAccepted, after the same time as ever, whatever is wrong: what was typed, that it is over or answered, or
    that the code has reached somebody by whose name nobody was invited.
    """
    entered = Entered(typed, by=citizen.name, address=address)
    return codes.enter(entered, lambda digest: _open_to(citizen, code=digest), at=clocks.now())


def find(citizen: Visitor, adult_id: UUID) -> InvitedAdult:
    """Give an invitation that somebody brought the code of, while it is open. Raises NotAccepted."""
    return _open_to(citizen, pk=adult_id)


def _open_to(citizen: Visitor, *, lock: bool = False, **which: Any) -> InvitedAdult:
    adults = InvitedAdult.objects.select_for_update(of=("self",)) if lock else InvitedAdult.objects.all()
    adult = adults.select_related("report__key").filter(**which, answer="", expires_at__gt=clocks.now()).first()
    if adult is None or adult.report_id in rules.opened_by(citizen) or not _is_meant(citizen, adult):
        raise NotAccepted
    return adult


def _is_meant(citizen: Visitor, adult: InvitedAdult) -> bool:
    """Whether part of the name that was proved is part of the name that was given: an address may be mistyped."""
    kind = events.find(adult.report.kind)
    try:
        named = _named(kind, messages.latest_answers(adult.report))[adult.place]["name"]
    except vault.KeyDestroyed:
        return False
    proved = proving.own(citizen, kind).get(kind.teller, {}).get("name", {})
    return bool(_parts(named) & _parts(proved))


def _parts(name: Mapping[str, JSON]) -> set[str]:
    return {finding.plain(each) for each in (*name.get("given", ()), name.get("family", ""))} - {""}


def accept(citizen: Visitor, adult_id: UUID) -> UUID:
    """Start a report of their own, with what both have in common; give its id, the same however often it is sent.

    Raises NotAccepted and NotPermitted, and then nothing is written.
    """

    def write() -> Done:
        adult = _open_to(citizen, lock=True, pk=adult_id)
        kind = events.find(adult.report.kind)
        report = reports.start(citizen, kind, told=_shared(kind, messages.latest_answers(adult.report)))
        _answer(citizen, adult, Answer.ACCEPTED, Action.ADULT_ACCEPTED)
        return Done(HTTPStatus.CREATED, {"report": str(report.pk)})

    done = repeats.once(citizen, f"adult-{adult_id}", said=b"accept", write=write)
    return UUID(done.answer["report"])


def _shared(kind: Kind, told: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: told[name] for name in kind.shared if name in told}


def decline(citizen: Visitor, adult_id: UUID) -> None:
    """Say that they do not want to tell through us. Raises NotAccepted."""
    with transaction.atomic():
        _answer(citizen, _open_to(citizen, lock=True, pk=adult_id), Answer.DECLINED, Action.ADULT_DECLINED)


def _answer(citizen: Visitor, adult: InvitedAdult, answer: Answer, action: Action) -> None:
    """Write down what somebody answered: about them by name, and about the report as the one who was invited."""
    adult.answer, adult.answered_at = answer, clocks.now()
    adult.save(update_fields=["answer", "answered_at"])
    ledger.record(citizen, action=action, about=_name(adult))
    ledger.record(Actor(_name(adult)), action=action, about=f"report:{adult.report_id}")


def _name(adult: InvitedAdult) -> str:
    return f"adult:{adult.pk}"


def of_report(actor: Actor, report: Report) -> Sequence[Standing]:
    """Say what became of each invitation of a report; nothing to whoever may not read whom its answers name."""
    invited = states(actor, report)
    if not invited or report.key.destroyed_at:
        return []
    named = _named(events.find(report.kind), reports.answers(actor, report.pk))
    return [Standing(named[each.place]["name"], state, each.expires_at) for each, state in invited]


def states(actor: Actor, report: Report) -> Sequence[tuple[InvitedAdult, State]]:
    """Do the same without saying who they are, in the order in which the answers name them."""
    if not events.find(report.kind).invites or not _may_read(actor):
        return []
    invited = list(InvitedAdult.objects.filter(report=report).order_by("place"))
    at = clocks.now()
    return [(each, state_of(each, at)) for each in invited]


def _may_read(actor: Actor) -> bool:
    if actor.on_behalf_of:
        return Purpose.ANSWER in actor.purposes
    return rules.ANSWER_REPORT.scope in actor.scopes


def state_of(adult: InvitedAdult, at: dt.datetime) -> State:
    """Name what became of an invitation at that moment: that it lapses nobody writes down."""
    if adult.answer:
        return State(adult.answer)
    if adult.code is None:
        return State.UNSENT
    return State.INVITED if adult.expires_at > at else State.LAPSED
