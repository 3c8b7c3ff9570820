"""Importing a register's extract: within the request, since what is taken at once is bounded, and wholly or not at all.

Some hundred records a second are taken, and a file of the largest size has at most about two thousand: longer ones are
for `manage.py registrations import`. A file is never written to a disk on its way.
"""

from http import HTTPStatus
from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import registrations, rules
from tellusonce.registrations import Refusal, Refused, Taken
from tellusonce.web import doors

MOST_SHOWN = 100


@doors.page(rules.IMPORT_REGISTRATIONS)
def take(request: HttpRequest) -> HttpResponse:
    """Take a file, and say what came of each part."""
    if request.method != "POST":
        return _shown(request)
    file = request.FILES.get("file")
    if file is None:
        return _shown(request, fault=_fault(request))
    try:
        taken = registrations.take(doors.actor(request), BytesIO(file.read()))
    except Refused as refused:
        return _shown(request, refusals=refused.refusals)
    return _shown(request, taken=taken)


def _fault(request: HttpRequest) -> str:
    size = request.headers.get("Content-Length", "0")
    if size.isdigit() and int(size) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        return _("The file is larger than 1 MB. Ask whoever runs the service to import it")
    return _("Choose a file")


def _shown(
    request: HttpRequest, *, fault: str = "", taken: Taken | None = None, refusals: list[Refusal] | None = None
) -> HttpResponse:
    found = refusals or []
    context = {"fault": fault, "taken": taken, "refusals": found[:MOST_SHOWN], "count": len(found)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault or found else HTTPStatus.OK
    return doors.show(request, "registrar/import.html", context, status=status)
