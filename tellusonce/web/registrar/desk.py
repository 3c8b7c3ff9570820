"""What a registrar has begun today."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from tellusonce import clocks, events, handovers, progress, registering, rules
from tellusonce.models import Report
from tellusonce.web import doors
from tellusonce.web.registrar import wording


@dataclass(frozen=True, slots=True)
class Line:
    """One report as lists show it: of which kind, how far it is, and how its reference was handed over."""

    report: Report
    kind: str
    state: str
    colour: str
    handed_over: Sequence[str]
    is_open: bool


@doors.page(rules.REGISTER)
def today(request: HttpRequest) -> HttpResponse:
    """Show what the organisation started today, and lead to everything else."""
    found = registering.started_today(doors.actor(request))
    return doors.show(request, "registrar/today.html", {"lines": lines(found), "kinds": registering.kinds()})


def lines(found: Sequence[Report]) -> list[Line]:
    """Put reports as lists show them; one query for all."""
    ways, now = handovers.made(found), clocks.now()
    return [_line(each, progress.state_of(each, now), ways[each.pk]) for each in found]


def line(report: Report) -> Line:
    """Put one report as its own page shows it, which says by itself how it was handed over."""
    is_started = report.state == Report.State.STARTED
    return _line(report, progress.state_of(report, clocks.now()) if is_started else report.state, ())


def _line(report: Report, state: str, ways: Sequence[handovers.How]) -> Line:
    words, colour = wording.STATES[state]
    kind = events.find(report.kind)
    handed_over = [str(wording.HOW[each]) for each in ways]
    return Line(report, wording.title(kind), str(words), colour, handed_over, is_open=state == Report.State.STARTED)
