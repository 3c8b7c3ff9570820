"""What happens next with one recipient, and what somebody can do about it themselves: no state is a dead end."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tellusonce.disclosure import Reason
from tellusonce.models import Delivery
from tellusonce.web import phrases

State = Delivery.State
Words = Mapping[str, Promise | str]

_YOURSELF = gettext_lazy("Tell them yourself.")
_IF_URGENT = gettext_lazy("If it cannot wait, tell them yourself.")
_ASK_FIRST = gettext_lazy(
    "They may have been told already. Ask them whether they have been before you tell them again."
)
_NOTHING_NOW = gettext_lazy("There is nothing for you to do.")
UNTOLD: Words = {
    Reason.RECIPIENT_INACTIVE: _YOURSELF,
    Reason.NOT_ASSURED: _YOURSELF,
    Reason.NO_AGREEMENT: _YOURSELF,
    Reason.NOT_IN_FORCE: _YOURSELF,
    Reason.CONSENT_NEEDED: gettext_lazy(
        "They are told as soon as you say that they may be. Otherwise you need do nothing."
    ),
    Reason.CONSENT_REFUSED: gettext_lazy(
        "If you have changed your mind, you can let us tell them, or tell them yourself."
    ),
    Reason.CONSENT_WITHDRAWN: gettext_lazy("If you want something from them, turn to them yourself."),
    Reason.NOT_CHOSEN: gettext_lazy("If they should know after all, tell them yourself."),
    Reason.UNVERIFIED: gettext_lazy(
        "They are told as soon as it has been. If a register office gave you your reference number, there is nothing "
        "for you to do; otherwise tell it to the register office."
    ),
    Reason.POSSIBLE_DUPLICATE: gettext_lazy(
        "There is nothing for you to do: when that is clear they are told, unless they have been."
    ),
    Reason.DUPLICATE: _NOTHING_NOW,
    Reason.GRANT_NARROWED: _IF_URGENT,
    Reason.ERASED: _YOURSELF,
}
ANSWERED: Words = {
    "no_match": gettext_lazy("If you think that they should know this person, ask them."),
    "declined": gettext_lazy("Ask them why, and what you can do now."),
    "reversal_refused": gettext_lazy("Ask them why, and what you can do now."),
    "contested": gettext_lazy("They have said two things that do not go together. Ask them which of the two is right."),
}
_WHY: Words = {Reason.NOT_CHOSEN: gettext_lazy("This service was left out when the report was sent.")}


def why(reason: str) -> str:
    """Say why somebody is not told; nothing where there is no reason."""
    return str(_WHY.get(reason) or phrases.reason_in_words(reason))


def untold(reason: str, *, may_have_been_told: bool) -> str:
    """Say what to do about a recipient that is not told, or of which nobody knows whether it was."""
    return str(_ASK_FIRST if may_have_been_told else UNTOLD.get(reason, _IF_URGENT))


def answered(outcome: str) -> str:
    """Say what to do about an answer; nothing where it is well."""
    return str(ANSWERED.get(outcome, ""))


def late(delivery: Delivery) -> str:
    """Say what happens when an answer is late."""
    late = _("It counts as late and stays open until they answer. If it cannot wait, ask them yourself.")
    return late if delivery.state == State.SENT else f"{awaited(delivery)} {late}"


def awaited(delivery: Delivery) -> str:
    """Say what is going on while an answer is awaited."""
    if delivery.state == State.PENDING and delivery.may_have_been_told:
        return _(
            "We have tried to tell them, and have not heard that it arrived. They may have been told already; we go on "
            "trying."
        )
    if delivery.state == State.PENDING:
        return _("They are being told now.")
    if delivery.state == State.AVAILABLE:
        return _("It waits for them, and they have not looked at it yet.")
    if delivery.outcome == "needs_information":
        return _("Ask them what they need to know.")
    return _("They have not said yet what they have done.")
