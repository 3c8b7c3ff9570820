"""Following: what each recipient was told, what it has done, and what to do about those who were not told."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import helping, progress, reports, rules
from tellusonce.models import Delivery
from tellusonce.progress import Standing
from tellusonce.web import doors, phrases

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient, like a parcel: how far it has got in a word, and what happened so far."""

    standing: Standing
    tag: str
    colour: str
    done: Sequence[str]

    @property
    def delivery(self) -> Delivery:
        """What it is about."""
        return self.standing.delivery


@doors.page(rules.FOLLOW_REPORT)
def follow(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show how far the telling has got with each recipient."""
    report, standings = progress.of_report(doors.actor(request), report_id)
    lines = [line(each) for each in standings]
    untold = {State.WITHHELD, State.FAILED}
    context = {
        "report": report,
        "told": [each for each in lines if each.delivery.state not in untold],
        "untold": [each for each in lines if each.delivery.state in untold],
        "closed": sum(each.delivery.state == State.CLOSED for each in lines),
    }
    return doors.show(request, "citizen/follow.html", context)


@doors.page(rules.FOLLOW_REPORT)
def sent(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Say that it is on its way, and under which number."""
    report = reports.find(doors.actor(request), report_id)
    may_invite = helping.is_informant(doors.visitor_of(request))
    return doors.show(request, "citizen/sent.html", {"report": report, "may_invite": may_invite})


def line(standing: Standing) -> Line:
    """Sum up one recipient."""
    tag, colour = _tag(standing)
    done = [phrases.action(action["code"]) for said in standing.said for action in said.actions]
    return Line(standing, tag, colour, done)


def _tag(standing: Standing) -> tuple[str, str]:
    delivery = standing.delivery
    if delivery.state == State.CLOSED:
        return (_("Not known there"), "grey") if delivery.outcome == "no_match" else (_("Done"), "green")
    if delivery.state in {State.WITHHELD, State.FAILED}:
        return _("Not told"), "red"
    if standing.is_overdue:
        return _("Late"), "orange"
    if delivery.state == State.SENT:
        return (_("Working on it"), "blue") if standing.said else (_("Told"), "light-blue")
    return _("Being told"), "yellow"
