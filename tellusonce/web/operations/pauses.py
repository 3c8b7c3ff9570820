"""Pausing and resuming as a whole: all of a kind, or everything."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import events, rules
from tellusonce.deliveries import switches
from tellusonce.deliveries.switches import EVERYTHING, KIND
from tellusonce.models import Pause
from tellusonce.web import doors
from tellusonce.web.operations import mailboxes, words


@doors.page(rules.OPERATE_EVERYTHING)
def switch_all(request: HttpRequest) -> HttpResponse:
    """Show what can be paused as a whole, and pause or resume it."""
    if request.method != "POST":
        return _show(request, {})
    faults = _faults(request)
    if faults:
        return _show(request, faults)
    mailboxes.turn(request, request.POST["what"])
    return doors.go("mailboxes")


def _faults(request: HttpRequest) -> dict[str, str]:
    faults = {}
    if request.POST.get("what") not in {what for what, *_rest in _wholes()}:
        faults["what"] = _("Choose what to pause or resume")
    if request.POST.get("reason") not in switches.REASONS:
        faults["reason"] = _("Choose a reason")
    return faults


def _show(request: HttpRequest, faults: dict[str, str]) -> HttpResponse:
    pauses = {each.kind: each for each in Pause.objects.all()}
    context = {
        "wholes": [(what, title, pauses.get(kind)) for what, title, kind in _wholes()],
        "reasons": words.REASONS,
        "form": request.POST.dict(),
        "faults": faults,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "operations/pauses.html", context, status=status)


def _wholes() -> list[tuple[str, str, str]]:
    """Name what can be paused as a whole: as the form says it, in words, and as a kind."""
    kinds = [(KIND + each.name, str(_(each.title)), each.name) for each in events.kinds().values()]
    return [(EVERYTHING, _("Everything"), Pause.EVERYTHING), *kinds]
