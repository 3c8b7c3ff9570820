"""Mailboxes: what waits in each and what stops it; and the switch of each."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse

from tellusonce import clocks, events, rules
from tellusonce.deliveries import streams, switches
from tellusonce.deliveries.streams import Wish
from tellusonce.models import Pause, Recipient
from tellusonce.rules import Rule
from tellusonce.web import doors
from tellusonce.web.operations import words

FILTERS = ("name", "state")


@doors.page(rules.WATCH_MAILBOXES)
def listed(request: HttpRequest) -> HttpResponse:
    """List them, by name."""
    visitor = doors.visitor_of(request)
    kept = {name: str(request.GET[name]).strip() for name in FILTERS if request.GET.get(name)}
    theirs = rules.recipients_of(visitor, rules.WATCH_MAILBOXES)
    rows, following = streams.page(theirs, Wish(**kept), after=str(request.GET.get("after", "")))
    at, pauses = clocks.now(), list(Pause.objects.order_by("kind"))
    known = events.kinds()
    context = {
        "rows": [(each, *words.state(each, at), words.oldest(each, at)) for each in rows],
        "enough": streams.ENOUGH,
        "pauses": [
            (each, known[each.kind].title if each.kind in known else "", words.reason(each.reason)) for each in pauses
        ],
        "people": words.people(each.paused_by for each in pauses),
        "kept": kept,
        "next": urlencode({**kept, "after": following}) if following else "",
        "first": "?" + urlencode(kept) if request.GET.get("after") else "",
        "may_operate": rules.allows(visitor, rules.OPERATE_EVERYTHING),
    }
    return doors.show(request, "operations/mailboxes.html", context)


@doors.page(rules.WATCH_MAILBOXES)
def mailbox(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one, with its switch for whoever may use it."""
    return _show(request, slug)


@doors.page(rules.OPERATE_MAILBOXES)
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """Pause or resume one."""
    response = doors.go("mailbox", slug=slug)
    if request.method != "POST":
        return response
    _find(request, slug, rules.OPERATE_MAILBOXES)
    if request.POST.get("reason") not in switches.REASONS:
        return _show(request, slug, has_fault=True)
    turn(request, slug)
    response["Location"] += "?done=yes"
    return response


def turn(request: HttpRequest, what: str) -> None:
    """Pause or resume, as the button says."""
    act = switches.resume if request.POST.get("act") == "resume" else switches.pause
    act(doors.actor(request), what, reason=request.POST["reason"])


def _show(request: HttpRequest, slug: str, *, has_fault: bool = False) -> HttpResponse:
    recipient = _find(request, slug, rules.WATCH_MAILBOXES)
    (stream,), at = streams.of([recipient.pk]), clocks.now()
    context = {
        "at": at,
        "recipient": recipient,
        "stream": stream,
        "state": words.state(stream, at),
        "oldest": words.oldest(stream, at),
        "why": words.reason(stream.mailbox.pause_reason),
        "by": words.people([stream.mailbox.paused_by])[stream.mailbox.paused_by],
        "reply": words.span(stream.mailbox.reply_ms / 1000),
        "reasons": words.REASONS,
        "enough": streams.ENOUGH,
        "may_operate": _may_operate(request, recipient),
        "has_fault": has_fault,
        "done": "done" in request.GET,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if has_fault else HTTPStatus.OK
    return doors.show(request, "operations/mailbox.html", context, status=status)


def _may_operate(request: HttpRequest, recipient: Recipient) -> bool:
    visitor = doors.visitor_of(request)
    theirs = rules.recipients_of(visitor, rules.OPERATE_MAILBOXES)
    is_theirs = Recipient.objects.filter(theirs, pk=recipient.pk).exists()
    return is_theirs and rules.allows(visitor, rules.OPERATE_MAILBOXES)


def _find(request: HttpRequest, slug: str, rule: Rule) -> Recipient:
    theirs = rules.recipients_of(doors.visitor_of(request), rule)
    found = Recipient.objects.filter(theirs, slug=slug, mailbox__isnull=False).select_related("organisation", "route")
    recipient = found.defer("route__documents", "route__settings").first()
    if recipient is None:
        raise Http404
    return recipient
