"""How far a message has got, as its officer sees it: in a word, with a colour that says nothing beside it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tellusonce import events, listings
from tellusonce.models import Delivery
from tellusonce.progress import Standing
from tellusonce.web.phrases import OUTCOMES

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the list."""

    delivery: Delivery
    happened: str
    tag: str
    colour: str
    outcome: str
    is_overdue: bool


def line(standing: Standing) -> Line:
    """Sum up one message."""
    delivery = standing.delivery
    outcome = str(OUTCOMES[delivery.outcome]) if delivery.outcome else ""
    return Line(delivery, happened(delivery), *_tag(standing), outcome, standing.is_overdue)


def happened(delivery: Delivery) -> str:
    """Say what it is about."""
    title = _(events.find(delivery.report.kind).title)
    return {
        Delivery.Purpose.WITHDRAW: _("Permission withdrawn: %s") % title,
        Delivery.Purpose.CORRECT: _("Correction: %s") % title,
        Delivery.Purpose.VOID: _("Reported in error: %s") % title,
    }.get(Delivery.Purpose(delivery.purpose), title)


def states() -> dict[str, str]:
    """Give the states that the list can be cut down to, in words."""
    return {
        "": _("Not answered"),
        listings.NEW: _("New"),
        listings.OPEN: _("Opened or sent, not answered"),
        listings.ANSWERED: _("Answered"),
    }


def _tag(standing: Standing) -> tuple[str, str]:
    delivery = standing.delivery
    if delivery.state == State.CLOSED:
        return _("Answered"), "green"
    if standing.is_overdue:
        return _("Late"), "red"
    if delivery.state == State.AVAILABLE:
        return _("New"), "blue"
    if delivery.outcome:
        return _("In hand"), "light-blue"
    return _("Open"), "yellow"
