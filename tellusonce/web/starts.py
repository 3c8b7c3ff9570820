"""The first page."""

from django.http import HttpRequest, HttpResponse

from tellusonce import rules
from tellusonce.web import doors


@doors.page(rules.READ_PUBLISHED)
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is."""
    return doors.show(request, "start.html")
