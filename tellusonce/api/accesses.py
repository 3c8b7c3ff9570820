"""Who looked at a report, and why."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, Field

from tellusonce import accesses, rules
from tellusonce.api import doors, pages

HIGHEST = 2**63 - 1
After = Annotated[int, Query(0, ge=0, le=HIGHEST, description="`next` of the page before")]

router = Router(tags=["reports"])


class AccessOut(BaseModel):
    """One thing that was done with a report or with what was told of it."""

    at: dt.datetime
    who: str = Field(description="A system, a member of staff or a part of the service, by the name it is known by")
    organisation: str = Field(description="Whom they act for; empty for the service itself")
    on_behalf_of: str = Field(description="For whom a helper did it, by id; empty where nobody acted for another")
    on_behalf_of_in_words: str
    action: str
    action_in_words: str
    why: str
    by_means_of: str
    recipient: str = Field(description="The recipient concerned, if it is one alone")


class AccessesOut(BaseModel):
    """A page of accesses, oldest first."""

    items: list[AccessOut]
    next: int | None


@router.get(
    "/reports/{report_id}/accesses",
    response=AccessesOut,
    summary="See who looked at a report, and why",
    **doors.read(rules.FOLLOW_REPORT),
)
def list_accesses(request: HttpRequest, report_id: UUID, cursor: After = 0, limit: pages.Limit = 50) -> AccessesOut:
    """List who did and saw what about a report, for whom and why, oldest first; looking here is listed as well."""
    found, is_more = accesses.of_report(doors.actor(request), report_id, after=cursor, limit=limit)
    return AccessesOut(items=[_shown(each) for each in found], next=found[-1].entry.pk if is_more else None)


def _shown(look: accesses.Look) -> AccessOut:
    entry = look.entry
    return AccessOut(
        at=entry.at,
        who=entry.actor,
        organisation=entry.organisation,
        on_behalf_of=entry.on_behalf_of,
        on_behalf_of_in_words=look.for_whom,
        action=entry.action,
        action_in_words=look.in_words,
        why=entry.purpose,
        by_means_of=entry.on,
        recipient=look.recipient,
    )
