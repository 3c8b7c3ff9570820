"""The flow as it is now: what recipients were told of late, and how what they are owed stands; nothing of anybody."""

from django.http import HttpRequest, HttpResponse

from tellusonce import clocks, rules
from tellusonce.deliveries import flows
from tellusonce.deliveries.streams import ENOUGH
from tellusonce.models import Mailbox
from tellusonce.web import doors
from tellusonce.web.operations import drawings

MOST_DRAWN = 24
HOUR = "hour"


@doors.page(rules.WATCH_MAILBOXES)
def flow(request: HttpRequest) -> HttpResponse:
    """Draw it, with lines as thick as what went along them in the last day or hour."""
    theirs = rules.recipients_of(doors.visitor_of(request), rules.WATCH_MAILBOXES)
    found, at = flows.busiest(theirs, limit=MOST_DRAWN), clocks.now()
    is_hour = request.GET.get("span") == HOUR
    volumes = {each.recipient.pk: each.hour if is_hour else each.day for each in found}
    stopped = frozenset(each.recipient.pk for each in found if _is_stopped(each.mailbox))
    context = {
        "at": at,
        "flows": [(each, each.recipient.pk in stopped) for each in found],
        "drawings": [drawings.draw(sheet, found, volumes, stopped) for sheet in (drawings.DESK, drawings.PHONE)],
        "bar": drawings.BAR,
        "is_hour": is_hour,
        "total": sum(volumes.values()),
        "most": MOST_DRAWN,
        "enough": ENOUGH,
    }
    return doors.show(request, "operations/flow.html", context)


def _is_stopped(mailbox: Mailbox) -> bool:
    """Whether nothing goes there at present."""
    return mailbox.paused_at is not None or (mailbox.open_until is not None and mailbox.open_until > clocks.now())
