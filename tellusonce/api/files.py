"""Files, for systems that load nothing else: what waits as one file, and what was done in another."""

from http import HTTPStatus
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from adapters import answer_files
from tellusonce import files, rules
from tellusonce.api import doors, writes
from tellusonce.api.problems import Problem
from tellusonce.api.recipient_shapes import FatesOut, LineOut

router = Router(tags=["files"])
CSV = "text/csv"
RECIPIENT = Query(..., max_length=60, description="The short name of your recipient in the catalogue")
STATE = Query("available", description="available: not fetched yet; sent: fetched, and not answered")


@router.get("/inbox/file", summary="Fetch as a file", **doors.read(rules.FETCH_INBOX))
def fetch(
    request: HttpRequest, recipient: str = RECIPIENT, state: Literal["available", "sent"] = STATE
) -> HttpResponse:
    """Fetch what waits for one recipient in its own form; 204 when nothing does. Ask until then: a file holds 500.

    With it the messages count as fetched. One that was lost on the way is had again with `state=sent`.
    """
    found = files.take(doors.actor(request), recipient, state=state)
    if found is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"', "X-Messages": str(found.count)}
    return HttpResponse(found.content, content_type=found.media_type, headers={**headers, "Cache-Control": "no-store"})


@router.post(
    "/confirmations/file", response=FatesOut, summary="Confirm with a file", **doors.write(rules.CONFIRM_DELIVERY)
)
def confirm(request: HttpRequest) -> HttpResponse:
    """Say what you did in a CSV file, line by line. A line at fault leaves the others; send the whole file again."""
    if request.content_type != CSV:
        detail = f"Send the file as {CSV}, and say so in the header Content-Type."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)

    def write() -> tuple[HTTPStatus, FatesOut]:
        try:
            fates = files.confirm(doors.actor(request), request.body)
        except answer_files.Unreadable as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unreadable-file", str(error)) from None
        return HTTPStatus.OK, FatesOut(
            taken=files.count(fates, files.TAKEN),
            known=files.count(fates, files.SAID_BEFORE),
            refused=[LineOut(line=each.line, why=each.why) for each in fates if each.word == files.REFUSED],
        )

    return writes.once(request, write)
