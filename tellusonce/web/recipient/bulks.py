"""One answer to several messages at once: each is confirmed by itself, and the page says which were taken."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from adapters.contract import Answer
from identity.ledger import Actor
from tellusonce import confirmations, listings, progress, rules
from tellusonce.confirmations import UnknownDelivery
from tellusonce.web import doors
from tellusonce.web.recipient import answering, tags
from tellusonce.web.recipient.messages import DOOR

KEPT = "answered"
TAKEN, SAID_BEFORE, NOT_OPENED = "taken", "before", "not-opened"


@doors.page(rules.CONFIRM_DELIVERY)
def answer(request: HttpRequest) -> HttpResponse:
    """Take one answer for all that are ticked, and go to where it says what became of each."""
    if request.method != "POST":
        return doors.go("inbox")
    ids = _ids(request.POST.getlist("message"))
    filled = answering.read({"answer": request.POST.get("answer", "")})
    can_be_said = request.POST.get("answer", "") in {each.value for each in answering.for_many()}
    if not ids or filled.faults or not can_be_said:
        return _again(has_ticked=bool(ids))
    actor = doors.actor(request)
    request.session[KEPT] = [(str(each), _take(actor, each, filled.answer)) for each in ids]
    return doors.go("inbox-answered")


def _again(*, has_ticked: bool) -> HttpResponse:
    response = doors.go("inbox")
    response["Location"] += "?fault=" + ("answer" if has_ticked else "message")
    return response


@doors.page(rules.CONFIRM_DELIVERY)
def answered(request: HttpRequest) -> HttpResponse:
    """Say what was taken and what was not, and why."""
    fates = dict(request.session.get(KEPT, []))
    organisation = doors.actor(request).organisation
    found = {str(each.pk): each for each in listings.some(organisation, [UUID(each) for each in fates])}
    lines = [
        (tags.line(standing), _words(fates[pk]))
        for pk, standing in zip(found, progress.standings(found.values()), strict=True)
    ]
    context = {
        "taken": [each for each, words in lines if not words],
        "left": [(each, words) for each, words in lines if words],
        "unknown": len(fates) - len(found),
    }
    return doors.show(request, "recipient/answered.html", context)


def _take(actor: Actor, delivery_id: UUID, said: Answer) -> str:
    try:
        return TAKEN if confirmations.take(actor, delivery_id, said, door=DOOR).is_new else SAID_BEFORE
    except UnknownDelivery:
        return NOT_OPENED


def _words(fate: str) -> str:
    """Say why one was not taken; nothing where it was."""
    return {
        SAID_BEFORE: _("You have said this before, so nothing was added."),
        NOT_OPENED: _("Nobody has opened this yet. Open it first, then answer."),
    }.get(fate, "")


def _ids(given: Sequence[str]) -> list[UUID]:
    """Read the ids that were ticked, each once, no more than a page of the list has."""
    found = []
    for each in dict.fromkeys(given[: listings.A_PAGE]):
        try:
            found.append(UUID(each))
        except ValueError:
            continue
    return found
