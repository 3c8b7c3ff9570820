"""The mandates by which somebody may act for informants, or their organisation may."""

import datetime as dt
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from identity.models import Mandate
from tellusonce import helping, rules
from tellusonce.api import doors

router = Router(tags=["mandates"])


class MandateOut(BaseModel):
    """Somebody lets you, or your organisation, act for them with their report."""

    id: UUID
    report: UUID
    helper: str = Field(description="`account:ID`, or `organisation:SLUG` for all its advisers and systems")
    purposes: list[str] = Field(description="Of follow, answer, consent and private")
    granted_at: dt.datetime
    until: dt.datetime


class MandatesOut(BaseModel):
    """Those in force, the one that lasts longest first."""

    items: list[MandateOut]


@router.get("/mandates", response=MandatesOut, summary="See the mandates held", **doors.read(rules.HOLD_MANDATES))
def list_mandates(request: HttpRequest) -> MandatesOut:
    """List the mandates in force. Their reports are open to you below /reports/{id}, as far as the purposes go."""
    return MandatesOut(items=[_shown(each) for each in helping.held(doors.actor(request))])


def _shown(mandate: Mandate) -> MandateOut:
    return MandateOut(
        id=mandate.pk,
        report=rules.report_of(mandate.person),
        helper=mandate.helper,
        purposes=mandate.purposes,
        granted_at=mandate.granted_at,
        until=mandate.until,
    )
