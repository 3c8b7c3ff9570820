"""The first page, and what somebody reads before they tell of an event."""

from django.http import Http404, HttpRequest, HttpResponse

from identity.sessions import Visitor
from tellusonce import events, rules
from tellusonce.web import doors, tokens


@doors.page(rules.READ_PUBLISHED)
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is, and what can be told."""
    kinds = [(kind.name, kind.introduction.happened) for kind in events.kinds().values() if kind.introduction]
    return doors.show(request, "start.html", {"kinds": kinds})


@doors.page(rules.READ_PUBLISHED)
def introduction(request: HttpRequest, kind: str) -> HttpResponse:
    """Say what is done about an event and what to have at hand, and lead on to the telling of it."""
    found = events.kinds().get(kind)
    if found is None or found.introduction is None:
        raise Http404
    visitor: Visitor | None = request.visitor  # type: ignore[attr-defined]  # the door sets it, for nobody too
    context = {
        "kind": found.name,
        "introduction": found.introduction,
        "has_letter": bool(found.letter),
        "may_start": visitor is not None and rules.allows(visitor, rules.START_REPORT) and visitor.acts_for is None,
        "once": tokens.fresh(),
    }
    return doors.show(request, "introduction.html", context)
