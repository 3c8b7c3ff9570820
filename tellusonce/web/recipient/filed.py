"""Files for recipients that can take nothing else: what waits, to be downloaded, and what was done, to be sent back."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from adapters import answer_files
from tellusonce import files, rules
from tellusonce.files import Taken
from tellusonce.web import doors

MOST_SHOWN = 100


@doors.page(rules.FETCH_INBOX)
def taken(request: HttpRequest) -> HttpResponse:
    """Offer the files; a form, and no mere look, takes one, since with it the messages count as fetched."""
    actor = doors.actor(request)
    context = {"recipients": files.recipients(actor.organisation), "nothing": False, "may_answer": _may_answer(request)}
    if request.method != "POST":
        return doors.show(request, "recipient/files.html", context)
    state: files.State = "sent" if request.POST.get("state") == "sent" else "available"
    found = files.take(actor, request.POST.get("recipient", ""), state=state)
    if found is None:
        return doors.show(request, "recipient/files.html", {**context, "nothing": True})
    return download(found)


def download(found: Taken) -> HttpResponse:
    """Give a file to be kept."""
    response = HttpResponse(found.content, content_type=found.media_type)
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
    response["X-Messages"] = str(found.count)
    return response


def _may_answer(request: HttpRequest) -> bool:
    return rules.allows(doors.visitor_of(request), rules.CONFIRM_DELIVERY)


@doors.page(rules.CONFIRM_DELIVERY)
def answers(request: HttpRequest) -> HttpResponse:
    """Take a file of answers, and say what became of each line."""
    if request.method != "POST":
        return _shown(request)
    file = request.FILES.get("file")
    if file is None:
        return _shown(request, fault=_("Choose a file of at most 1 MB"))
    try:
        fates = files.confirm(doors.actor(request), file.read())
    except answer_files.Unreadable as error:
        return _shown(request, fault=str(error))
    return _shown(request, fates=fates)


def _shown(request: HttpRequest, *, fault: str = "", fates: list[files.Fate] | None = None) -> HttpResponse:
    refused = [fate for fate in fates or [] if fate.word == files.REFUSED]
    context = {
        "fault": fault,
        "is_read": fates is not None,
        "taken": files.count(fates or [], files.TAKEN),
        "before": files.count(fates or [], files.SAID_BEFORE),
        "refused": refused[:MOST_SHOWN],
        "count": len(refused),
        "columns": answer_files.COLUMNS,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault or refused else HTTPStatus.OK
    return doors.show(request, "recipient/answers.html", context, status=status)
