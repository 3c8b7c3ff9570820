"""The list of what an officer's organisation was told: filtered, paged, and as a file. Nothing personal stands in it.

So a download is no sight of anybody, and the ledger has no entry for it; each message that is opened has its own.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from tellusonce import events, listings, progress, rules
from tellusonce.listings import Wish
from tellusonce.progress import Standing
from tellusonce.web import doors
from tellusonce.web.recipient import answering, tags

FILTERS = ("recipient", "kind", "state")
KEYS = "keys"
MOST_ROWS = 10_000
# OWASP, "CSV Injection" (read November 2026): what a spreadsheet takes for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@doors.page(rules.SEE_DELIVERY)
def listed(request: HttpRequest) -> HttpResponse:
    """Show a page of the list."""
    organisation, wish = doors.actor(request).organisation, wish_of(request.GET)
    page = listings.page(organisation, wish, after=_after(request.GET))
    kept = kept_of(request.GET)
    context = {
        "rows": [tags.line(each) for each in progress.standings(page.rows)],
        "wish": wish,
        "recipients": listings.recipients(organisation),
        "kinds": events.kinds().values(),
        "states": tags.states(),
        "overdue": listings.overdue(organisation),
        "most_counted": listings.MOST_COUNTED,
        "answers": answering.for_many(),
        "may_answer": rules.allows(doors.visitor_of(request), rules.CONFIRM_DELIVERY),
        "has_keys": KEYS in kept,
        "kept": urlencode(kept),
        "next": urlencode({**kept, "after": page.after}) if page.after else "",
        "is_first": "after" not in request.GET,
        "other_keys": urlencode({**kept, KEYS: "on"} if KEYS not in kept else _without_keys(kept)),
        "fault": request.GET.get("fault", ""),
        "done": "done" in request.GET,
    }
    return doors.show(request, "recipient/inbox.html", context)


@doors.page(rules.SEE_DELIVERY)
def download(request: HttpRequest) -> HttpResponse:
    """Give the list as a file, up to MOST_ROWS."""
    organisation, wish = doors.actor(request).organisation, wish_of(request.GET)
    response = HttpResponse("".join(_lines(organisation, wish)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="inbox.csv"'
    return response


def wish_of(asked: QueryDict) -> Wish:
    """Read which are wished for."""
    given = {name: str(asked.get(name, "")) for name in FILTERS}
    return Wish(**given) if given["state"] in ("", *listings.STATES) else Wish(given["recipient"], given["kind"])


def kept_of(asked: QueryDict) -> dict[str, str]:
    """Give what goes along from page to page: the filters, and whether somebody works by keys."""
    return {name: str(asked[name]) for name in (*FILTERS, KEYS) if asked.get(name)}


def _without_keys(kept: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in kept.items() if name != KEYS}


def _after(asked: QueryDict) -> UUID | None:
    try:
        return UUID(str(asked["after"])) if asked.get("after") else None
    except ValueError:
        return None


def _lines(organisation: str, wish: Wish) -> Iterator[str]:
    head = [_("Reference"), _("What happened"), _("Service"), _("Told on"), _("Answer by"), _("State"), _("Answer")]
    yield "\ufeff" + _row([*head, _("Message")])  # Excel reads UTF-8 by this mark
    after, rows = None, 0
    while rows < MOST_ROWS:
        page = listings.page(organisation, wish, after=after, limit=listings.A_PAGE * 10)
        yield "".join(_row(_cells(each)) for each in progress.standings(page.rows))
        after, rows = page.after, rows + len(page.rows)
        if after is None:
            return


def _cells(standing: Standing) -> list[str]:
    delivery, line = standing.delivery, tags.line(standing)
    told, due = _day(delivery.sent_at), _day(delivery.confirm_by)
    who, what = delivery.recipient.name, tags.happened(delivery)
    return [delivery.report.reference, what, who, told, due, line.tag, line.outcome, str(delivery.pk)]


def _day(value: object) -> str:
    return str(value)[:10] if value else ""


def _row(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([harmless(each) for each in cells])
    return written.getvalue()


def harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
