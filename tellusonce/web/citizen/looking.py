"""Who has looked at a report and at what was told of it, and why."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from identity.ledger import Actor
from tellusonce import accesses, reports, rules
from tellusonce.accesses import Look
from tellusonce.models import Organisation, Recipient
from tellusonce.web import doors

A_PAGE = 100
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One look: whose it was, and what was done, in words."""

    look: Look
    who: str
    what: str
    recipient: str


@doors.page(rules.FOLLOW_REPORT)
def looks(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """List them, oldest first; looking here is listed as well."""
    actor = doors.actor(request)
    after = request.GET.get("after", "")[:MOST_DIGITS]
    start = int(after) if after.isdecimal() else 0
    found, is_more = accesses.of_report(actor, report_id, after=start, limit=A_PAGE)
    context = {
        "report": reports.find(actor, report_id),
        "lines": _lines(actor, found),
        "following": found[-1].entry.pk if is_more else None,
        "is_first": not start,
    }
    return doors.show(request, "citizen/looks.html", context)


def _lines(actor: Actor, found: Collection[Look]) -> list[Line]:
    bodies = _names(Organisation.objects.filter(slug__in={each.entry.organisation for each in found}))
    recipients = _names(Recipient.objects.filter(slug__in={each.recipient for each in found}))
    return [
        Line(each, _who(actor, each, bodies), _(each.in_words), recipients.get(each.recipient, "")) for each in found
    ]


def _names(rows: Iterable[Organisation | Recipient]) -> dict[str, str]:
    return {each.slug: each.name for each in rows}


def _who(actor: Actor, look: Look, bodies: Mapping[str, str]) -> str:
    """Say who it was: people see themselves, the body for which somebody works, or the service itself."""
    entry = look.entry
    if entry.actor == actor.name:
        return _("You")
    if entry.organisation:
        return _("Somebody at %(body)s") % {"body": bodies.get(entry.organisation, entry.organisation)}
    if entry.on_behalf_of:
        return _("Somebody who helps you")
    if entry.actor.startswith("informant:"):
        return _("Somebody with the reference number")
    if entry.actor.startswith("adult:"):
        return _("Somebody whom you invited")
    return _("Somebody signed in") if entry.actor.startswith("account:") else _("This service")
