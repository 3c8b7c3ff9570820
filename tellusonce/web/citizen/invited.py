"""Another adult who was invited: the code that reached them, what it is about, and their yes or no."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from identity.codes import NotAccepted
from identity.ledger import Actor
from tellusonce import adults, events, rules
from tellusonce.adults import State
from tellusonce.models import Report
from tellusonce.visits.doors import address_of
from tellusonce.web import doors, phrases
from tellusonce.web.journeys import words

LONGEST_CODE = 100
CODE_OF = "invited"  # in the visit: the invitation whose code was entered
COLOURS = {
    State.INVITED: "yellow",
    State.ACCEPTED: "green",
    State.DECLINED: "grey",
    State.LAPSED: "grey",
    State.UNSENT: "red",
}


@doors.page(rules.KEEP_REPORTS)
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for the code of an invitation; of whoever has not proved who they are, to do that first."""
    visitor, typed = doors.visitor_of(request), request.POST.get("code", "").strip()[:LONGEST_CODE]
    if request.method != "POST" or not rules.allows(visitor, rules.ANSWER_INVITATION):
        return _asked(request)
    if not typed:
        return _asked(request, fault=_("Enter the code"))
    try:
        adult = adults.recognise(visitor, typed, address=address_of(request))
    except NotAccepted:
        return _asked(request, fault=_not_taken())
    request.session[CODE_OF] = str(adult.pk)
    return doors.go("answer-invitation")


def _not_taken() -> str:
    return _(
        "This is no code that you can use. Check it, or ask whoever invited you. "
        "After five tries nothing is taken for 20 minutes"
    )


def _asked(request: HttpRequest, *, fault: str = "") -> HttpResponse:
    context = {
        "is_proved": rules.allows(doors.visitor_of(request), rules.ANSWER_INVITATION),
        "code": request.POST.get("code", "")[:LONGEST_CODE],
        "fault": fault,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
    return doors.show(request, "citizen/invitation.html", context, status=status)


@doors.page(rules.ANSWER_INVITATION)
def answer(request: HttpRequest) -> HttpResponse:
    """Show what the invitation is about, and take the answer; sent twice, it is done once."""
    visitor, entered = doors.visitor_of(request), request.session.get(CODE_OF, "")
    if not entered:
        return doors.go("invitation")
    try:
        if request.method != "POST":
            kind = events.find(adults.find(visitor, UUID(entered)).report.kind)
            return doors.show(request, "citizen/answer-invitation.html", {"kind": _(kind.title)})
        if "accept" in request.POST:
            return doors.go("report", report_id=adults.accept(visitor, UUID(entered)))
        adults.decline(visitor, UUID(entered))
    except NotAccepted:
        del request.session[CODE_OF]
        return _asked(request, fault=_not_taken())
    return doors.go("invitation-declined")


@doors.page(rules.ANSWER_INVITATION)
def declined(request: HttpRequest) -> HttpResponse:
    """Say that nothing will be told."""
    return doors.show(request, "citizen/invitation-declined.html")


def lines(actor: Actor, report: Report) -> Sequence[dict[str, object]]:
    """Say of each adult whom somebody invited what became of it, as the page on which they follow shows it."""
    return [
        {
            "name": words.name(each.name),
            "tag": phrases.INVITED[each.state],
            "colour": COLOURS[each.state],
            "until": each.expires_at if each.state is State.INVITED else None,
            "is_theirs_to_ask": each.state in {State.LAPSED, State.UNSENT},
        }
        for each in adults.of_report(actor, report)
    ]
