"""The desks of staff in a browser: by keyboard alone, and nothing that shuts anybody out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tellusonce.models import Report
from tests import factories
from tests.browser import browsers
from tests.browser.visits import signed_in
from tests.web.desks import Desk

Browse = Callable[..., Page]
# What a hand presses to register a death: each text is typed, and a tab leads on.
ENTRY = ("", "Alma Rose", "Quillfeather", " ", "3", "2", "1931", "30", "10", "2026", "NM-4711")


def test_a_death_is_registered_and_its_letter_printed_by_keyboard_alone(browse: Browse) -> None:
    factories.organisation()
    page = signed_in(browse, Desk("registrar"))
    page.goto("/registrar/register/death")
    for text in ENTRY:
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hand-over")
    page.keyboard.press("Enter")
    page.wait_for_url("**/letter")
    assert page.get_by_text(Report.objects.get().reference).is_visible()
    keys = sum(map(len, ENTRY)) + len(ENTRY) + 2
    assert keys < 100  # at two a second, which is slow, less than a minute


def test_the_square_brings_the_reference_and_the_history_forgets_it(browse: Browse) -> None:
    page = browse()
    page.goto("/open#K7MD-4RTW-X9QF")
    assert page.locator("#reference").input_value() == "K7MD-4RTW-X9QF"
    assert "#" not in page.evaluate("location.href")


@pytest.mark.parametrize("width", [360, 1280])
def test_desks_shut_nobody_out(browse: Browse, width: int) -> None:
    factories.recipient("library")
    report = factories.submitted()
    begun = factories.started()
    registrar = signed_in(browse, Desk("registrar"), width=width)
    adviser = signed_in(browse, Desk("adviser"), width=width)
    below = f"/registrar/reports/{report.pk}"
    for page, path in [
        (registrar, "/registrar"),
        (registrar, "/registrar/register/death"),
        (registrar, "/registrar/search"),
        (registrar, "/registrar/import"),
        (registrar, below),
        *((registrar, f"{below}/{name}") for name in ("hand-over", "letter", "card", "evidence")),
        (adviser, "/adviser"),
        (adviser, f"/adviser/reports/{begun.pk}/answers"),
        (adviser, f"/adviser/reports/{report.pk}/enquiries"),
    ]:
        page.goto(path)
        shuts_nobody_out(page)
    compared(registrar)


def compared(page: Page) -> None:
    """Find what a citizen told, with the mistakes that can be made, and say that there is no entry."""
    told = {"subject": factories.ENTRY["subject"], "death": factories.ENTRY["death"]}
    report = factories.started(told=told, entry=None)
    Report.objects.filter(pk=report.pk).update(organisation="")
    page.goto("/registrar/unproven")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("There is a problem").wait_for()
    shuts_nobody_out(page)
    page.get_by_label("Reference number").fill(report.reference)
    page.get_by_label("Why do you search?").select_option("evidence-came")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("3 February 1931").wait_for()
    shuts_nobody_out(page)
    page.get_by_role("button", name="There is no such entry").click()
    page.get_by_text("It is recorded").wait_for()
    shuts_nobody_out(page)


def shuts_nobody_out(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    assert browsers.barriers(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
