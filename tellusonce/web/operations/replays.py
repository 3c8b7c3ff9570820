"""Putting failed deliveries back: what would be put back is shown first, and just that is put back then."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from tellusonce import rules
from tellusonce.deliveries import failures as deliveries
from tellusonce.deliveries import hints, replays
from tellusonce.models import Delivery
from tellusonce.web import doors
from tellusonce.web.operations import failures, tags


@doors.page(rules.REPLAY_DELIVERIES)
def replay(request: HttpRequest) -> HttpResponse:
    """Show what would be put back, or put it back once that was seen."""
    if request.method != "POST":
        return doors.go("failures")
    asked = failures.read(request.POST.dict())
    if asked.faults:
        return failures.show(request, asked)
    chosen = _chosen(request, asked)
    if not chosen:
        return _back("?nothing=yes")
    if request.POST.get("seen") != "yes":
        return _dry_run(request, chosen)
    lanes = replays.replay(doors.actor(request), [each.pk for each in chosen], anew=request.POST.get("anew") == "yes")
    hints.wake(sorted(set(lanes)))
    return _back(f"?done={len(lanes)}")


def _chosen(request: HttpRequest, asked: failures.Asked) -> list[Delivery]:
    theirs = rules.deliveries_of(doors.visitor_of(request), rules.REPLAY_DELIVERIES)
    if request.POST.get("range") == "yes":
        return deliveries.all_like(theirs, asked.wish)
    return deliveries.these(theirs, _ids(request.POST.getlist("delivery")))


def _dry_run(request: HttpRequest, chosen: Sequence[Delivery]) -> HttpResponse:
    context = {
        "chosen": [(each, tags.failed(each.reason)) for each in chosen],
        "advice": sorted({tags.advice(each) for each in chosen}),
        "is_cut_off": len(chosen) == deliveries.MOST_AT_ONCE,
    }
    return doors.show(request, "operations/replay.html", context)


def _back(query: str) -> HttpResponse:
    response = doors.go("failures")
    response["Location"] += query
    return response


def _ids(given: Sequence[str]) -> list[UUID]:
    found = []
    for each in dict.fromkeys(given[: deliveries.MOST_AT_ONCE]):
        try:
            found.append(UUID(each))
        except ValueError:
            continue
    return found
