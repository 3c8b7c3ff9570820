"""The pages of recipients that are written to or load files, in a browser: nothing that shuts anybody out."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tellusonce import links
from tests import factories
from tests.browser import browsers
from tests.browser.visits import signed_in
from tests.web.desks import Desk

Browse = Callable[..., Page]
GRANTS = ("subject.name.family", "subject.name.given", "death.died_on", "subject.addresses.lines")
FILE: dict[str, Any] = {"format": "csv", "columns": ["surname"], "mapping": "{surname: subject.name.family}"}


def open_to_all(page: Page, *, width: int) -> None:
    assert browsers.barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1280])
def test_a_link_from_a_mail_shuts_nobody_out(browse: Browse, width: int) -> None:
    route = {"adapter": "inbox", "settings": {"mail": {"to": "allotments@northmoor.example"}}}
    recipient = factories.recipient("allotments", name="Northmoor - Allotments", route=route, grants=GRANTS)
    delivery = factories.submitted().deliveries.get()
    mail = links.mail_of(recipient.route)
    assert mail is not None
    page = browse(width=width)
    page.goto(links.write(delivery.pk, mail))
    open_to_all(page, width=width)
    page.get_by_role("button", name="Show the message").click()
    page.get_by_text("Quillfeather").first.wait_for()
    open_to_all(page, width=width)
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_text("There is a problem").wait_for()
    open_to_all(page, width=width)
    page.get_by_label("This person is not known here").check()
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_role("heading", name="Your answer was taken").wait_for()
    open_to_all(page, width=width)


@pytest.mark.parametrize("width", [360, 1280])
def test_files_shut_nobody_out(browse: Browse, width: int) -> None:
    route = {"adapter": "inbox", "settings": {"file": FILE}}
    factories.recipient("register", name="Northmoor - Register of Electors", route=route, grants=GRANTS)
    page = signed_in(browse, Desk("recipient-officer"), width=width)
    page.goto("/inbox/files")
    open_to_all(page, width=width)
    page.get_by_role("button", name="New messages").click()
    page.get_by_text("no such messages").wait_for()
    open_to_all(page, width=width)
    page.get_by_role("link", name="Send back a file").click()
    content = b"message,outcome\nnonsense,no_match\n"
    page.get_by_label("File of answers").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Line 2").wait_for()
    open_to_all(page, width=width)
