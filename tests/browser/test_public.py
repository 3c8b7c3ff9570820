"""The pages for anybody in a browser: nothing that shuts anybody out, on a phone or at a desk, with what they show."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from identity.models import Consent
from tellusonce import reports
from tellusonce.permissions import Choice
from tests import factories
from tests.browser import browsers

Browse = Callable[..., Page]
PATHS = ("/", "/status", "/privacy", "/privacy/death", "/cookies", "/accessibility", "/receipts")


def receipt() -> str:
    factories.recipient("charity", name="Moorland Hospice", agreement={"lawful_basis": "consent"})
    report = factories.started()
    answer = Choice("charity", is_given=True, wording="tell-recipient/1", language="en")
    reports.answer_consents(factories.REGISTRAR, report.pk, [answer])
    return Consent.objects.get().receipt


@pytest.mark.parametrize(("width", "language"), [(360, "cy"), (1280, "en-GB")])
def test_what_is_for_anybody_shuts_nobody_out(browse: Browse, width: int, language: str) -> None:
    signed = receipt()
    page = browse(width=width, language=language)
    for path in PATHS:
        page.goto(path)
        seen(page, width=width)
    page.goto("/receipts")
    for text in ("", "nonsense", signed):
        page.locator("#receipt").fill(text)
        page.locator("main button[type=submit]").click()
        seen(page, width=width)


def seen(page: Page, *, width: int) -> None:
    assert browsers.barriers(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
