"""Deliveries that a person has to look at: listed by recipient, reason and day, each with its attempts; codes only."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import rules
from tellusonce.deliveries import failures
from tellusonce.deliveries.failures import Wish
from tellusonce.models import Recipient
from tellusonce.web import doors
from tellusonce.web.journeys import controls
from tellusonce.web.operations import tags

MOST_OFFERED = 500
DAYS = ("since", "until")
FILTERS = ("recipient", "reason", *(f"{name}.{part}" for name in DAYS for part in controls.PARTS))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which are asked for, as typed and as read; and what is wrong with it, by control."""

    wish: Wish
    kept: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)


@doors.page(rules.WATCH_FAILURES)
def listed(request: HttpRequest) -> HttpResponse:
    """List them, the oldest first."""
    asked = read(request.GET.dict())
    if "nothing" in request.GET:
        asked.faults["failures"] = _("Tick what is to be put back")
    return show(request, asked)


def show(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Show a page of the list."""
    visitor = doors.visitor_of(request)
    theirs = rules.deliveries_of(visitor, rules.WATCH_FAILURES)
    rows, after = failures.page(theirs, asked.wish, after=_id(str(request.GET.get("after", ""))))
    recipients = Recipient.objects.filter(rules.recipients_of(visitor, rules.WATCH_FAILURES)).order_by("name")
    context = {
        "rows": [(each, *tags.of(each), tags.why(each)) for each in rows],
        "kept": asked.kept,
        "faults": asked.faults,
        "reasons": {each: tags.failed(each) for each in failures.reasons(theirs)},
        "recipients": recipients[:MOST_OFFERED],
        "next": urlencode({**asked.kept, "after": after}) if after else "",
        "first": "?" + urlencode(asked.kept) if request.GET.get("after") else "",
        "most": failures.MOST_AT_ONCE,
        "may_replay": rules.allows(visitor, rules.REPLAY_DELIVERIES),
        "done": _number(request.GET.get("done")),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if asked.faults else HTTPStatus.OK
    return doors.show(request, "operations/failures.html", context, status=status)


@doors.page(rules.WATCH_FAILURES)
def failure(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show one with its attempts."""
    visitor = doors.visitor_of(request)
    delivery = failures.find(rules.deliveries_of(visitor, rules.WATCH_FAILURES), delivery_id)
    if delivery is None:
        raise Http404
    theirs = rules.deliveries_of(visitor, rules.REPLAY_DELIVERIES)
    may = rules.allows(visitor, rules.REPLAY_DELIVERIES)
    context = {
        "delivery": delivery,
        "tag": tags.of(delivery),
        "why": tags.why(delivery),
        "advice": tags.advice(delivery),
        "tries": [(each, tags.outcome(each.result)) for each in failures.tries(delivery)],
        "most_attempts": failures.MOST_ATTEMPTS,
        "may_replay": may and bool(failures.these(theirs, [delivery_id])),
    }
    return doors.show(request, "operations/failure.html", context)


def read(form: Mapping[str, str]) -> Asked:
    """Read which are wished for."""
    kept = {name: form[name] for name in FILTERS if form.get(name)}
    days = {name: _day(kept, name) for name in DAYS}
    faults = {name: _("Enter a real date, like 27 3 2026") for name, (_day_, is_wrong) in days.items() if is_wrong}
    return Asked(
        Wish(kept.get("recipient", ""), kept.get("reason", ""), days["since"][0], days["until"][0]), kept, faults
    )


def _day(form: Mapping[str, str], name: str) -> tuple[dt.date | None, bool]:
    """Give a day, and whether what was typed is none."""
    typed = controls.date(form, name)
    try:
        return (dt.date.fromisoformat(typed) if typed else None), False
    except ValueError:
        return None, True


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
