"""A window of the browser with the visit of somebody who has signed in elsewhere."""

from collections.abc import Callable

from django.conf import settings
from playwright.sync_api import Page

from tests.web.desks import Desk


def signed_in(browse: Callable[..., Page], desk: Desk, **window: int) -> Page:
    """Open one, and give it the visit's cookie."""
    page = browse(**window)
    visit = desk.client.cookies[settings.SESSION_COOKIE_NAME]
    page.goto("/")
    page.context.add_cookies([{"name": "visit", "value": visit.value, "url": page.url}])
    return page
