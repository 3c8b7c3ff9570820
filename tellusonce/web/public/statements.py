"""What the service says of itself: whether it works, for whom it works, and what it leaves in a browser."""

import functools
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tellusonce import rules, signals
from tellusonce.web import doors

LOOK_SECONDS = 10.0  # for how long an answer holds, so that anybody may ask as often as they like
# What people do here, and what of the signs of life it takes.
NEEDS: Mapping[str, Sequence[str]] = {"tell": ("database", "erasures"), "send": ("broker", "progress")}


@rules.named(rules.SEE_SIGNS_OF_LIFE)
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Say whether people can use the service, without asking who they are: that would need what may not be there."""
    found = _looked_at(int(time.monotonic() / LOOK_SECONDS))
    works = {name: all(found[each] == signals.OK for each in needed) for name, needed in NEEDS.items()}
    context = {"works": works, "at": timezone.now()}
    return doors.show(
        request,
        "public/status.html",
        context,
        status=HTTPStatus.OK if works["tell"] else HTTPStatus.SERVICE_UNAVAILABLE,
    )


@functools.lru_cache(maxsize=1)
def _looked_at(_lately: int) -> dict[str, str]:
    return signals.look()


@doors.page(rules.READ_PUBLISHED)
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say for whom the pages work, how that was tested, and what falls short."""
    return doors.show(request, "public/accessibility.html")


@doors.page(rules.READ_PUBLISHED)
def cookies(request: HttpRequest) -> HttpResponse:
    """List what is kept in a browser: what it takes to work, and nothing else."""
    hours = settings.VISIT_SECONDS // 3600
    kept = [
        (
            settings.SESSION_COOKIE_NAME,
            _("Knows that it is still you, once you have signed in or opened a report"),
            _("Until you sign out; at most %(hours)s hours") % {"hours": hours},
        ),
        (
            settings.CSRF_COOKIE_NAME,
            _("Makes sure that a form was sent from our own page"),
            _("One year"),
        ),
        (settings.LANGUAGE_COOKIE_NAME, _("Remembers the language that you chose"), _("One year")),
    ]
    return doors.show(request, "public/cookies.html", {"kept": kept})
