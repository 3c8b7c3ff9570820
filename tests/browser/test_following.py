"""What a citizen follows in a browser: nothing shuts anybody out, and nothing is wider than a phone."""

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from adapters.contract import Action
from tellusonce import clocks
from tellusonce.models import Report
from tests import factories
from tests.browser import browsers
from tests.browser.visits import signed_in
from tests.web.informants import Informant, said, told

Browse = Callable[..., Page]
PHONE = 360


@pytest.fixture
def report(transactional_db: None) -> Report:
    """Give a report whose recipients have got as far as one can get."""
    names = ("Council Tax", "Libraries", "Pensions", "Blue Badge", "Passports", "Elections", "Housing")
    for name in names:
        slug = name.lower().replace(" ", "-")
        factories.recipient(slug, name=f"Northmoor District - {name}", contact=f"{slug}@northmoor.example")
    report = factories.submitted()
    done = told(report, "council-tax")
    said(done, "matched")
    said(done, "acted", Action("record_updated", "2026-11-02"), Action("bill_reissued", "2026-11-03"))
    said(told(report, "libraries"), "no_match")
    said(told(report, "pensions"), "needs_information", note="Which of two accounts?")
    told(report, "blue-badge", confirm_by=dt.date(2026, 11, 5))
    told(report, "passports", state="withheld", reason="agreement-not-in-force", sent_at=None, tries=0)
    told(report, "elections", state="failed", reason="outcome-unknown", sent_at=None)
    told(report, "housing", state="pending", sent_at=None, tries=0, due_at=clocks.now())
    return report


def paths(report: Report) -> list[str]:
    """Name the pages that there are."""
    below = f"/reports/{report.pk}"
    told = report.deliveries.get(recipient__slug="council-tax").pk
    return [
        f"{below}/follow",
        f"{below}/follow?print=large",
        f"{below}/follow/{told}",
        f"{below}/looks",
        f"{below}/receipts",
    ]


def test_following_shuts_nobody_out_on_a_phone(browse: Browse, report: Report) -> None:
    page = signed_in(browse, Informant(report), width=PHONE)
    for path in paths(report):
        page.goto(path)
        assert browsers.barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, path
        assert page.evaluate("document.activeElement.tagName") == "BODY", path  # one begins to read at the top
