"""What all pages have in common, as a browser shows it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from deploy.demo.visits import Visit
from tests import scenes
from tests.browser import browsers, pictures
from tests.scenes import Scene

Browse = Callable[..., Page]


def test_the_first_page_shuts_nobody_out(browse: Browse) -> None:
    page = browse()
    page.goto("/")
    assert browsers.barriers(page) == []


def test_a_fault_seeded_on_purpose_is_found(browse: Browse) -> None:
    page = browse()
    page.goto("/")
    page.evaluate("document.querySelector('main').innerHTML += '<img src=\"data:,\">'")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    found = [each.partition(":")[0] for each in browsers.barriers(page)]
    assert found == ["html-has-lang", "image-alt"]


def test_styles_and_scripts_work_under_the_policy(browse: Browse) -> None:
    page = browse()
    page.goto("/")
    assert "govuk-frontend-supported" in str(page.locator("body").get_attribute("class"))
    colour = page.evaluate("getComputedStyle(document.querySelector('.app-header')).backgroundColor")
    assert colour == "rgb(29, 79, 115)"
    font = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    assert font == "arial, sans-serif"


def test_what_the_policy_forbids_does_not_run(chromium: Browser, live: str) -> None:
    page = chromium.new_page(base_url=live)
    page.goto("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button onclick=\"document.title = 1\">Do</button>')")
    page.get_by_role("button", name="Do").click()
    assert page.title() != "1"
    page.close()


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_wider_than_the_screen(browse: Browse, width: int) -> None:
    """WCAG 2.2, success criterion 1.4.10: a window of 1280 at 400 % is one of 320."""
    page = browse(width=width)
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 1280])
def test_large_print_is_large_and_no_wider(browse: Browse, width: int) -> None:
    page = browse(width=width)
    page.goto("/")
    before = page.locator("h1").bounding_box()
    page.evaluate("document.body.classList.add('app-large-print')")
    after = page.locator("h1").bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_language_is_chosen_without_javascript(browse: Browse) -> None:
    page = browse(javascript=False)
    page.goto("/")
    page.get_by_role("link", name="Cymraeg").click()
    assert page.locator("html").get_attribute("lang") == "cy"
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "cy"


def test_the_keyboard_skips_to_the_content(browse: Browse) -> None:
    page = browse()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "govuk-skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"


def test_on_paper_there_is_nothing_to_press(browse: Browse) -> None:
    page = browse()
    page.goto("/")
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="Cymraeg").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()


def test_pictures_are_taken(chromium: Browser, live: str, tmp_path: Path) -> None:
    scene = Scene(live, {"start": scenes.Page("start", "/", Visit(live))})
    wanted = [each for each in pictures.PICTURES if each.page in scene.pages]
    taken = [pictures.take(each, chromium, scene, to=tmp_path) for each in wanted]
    assert len({file.read_bytes() for file in taken}) == len(wanted) == 2


def test_a_missing_browser_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(browsers.NoBrowser, match="`deploy/install dev` installs it"), browsers.running():
        pass
