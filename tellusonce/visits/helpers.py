"""What a helper does with mandates: takes one on by its code, acts under it or stops to, and lays it down."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from identity import sessions
from tellusonce import helping, rules
from tellusonce.visits import doors, informants


class CodeIn(doors.In):
    """The code that somebody was handed or sent."""

    code: Annotated[str, StringConstraints(max_length=100)]


class ActingIn(doors.In):
    """The report whose informant one acts for from now on; null to act for oneself again."""

    report: UUID | None


@doors.post(rules.HOLD_MANDATES)
def accept(request: HttpRequest) -> doors.Answer:
    """Take on what an informant asks: an adviser for their organisation, anybody else for themselves."""
    given = doors.body_of(request, CodeIn)
    return informants.shown(helping.accept(doors.visitor_of(request), given.code, address=doors.address_of(request)))


@doors.post(rules.HOLD_MANDATES)
def lay_down(request: HttpRequest, mandate: UUID) -> doors.Answer:
    """Help no more."""
    helping.lay_down(doors.visitor_of(request), mandate)
    return {"mandate": str(mandate)}


@doors.post(rules.KEEP_VISIT)
def act(request: HttpRequest) -> doors.Answer:
    """Act for an informant from now on, as far as a mandate goes; or for oneself again."""
    given = doors.body_of(request, ActingIn)
    if given.report is not None:
        helping.purposes_for(doors.visitor_of(request), given.report)
    sessions.act_for(request, given.report)
    return {"acts_for": str(given.report) if given.report else ""}
