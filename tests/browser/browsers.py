"""Chromium, as the tests and the pictures start it; and what axe-core finds on a page."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # root has none to give
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# WCAG 2.0 to 2.2 at levels A and AA, and what is good to do besides.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
MENDABLE = re.compile("status of 4(09|22) ")
# Far more than anything takes: a busy machine is slow, and what never comes is found all the same.
PATIENCE_MS = 120_000


class NoBrowser(Exception):
    """There is no browser here; the message says how to get one."""


@contextmanager
def running() -> Iterator[Browser]:
    """Run Chromium for as long as the block does. Raises NoBrowser.

    Meanwhile an event loop runs in this thread, so Django has to be told that its own calls are meant.
    """
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise NoBrowser("Chromium is missing: `deploy/install dev` installs it on Debian as root; else install it.")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@contextmanager
def windows(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Give what opens windows at an address, each as if in a browser of its own; they complain of nothing."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        # A page that says what to mend has a status of its own, and Chromium remarks on it.
        if said.type in {"error", "warning"} and not MENDABLE.search(said.text):
            complaints.append(said.text)

    def open_window(*, width: int = 1280, javascript: bool = True, language: str = "en-GB", **more: Any) -> Page:
        size = ViewportSize(width=width, height=800)
        context = browser.new_context(
            base_url=address, viewport=size, java_script_enabled=javascript, locale=language, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def barriers(page: Page) -> list[str]:
    """Say what on a page shuts somebody out, by rule, with the first place where it does."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": list(RULES)}, "resultTypes": ["violations"]})
    return [_said(each) for each in found.response["violations"]]


def _said(violation: dict[str, Any]) -> str:
    places = violation["nodes"]
    return f"{violation['id']}: {violation['help']} ({len(places)}, first {places[0]['html']})"
