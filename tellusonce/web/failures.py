"""What a browser is shown where no view of ours answers: nothing there, not understood, not allowed, or broken.

The page of what is broken asks nobody for anything: no database, no visit.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tellusonce.web import refusals
from tellusonce.web.refusals import Refusal

# What is for programs, which are told in words of their own or by the status alone.
FOR_PROGRAMS = ("/api/", "/oauth/", "/soap/", "/notices/", "/.well-known/", "/healthz", "/readyz", "/metrics")


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django names it
    """Say that the request cannot be read."""
    return _answer(request, refusals.not_understood)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django names it
    """Say that it is not allowed."""
    return _answer(request, refusals.not_allowed)


def not_there(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django names it
    """Say that there is nothing here."""
    return _answer(request, refusals.nothing_here)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django says why, for a log
    """Say that a form has expired; it did not come from a page of ours that still counts."""
    return _answer(request, refusals.forged)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours."""
    return _answer(request, refusals.broken)


def _answer(request: HttpRequest, make: Callable[[], Refusal]) -> HttpResponse:
    refusal = make()
    if request.path_info.startswith(FOR_PROGRAMS):
        return HttpResponse(f"{HTTPStatus(refusal.status).phrase}\n", status=refusal.status, content_type="text/plain")
    response = render(
        request, "refused.html", {"heading": refusal.heading, "words": refusal.words}, status=refusal.status
    )
    response["Cache-Control"] = "no-store"
    return response
