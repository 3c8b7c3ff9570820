"""What an informant decides about their report: who may help them with it, for what, and until when."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from identity import mandates
from identity.models import Invitation, Mandate
from tellusonce import helping, rules
from tellusonce.api.problems import Faulty
from tellusonce.api.shapes import Moment
from tellusonce.events import Fault
from tellusonce.events.people import Email, Phone
from tellusonce.helping import Wish
from tellusonce.notices import owing
from tellusonce.notices.owing import Contact
from tellusonce.rules import Purpose
from tellusonce.visits import doors

JSON = Any


class InvitationIn(doors.In):
    """What a helper is asked to do, and where the code is to be sent: nowhere, if the informant hands it over."""

    purposes: list[Literal["follow", "answer", "consent"]] = Field(min_length=1, max_length=3)
    until: Moment
    email: Email | None = None
    phone: Phone | None = None
    language: Literal["en", "cy"] = "en"


@doors.post(rules.GIVE_MANDATES)
def invite(request: HttpRequest, report: UUID) -> doors.Answer:
    """Invite a helper; `code` is shown this once, and is empty if it is sent."""
    wanted = doors.body_of(request, InvitationIn)
    wish = Wish(frozenset(map(Purpose, wanted.purposes)), wanted.until, _contact(wanted))
    try:
        made, code = helping.invite(doors.visitor_of(request), report, wish)
    except mandates.UnfitMandate as error:
        raise Faulty([Fault("until", str(error))]) from error
    return {**_open(made), "code": code}


@doors.get(rules.GIVE_MANDATES)
def mandates_of(request: HttpRequest, report: UUID) -> doors.Answer:
    """List who may help with a report or might, newest first."""
    given, invited = helping.given(doors.visitor_of(request), report)
    return {"mandates": [shown(each) for each in given], "invitations": [_open(each) for each in invited]}


@doors.post(rules.GIVE_MANDATES)
def end(request: HttpRequest, report: UUID, mandate: UUID) -> doors.Answer:
    """End a mandate: the helper's next request is refused."""
    helping.end(doors.visitor_of(request), report, mandate)
    return {"mandate": str(mandate)}


@doors.post(rules.GIVE_MANDATES)
def take_back(request: HttpRequest, report: UUID, invitation: UUID) -> doors.Answer:
    """Take an invitation back that nobody has accepted."""
    helping.take_back(doors.visitor_of(request), report, invitation)
    return {"invitation": str(invitation)}


def shown(mandate: Mandate) -> dict[str, JSON]:
    """Show a mandate, and when it was ended if it was."""
    ending = getattr(mandate, "ending", None)
    return {
        "id": str(mandate.pk),
        "report": str(rules.report_of(mandate.person)),
        "helper": mandate.helper,
        "purposes": mandate.purposes,
        "granted_at": _written(mandate.granted_at),
        "until": _written(mandate.until),
        "ended_at": _written(ending.ended_at) if ending else None,
    }


def _open(made: Invitation) -> dict[str, JSON]:
    times = {name: _written(getattr(made, name)) for name in ("until", "expires_at")}
    return {"id": str(made.pk), "purposes": made.purposes, **times}


def _written(moment: datetime) -> str:
    return moment.isoformat()


def _contact(wanted: InvitationIn) -> Contact | None:
    """Say where the code goes. Raises Faulty where it cannot."""
    if wanted.email and wanted.phone:
        raise Faulty([Fault("phone", "Give an e-mail address or a telephone number, not both")])
    name, by, at = ("email", owing.EMAIL, wanted.email) if wanted.email else ("phone", owing.TEXT, wanted.phone)
    if not at:
        return None
    try:
        owing.check("invitation", by)
    except owing.CannotBeSent as error:
        raise Faulty([Fault(name, str(error))]) from error
    return Contact(by, at, wanted.language)
