"""How a delivery stands and what became of its tries, as operators read it."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tellusonce.models import Delivery, Result
from tellusonce.web import phrases

State = Delivery.State

# The classes of tries: see ``tellusonce.verdicts``.
OUTCOMES: Mapping[str, Promise] = {
    "accepted": gettext_lazy("Taken"),
    "duplicate": gettext_lazy("They had it already"),
    "transient": gettext_lazy("Not taken, again later"),
    "throttled": gettext_lazy("They asked for time"),
    "ambiguous": gettext_lazy("Nobody knows"),
    "refused": gettext_lazy("Refused"),
    "misconfigured": gettext_lazy("Set up wrongly"),
    "unsent": gettext_lazy("Never left"),
    "crashed": gettext_lazy("Broke off on our side"),
}
# What we stopped ourselves because sending on blindly could do harm: why, and what to do before it goes on.
STOPPED: Mapping[str, tuple[Promise, Promise]] = {
    "outcome-unknown": (
        gettext_lazy("Nobody knows whether they have it, and they would not notice that it came twice"),
        gettext_lazy("Ask them whether they have it. Put it back only if they do not."),
    ),
    "quarantined": (
        gettext_lazy("It broke off on our side several times in a row"),
        gettext_lazy("Find out what stops the workers before you put it back."),
    ),
    "content-changed": (
        gettext_lazy("It would no longer say what it said before"),
        gettext_lazy("Look at what changed. Have it said anew only if they never took it."),
    ),
    "adapter-changed": (
        gettext_lazy("They are reached another way since it was first tried"),
        gettext_lazy("Look at what changed. Have it said anew only if they never took it."),
    ),
    "purpose-not-spoken": (
        gettext_lazy("Their mapping cannot say that this is no first message"),
        gettext_lazy("Mend the mapping and apply the catalogue, then put it back and have it said anew."),
    ),
    "crashed": (
        gettext_lazy("It could not be said, by a fault on our side"),
        gettext_lazy("Find it in the log by its id. Put it back when the fault is mended."),
    ),
}
# What adapters say of content that does not fit their shape, by how the code begins.
MISFITS = ("mapping-", "element-", "value-", "event-", "register-entry-", "not-json")


def outcome(result: Result | None) -> str:
    """Say what became of a try."""
    return str(OUTCOMES.get(result.outcome, result.outcome)) if result else _("No reply was kept")


def why(delivery: Delivery) -> str:
    """Say why it stands still; nothing where it does not."""
    if delivery.state == State.FAILED:
        return failed(delivery.reason)
    return phrases.reason_in_words(delivery.reason)


def failed(reason: str) -> str:
    """Say why a person has to look; a code of theirs stays as it is."""
    if reason in STOPPED:
        return str(STOPPED[reason][0])
    if reason.startswith(MISFITS):
        return _("It cannot be put into their shape: %(code)s") % {"code": reason}
    return _("They refuse it: %(code)s") % {"code": reason}


def advice(delivery: Delivery) -> str:
    """Say what to do before it is put back."""
    if delivery.state != State.FAILED:
        return ""
    if delivery.reason in STOPPED:
        return str(STOPPED[delivery.reason][1])
    return _("Mend the mapping and apply the catalogue, then put it back and have it said anew.")


def of(delivery: Delivery) -> tuple[str, str]:
    """Sum up a delivery in a word with a colour."""
    if delivery.state == State.FAILED:
        is_ours = delivery.reason in STOPPED or delivery.reason.startswith(MISFITS)
        return (_("Stopped"), "purple") if is_ours else (_("Refused"), "red")
    return {
        State.PENDING: (_("Waiting"), "yellow"),
        State.AVAILABLE: (_("To be fetched"), "yellow"),
        State.SENT: (_("Told"), "blue"),
        State.CLOSED: (_("Answered"), "green"),
    }.get(State(delivery.state), (_("Withheld"), "grey"))
