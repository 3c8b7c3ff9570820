"""What went wrong, as RFC 9457 problem details: for a clerk to read, for a program to tell apart by `type`.

No answer quotes what was typed, and an error that nobody foresaw says nothing of its cause.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tellusonce import metrics
from tellusonce.events import Fault

MEDIA_TYPE = "application/problem+json"
PREFIXES = ("/api/", "/accounts/")
COUNTED = ("api", "soap", "oauth")  # the doors of systems, at which an operator watches who is turned away


class Problem(Exception):
    """A request that is not carried out; nothing of it has been written.

    `name` is the stable end of the problem's type, ``urn:tell-us-once:problem:NAME``.
    """

    def __init__(
        self,
        status: HTTPStatus,
        name: str,
        detail: str,
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.faults = tuple(faults)
        self.headers = headers or {}


class Faulty(Problem):
    """What was sent can be read but not taken: every fault at once, each at its path in the request."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        detail = "Some of what was sent cannot be taken as it is. Correct each fault and send it again."
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "faults", detail, faults=faults)


def render(problem: Problem) -> HttpResponse:
    """Write a problem as it goes over the wire."""
    body: dict[str, object] = {
        "type": f"urn:tell-us-once:problem:{problem.name}",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": str(problem),
    }
    if problem.faults:
        body["faults"] = [{"path": fault.path, "message": fault.message} for fault in problem.faults]
    return HttpResponse(json.dumps(body), status=problem.status, content_type=MEDIA_TYPE, headers=dict(problem.headers))


GENERAL = {
    HTTPStatus.BAD_REQUEST: ("bad-request", "The request cannot be read. Check its address and headers."),
    HTTPStatus.FORBIDDEN: ("forbidden", "This is not allowed."),
    HTTPStatus.NOT_FOUND: ("not-found", "There is nothing at this address. Check it against /api/v1/openapi.json."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method-not-allowed", "This address does not know that method; see Allow."),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "internal-error",
        "Something went wrong on our side, and nothing was written. Try again later; the operator has been told.",
    ),
}


def general(status: HTTPStatus) -> Problem:
    """Give the problem that says no more than its status does."""
    name, detail = GENERAL.get(status, ("refused", status.phrase))
    return Problem(status, name, detail)


def _count(request: HttpRequest, status: int) -> None:
    door = request.path_info.lstrip("/").partition("/")[0]
    if status >= HTTPStatus.BAD_REQUEST and door in COUNTED:
        metrics.REFUSED.labels(door, status).inc()


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let every refusal of the API and of visits be a problem, whoever made it, and no answer be kept by a cache."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        _count(request, response.status_code)
        if not request.path_info.startswith(PREFIXES):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != MEDIA_TYPE:
            problem = general(HTTPStatus(response.status_code))
            problem.headers = {name: value for name, value in response.items() if name == "Allow"}
            response = render(problem)
        response["Cache-Control"] = "no-store"
        return response

    return answer
