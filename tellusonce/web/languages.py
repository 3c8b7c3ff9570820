"""English or Welsh: chosen by a link, kept in a cookie, the same addresses in both."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from tellusonce import rules


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the languages: its own name, and the address that leads to this page in it."""

    code: str
    name: str
    address: str
    is_current: bool


def choices(request: HttpRequest) -> list[Choice]:
    """Give the languages in which this page is there."""
    here, now = urlencode({"next": request.get_full_path()}), get_language()
    return [
        Choice(code, name, f"{reverse('language', kwargs={'code': code})}?{here}", code == now)
        for code, name in settings.LANGUAGES
    ]


@rules.named(rules.READ_PUBLISHED)
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the language that somebody chose, and take them back to where they were."""
    if code not in dict(settings.LANGUAGES):
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    back = request.GET.get("next", "")
    response = HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
