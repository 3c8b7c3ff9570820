"""One message by the link that was mailed to its recipient: a page that shows nothing, then the message and its answer.

A mail scanner that fetches the link sees the first page alone: to see the message, and again to answer it, a form is
sent.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from tellusonce import announcements, clocks, confirmations, deadlines, links, rules
from tellusonce.links import Opened
from tellusonce.models import Delivery
from tellusonce.web import doors
from tellusonce.web.recipient import answering, messages
from tellusonce.web.recipient.answering import Filled
from tellusonce.web.recipient.messages import Asked

JSON = Any
DOOR = "link"
NOTHING_AROUND: Mapping[str, JSON] = {
    "before": None,
    "following": None,
    "has_keys": False,
    "kept": "",
    "done": False,
    "is_linked": True,
}
State = Delivery.State


@doors.page(rules.FOLLOW_LINK)
def linked(request: HttpRequest, token: str) -> HttpResponse:
    """Show that something waits; with a form, what it says, and take what is said about it."""
    try:
        opened = links.read(token)
    except links.Expired as ended:
        return _ended(request, ended.delivery)
    except links.NoLink:
        return doors.show(
            request, "recipient/link.html", {"state": "unknown", "delivery": None}, status=HTTPStatus.NOT_FOUND
        )
    if opened.delivery.state == State.CLOSED:
        return doors.show(request, "recipient/link.html", {"state": "answered", "delivery": opened.delivery})
    if request.method != "POST":
        return doors.show(request, "recipient/link.html", {"state": "waits", "delivery": opened.delivery})
    return _answer(request, opened) if "answer-it" in request.POST else _show(request, opened, {})


def _answer(request: HttpRequest, opened: Opened) -> HttpResponse:
    filled = answering.read(request.POST.dict(), request.POST.getlist("also"))
    if filled.faults:
        return _show(request, opened, request.POST.dict(), filled)
    confirmations.take(opened.actor, opened.delivery.pk, filled.answer, door=DOOR)
    return doors.show(request, "recipient/link.html", {"state": "taken", "delivery": opened.delivery})


def _ended(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Offer a new link, which goes where the first one went: at most one each day."""
    state = "ended"
    if delivery.state == State.CLOSED:
        state = "answered"
    elif request.method == "POST":
        announcements.again(delivery, turn=f"asked-{deadlines.today(clocks.now())}")
        state = "sent-again"
    return doors.show(request, "recipient/link.html", {"state": state, "delivery": delivery})


def _show(request: HttpRequest, opened: Opened, form: Mapping[str, str], filled: Filled | None = None) -> HttpResponse:
    return messages.show(request, opened.actor, Asked(opened.delivery, form, filled), NOTHING_AROUND)
