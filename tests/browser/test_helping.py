"""The pages of mandates and invitations in a browser: nothing that shuts anybody out, and the code fits a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests import factories
from tests.browser import browsers
from tests.browser.visits import signed_in
from tests.web.citizen import test_inviting as inviting
from tests.web.citizens import Citizen

Browse = Callable[..., Page]


@pytest.mark.parametrize("width", [360, 1280])
def test_letting_somebody_help_shuts_nobody_out(browse: Browse, width: int) -> None:
    factories.organisation()
    report = factories.started()
    informant, helper = Citizen("informant"), Citizen("helper", confidence="")
    letter = {"surname": "Quillfeather", "on.day": "30", "on.month": "10", "on.year": "2026"}
    informant.send("open", {"reference": report.reference, **letter})
    asking, acting = signed_in(browse, informant, width=width), signed_in(browse, helper, width=width)

    def is_open(page: Page) -> None:
        assert browsers.barriers(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    asking.goto("/reports")
    is_open(asking)
    asking.goto(f"/reports/{report.pk}/helpers/invite")
    asking.get_by_label("Answer the questions").check()
    is_open(asking)
    asking.get_by_role("button", name="Invite them").click()
    code = asking.locator(".govuk-inset-text .app-reference").inner_text()
    is_open(asking)
    acting.goto("/helping/code")
    is_open(acting)
    acting.get_by_label("Code").fill(code)
    acting.get_by_role("button", name="Agree to help").click()
    is_open(acting)
    acting.get_by_role("button", name="Act for them").click()
    is_open(acting)
    assert acting.get_by_text("You act on behalf of").is_visible()
    acting.get_by_role("button", name="Stop acting").click()
    acting.get_by_role("link", name="Help no more").click()
    is_open(acting)
    asking.reload()
    is_open(asking)


@pytest.mark.parametrize(("width", "button"), [(360, "Decline"), (1280, "Accept, and start my report")])
def test_answering_an_invitation_shuts_nobody_out(browse: Browse, width: int, button: str, settings: Any) -> None:
    settings.NOTICES_CHANNEL = "console"
    inviting.told(Citizen())
    page = signed_in(browse, inviting.named("bob", "Robert", "Example"), width=width)
    page.goto("/invitation")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("There is a problem").wait_for()
    assert browsers.barriers(page) == []
    page.get_by_label("Code").fill(inviting.code())
    page.get_by_role("button", name="Continue").click()
    for press in ("", button):
        if press:
            page.get_by_role("button", name=press).click()
        assert browsers.barriers(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert page.url.endswith("declined") == (button == "Decline")
