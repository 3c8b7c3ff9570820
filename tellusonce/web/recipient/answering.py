"""What an officer can say they did, offered as choices; the first is what their service said most often of late."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adapters.contract import ACTION_CODES, Action, Answer
from tellusonce.events import dates
from tellusonce.models import Confirmation, Delivery
from tellusonce.progress import Standing
from tellusonce.web import phrases
from tellusonce.web.journeys import controls

JSON = Any
LATELY = 200
OFFERED = 4
ACTED = "acted"
NOTE_NEEDED = {
    "needs_information": gettext_lazy("Say what you need to know"),
    "declined": gettext_lazy("Give the reason why you will not act on this"),
    "reversal_refused": gettext_lazy("Give the reason why it cannot be taken back"),
}
TAKING_BACK = (Delivery.Purpose.VOID, Delivery.Purpose.WITHDRAW)
LONGEST_REFERENCE, LONGEST_NOTE = 100, 2000


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose: its value in the form and its words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What was sent: the answer, or what is wrong with it by the name of the field."""

    answer: Answer
    faults: Mapping[str, str] = field(default_factory=dict)


def choices(delivery: Delivery) -> list[Choice]:
    """Offer what fits a message."""
    if delivery.purpose in TAKING_BACK:
        return [*_reversals(), *_others()]
    ranked = [*_said_lately(delivery.recipient_id), *ACTION_CODES]
    codes = list(dict.fromkeys(ranked))[:OFFERED]
    return [*_actions(codes), *_others()]


def for_many() -> list[Choice]:
    """Offer what can be said of several messages at once: what needs no words of its own."""
    needs_none = [each for each in _others() if each.value not in NOTE_NEEDED]
    return [*needs_none, *_actions(ACTION_CODES)]


def more_actions() -> list[Choice]:
    """Offer every action, to be ticked beside the answer."""
    return [Choice(code, phrases.action(code)) for code in ACTION_CODES]


def _actions(codes: Sequence[str]) -> list[Choice]:
    return [Choice(f"{ACTED}:{code}", phrases.action(code)) for code in codes]


def _reversals() -> list[Choice]:
    return [
        Choice("reversed", _("We have taken back what we did, or stopped using it")),
        Choice("reversal_refused", _("We cannot take it back")),
    ]


def _others() -> list[Choice]:
    return [
        Choice("no_match", _("This person is not known here")),
        Choice("nothing_to_do", _("We know this person, and there is nothing to do")),
        Choice("received", _("We have it, and will answer later")),
        Choice("needs_information", _("We need to know more")),
        Choice("declined", _("We will not act on this")),
    ]


def _said_lately(recipient: int) -> list[str]:
    """Name the actions that a service said of late, the most usual first; of no more than LATELY messages."""
    closed = Delivery.objects.filter(recipient=recipient, state=Delivery.State.CLOSED).order_by("-closed_at")
    lately = Confirmation.objects.filter(delivery_id__in=closed.values("pk")[:LATELY], outcome=ACTED)
    said = Counter(each["code"] for actions in lately.values_list("actions", flat=True) for each in actions)
    return [code for code, _count in said.most_common() if code in ACTION_CODES]


def said(standing: Standing) -> list[dict[str, JSON]]:
    """Put what was said before into words."""
    return [
        {
            "words": str(phrases.OUTCOMES[each.outcome]),
            "actions": [phrases.action(action["code"]) for action in each.actions],
            "at": each.occurred_at,
        }
        for each in standing.said
    ]


def read(form: Mapping[str, str], also: Sequence[str] = ()) -> Filled:
    """Read what was chosen; `also` are the actions that were ticked beside it."""
    chosen = form.get("answer", "")
    outcome, _colon, code = chosen.partition(":")
    codes = list(dict.fromkeys(each for each in (code, *also) if each in ACTION_CODES))
    if codes and outcome in ("", ACTED):
        outcome = ACTED
    on, note = controls.date(form, "on"), form.get("note", "").strip()
    answer = Answer(
        outcome,
        tuple(Action(each, on) for each in codes) if outcome == ACTED else (),
        their_reference=form.get("reference", "").strip(),
        note=note,
    )
    return Filled(answer, {name: words for name, words in _faults(answer, codes, on).items() if words})


def _faults(answer: Answer, codes: Sequence[str], on: str | None) -> dict[str, str]:
    known = answer.outcome in {each.value for each in (*_reversals(), *_others())}
    is_chosen = known or (answer.outcome == ACTED and bool(codes))
    return {
        "answer": _unfit(answer, codes) if is_chosen else _("Choose what you did, or what you found"),
        "note": _unfit_note(answer),
        "on": "" if on is None or dates.is_day(on) else _("Enter the day as a real date, like 27 3 2026"),
        "reference": "" if len(answer.their_reference) <= LONGEST_REFERENCE else _("Shorten it to 100 characters"),
    }


def _unfit(answer: Answer, codes: Sequence[str]) -> str:
    if codes and answer.outcome != ACTED:
        return _("You ticked something that you did, and chose an answer that says otherwise. Keep one of the two")
    return ""


def _unfit_note(answer: Answer) -> str:
    if len(answer.note) > LONGEST_NOTE:
        return _("Shorten it to 2,000 characters")
    return "" if answer.note else str(NOTE_NEEDED.get(answer.outcome, ""))
