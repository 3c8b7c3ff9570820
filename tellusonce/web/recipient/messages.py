"""One message a page: what was told, in plain words, and the answer to it. Showing it is a fetch, and kept as one."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from identity.ledger import Actor
from tellusonce import confirmations, deadlines, events, inbox, listings, progress, rules
from tellusonce.models import Delivery, Route
from tellusonce.web import doors
from tellusonce.web.journeys import tellings
from tellusonce.web.journeys.tellings import Section
from tellusonce.web.recipient import answering, listed, tags
from tellusonce.web.recipient.answering import Filled

JSON = Any
DOOR = "page"
State = Delivery.State


@dataclass(frozen=True, slots=True)
class Asked:
    """A message, what was typed about it so far, and what is wrong with that."""

    delivery: Delivery
    form: Mapping[str, str]
    filled: Filled | None = None


@doors.page(rules.FETCH_INBOX)
def message(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show a message, and take what is said about it."""
    actor = doors.actor(request)
    delivery = listings.find(actor.organisation, delivery_id)
    if request.method != "POST":
        return _show(request, delivery, {})
    filled = answering.read(request.POST.dict(), request.POST.getlist("also"))
    if filled.faults:
        return _show(request, delivery, request.POST.dict(), filled)
    confirmations.take(actor, delivery_id, filled.answer, door=DOOR)
    return _on(request, actor, delivery)


def _on(request: HttpRequest, actor: Actor, delivery: Delivery) -> HttpResponse:
    """Go on to the next message of the list, or back to the list after the last."""
    kept, wish = listed.kept_of(request.GET), listed.wish_of(request.GET)
    following = listings.neighbours(actor.organisation, wish, delivery)[1]
    where = reverse("message", kwargs={"delivery_id": following}) if following else reverse("inbox")
    response = HttpResponseRedirect(f"{where}?{urlencode({**kept, 'done': delivery.pk})}")
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _show(
    request: HttpRequest, delivery: Delivery, form: Mapping[str, str], filled: Filled | None = None
) -> HttpResponse:
    actor, wish, kept = doors.actor(request), listed.wish_of(request.GET), listed.kept_of(request.GET)
    before, following = listings.neighbours(actor.organisation, wish, delivery)
    around = {
        "before": before,
        "following": following,
        "has_keys": listed.KEYS in kept,
        "kept": urlencode(kept),
        "done": "done" in request.GET,
        "is_linked": False,
    }
    return show(request, actor, Asked(delivery, form, filled), around)


def show(request: HttpRequest, actor: Actor, asked: Asked, around: Mapping[str, JSON]) -> HttpResponse:
    """Show a message and the form for its answer; `around` is what leads on from it."""
    delivery = asked.delivery
    sections, today = _fetched(actor, delivery), deadlines.today(timezone.now())
    (standing,) = progress.standings([delivery], today=today)
    context = {
        "line": tags.line(standing),
        "sections": sections,
        "said": answering.said(standing),
        "choices": answering.choices(delivery),
        "more": answering.more_actions(),
        "ticked": request.POST.getlist("also"),
        "form": asked.form,
        "faults": asked.filled.faults if asked.filled else {},
        "is_pushed": not _is_fetched(delivery),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if asked.filled else HTTPStatus.OK
    return doors.show(request, "recipient/message.html", {**context, **around}, status=status)


def _is_fetched(delivery: Delivery) -> bool:
    route = delivery.recipient.route
    return route is not None and route.adapter == Route.INBOX


def _fetched(actor: Actor, delivery: Delivery) -> list[Section]:
    """Fetch the message, and give what may be shown of it; nothing of what was sent to their own system or answered."""
    if not _is_fetched(delivery) or delivery.state not in {State.AVAILABLE, State.SENT}:
        return []
    page = inbox.fetch(actor, inbox.Wish(delivery=delivery.pk, limit=1))
    if not delivery.tries:
        delivery.refresh_from_db(fields=["state", "tries", "sent_at", "reason"])
    kind = events.find(delivery.report.kind)
    return [section for item in page.items for section in tellings.sections(kind, item.message.fields)]
