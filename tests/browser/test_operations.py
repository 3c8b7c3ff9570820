"""The pages of operators in a browser: nothing that shuts anybody out, on a phone or at a desk."""

import copy
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page

from identity import doubts
from tellusonce import clocks, reports
from tellusonce.models import Attempt, CatalogueVersion, Delivery, Mailbox, Pause
from tests import factories
from tests.browser import browsers
from tests.browser.visits import signed_in
from tests.catalogue import examples
from tests.web.desks import Desk
from tests.web.operations.test_catalogue import BASES, MORE, proposed

Browse = Callable[..., Page]


def visited(page: Page, *paths: str, width: int) -> None:
    """Go to each page, and see that it keeps nobody out and fits the screen."""
    for path in paths:
        page.goto(path)
        assert browsers.barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [360, 1280])
def test_mailboxes_shut_nobody_out(browse: Browse, width: int) -> None:
    factories.recipient("library", name="Libraries and their mobile services")
    factories.recipient("museum", route={"adapter": "inbox"})
    factories.submitted()
    Mailbox.objects.filter(recipient__slug="library").update(
        paused_at=clocks.now(), paused_by="engine", pause_reason="http-401", reply_ms=2400
    )
    Pause.objects.create(kind="death", paused_at=clocks.now(), paused_by="operator", reason="drill")
    page = signed_in(browse, Desk("operator", ""), width=width)
    visited(page, "/operations/mailboxes", "/operations/mailboxes/museum", "/operations/pauses", width=width)
    visited(page, "/operations/flow", "/operations/flow?span=hour", width=width)
    for path in ("mailboxes/library/switch", "pauses"):
        page.goto("/operations/" + path)
        page.get_by_role("button", name="Resume sending").click()
        page.get_by_text("There is a problem").wait_for()
        assert browsers.barriers(page) == [], path


@pytest.mark.parametrize("width", [360, 1280])
def test_failed_deliveries_shut_nobody_out_until_they_are_put_back(browse: Browse, width: int) -> None:
    factories.recipient("library", name="Libraries and their mobile services")
    delivery = factories.submitted().deliveries.get()
    Attempt.objects.create(delivery_id=delivery.pk, number=1, fence=1, digest=b"", started_at=clocks.now())
    Delivery.objects.update(state="failed", reason="outcome-unknown", due_at=None, tries=1)
    page = signed_in(browse, Desk("operator", ""), width=width)
    failures = "/operations/failures"
    visited(page, failures, f"{failures}?since.day=99", f"{failures}?nothing=yes", width=width)
    visited(page, f"{failures}/{delivery.pk}", width=width)
    page.get_by_role("button", name="Put it back").click()
    assert browsers.barriers(page) == []
    page.get_by_role("button", name="Put them back").click()
    page.get_by_text("1 delivery was put back").wait_for()
    assert browsers.barriers(page) == []
    assert Delivery.objects.get().state == "pending"


@pytest.mark.parametrize("width", [360, 1280])
def test_versions_of_the_catalogue_shut_nobody_out(browse: Browse, width: int, tmp_path: Path) -> None:
    call_command("catalogue", "apply", str(examples.write(tmp_path)), "--set", BASES, stdout=io.StringIO())
    proposal = proposed(Desk("operator", ""), examples.altered(*MORE))
    page, catalogue = signed_in(browse, Desk("operator", ""), width=width), "/operations/catalogue"
    visited(page, catalogue, f"{catalogue}/propose", width=width)
    page.get_by_role("button", name="Check and propose").click()
    page.get_by_text("There is a problem").wait_for()
    assert browsers.barriers(page) == []
    visited(page, f"{catalogue}/proposals/{proposal.pk}", width=width)
    page.get_by_role("button", name="Approve this version").click()
    page.get_by_text("Approved").first.wait_for()
    assert browsers.barriers(page) == []
    visited(page, f"{catalogue}/versions/{CatalogueVersion.objects.latest('number').number}", width=width)


def test_possible_duplicates_shut_nobody_out(browse: Browse) -> None:
    factories.recipient("library")
    spouse = copy.deepcopy(factories.ENTRY) | {"registration": {"number": None}}
    spouse["subject"] = {"name": {"given": ["Cuthbert"], "family": "Quillfeather"}, "born_on": "1929-11-30"}
    for entry in (copy.deepcopy(factories.ENTRY), spouse):
        report = factories.started(entry=entry, told=copy.deepcopy(factories.TOLD))
        reports.submit(factories.REGISTRAR, report.pk)
    page = signed_in(browse, Desk("registrar"), width=360)
    visited(page, "/operations/duplicates", f"/operations/duplicates/{doubts.waiting().get().pk}", width=360)
    page.get_by_role("button", name="Give this opinion").click()
    page.get_by_text("There is a problem").wait_for()
    assert browsers.barriers(page) == []
    page.get_by_label("They are two people").check()
    page.get_by_role("button", name="Give this opinion").click()
    page.get_by_text("Your opinion was taken").wait_for()
    assert browsers.barriers(page) == []
