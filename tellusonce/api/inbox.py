"""The inbox: for recipients whom we cannot call, and who come to fetch."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from tellusonce import inbox, rules
from tellusonce.api import doors, pages
from tellusonce.api.recipient_shapes import InboxOut, ItemOut
from tellusonce.models import Delivery

router = Router(tags=["inbox"])


@router.get("/inbox", response=InboxOut, summary="Fetch", **doors.read(rules.FETCH_INBOX))
def fetch(
    request: HttpRequest,
    state: Literal["available", "sent"] | None = Query(
        None,
        description="available: not fetched yet; sent: fetched and still open; left out: all you have not answered",
    ),
    cursor: pages.Cursor = None,
    limit: pages.Limit = 50,
) -> InboxOut:
    """Fetch what is addressed to your organisation, oldest first; it comes again until you confirm it.

    Any confirmation will do, `received` for one: after it the delivery is shown only with `state=sent`.
    """
    after = pages.read(cursor)
    page = inbox.fetch(
        doors.actor(request), inbox.Wish(state, after=(after.at, after.id) if after else None, limit=limit)
    )
    items = [
        ItemOut(
            id=each.message.id,
            kind=each.message.kind,
            purpose=each.message.purpose,
            reference=each.message.reference,
            sequence=each.message.sequence,
            reported_at=each.message.reported_at,
            recipient=each.recipient,
            fields=dict(each.message.fields),
        )
        for each in page.items
    ]
    return InboxOut(items=items, next=_cursor(page.last) if page.is_more else None)


def _cursor(last: Delivery | None) -> str | None:
    return pages.write(pages.Place(last.created_at, last.pk)) if last else None
