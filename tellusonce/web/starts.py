"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tellusonce import rules


@rules.named(rules.READ_PUBLISHED)
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is."""
    return render(request, "start.html")
