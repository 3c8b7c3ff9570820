"""Life events told on pages, from the letter until everybody who was told has said what they did.

The whole service runs, with its workers and the simulator that plays the recipients.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from deploy.demo import stories, visits
from tests.browser import browsers, hands, others, walks
from tests.browser.hands import Hand
from tests.browser.stages import Stage
from tests.browser.walks import Walk

JSON = Any
Browse = Callable[..., Page]
NOBODY_THERE = "Not known there"
SCRIPTS = re.compile(r"<script\b.*?</script>", re.DOTALL)
# What is typed wrongly first, on which page.
MISTAKES: Mapping[str, Mapping[str, str]] = {
    "your-name": {"informant.name.given": "Josephine"},
    "your-contact": {"informant.email": "josephine at home"},
    "national-insurance": {"subject.identifiers.nino": "12"},
    "addresses": {"subject.addresses.0.postcode": "nowhere"},
}


@pytest.fixture
def browse(chromium: Browser, stage: Stage) -> Iterator[Browse]:
    with browsers.windows(chromium, stage.url) as open_window:
        yield open_window


def shuts_nobody_out(page: Page) -> None:
    """Look at a page as it is."""
    assert browsers.barriers(page) == [], page.url
    fits(page)


def fits(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url


def tell(stage: Stage, page: Page, hand: Hand, *, look: walks.Look, is_whole: bool = False) -> Walk:
    """Tell the story of a death, whole and with mistakes or in short, and send it."""
    letter, story = stage.death()
    answers = dict(walks.typed(story.answers))
    walk = Walk(page, hand, answers if is_whole else walks.in_short(answers), look, mistakes=MISTAKES)
    walks.open_letter(walk, letter)
    walks.answer_all(walk)
    walks.send(walk, story.consents)
    return walk


def assert_all_confirmed(walk: Walk) -> None:
    """Follow, and see that each has ended as the story's list has it."""
    shown = walks.follow(walk)
    owed = [each for each in stories.owed() if each.told is not None]
    assert len(shown) == len(owed)
    unknown = [name for name, said in shown.items() if said == NOBODY_THERE]
    assert len(unknown) == sum(each.outcome == "no_match" for each in owed)


def test_a_death_is_told_and_everybody_confirms(browse: Browse, stage: Stage) -> None:
    walk = tell(stage, browse(), hands.Mouse(), look=shuts_nobody_out, is_whole=True)
    assert len(walk.asked) > 25
    assert walk.asked[0] == "your-name"
    assert_all_confirmed(walk)


def test_a_death_is_told_in_welsh_and_everybody_confirms(browse: Browse, stage: Stage) -> None:
    def is_welsh(page: Page) -> None:
        assert page.locator("html").get_attribute("lang") == "cy"
        shuts_nobody_out(page)

    assert_all_ended(tell(stage, browse(language="cy"), hands.Mouse(), look=is_welsh))


def test_a_death_is_told_without_javascript_and_everybody_confirms(browse: Browse, stage: Stage) -> None:
    second = browse()

    def as_it_stands(page: Page) -> None:
        """Show the page, without its scripts, to a browser that runs axe-core's."""
        fits(page)
        said = SCRIPTS.sub("", page.content())
        second.route(page.url, lambda route: route.fulfill(body=said, content_type="text/html; charset=utf-8"))
        second.goto(page.url)
        assert browsers.barriers(second) == [], page.url
        second.unroute(page.url)

    assert_all_ended(tell(stage, browse(javascript=False), hands.Mouse(), look=as_it_stands))


def test_a_death_is_told_by_keyboard_alone_and_everybody_confirms(browse: Browse, stage: Stage) -> None:
    assert_all_ended(tell(stage, browse(), hands.Keys(), look=fits))


def test_a_death_is_told_on_a_phone_and_everybody_confirms(browse: Browse, stage: Stage) -> None:
    page = browse(width=360, is_mobile=True, has_touch=True)
    assert_all_ended(tell(stage, page, hands.Finger(), look=shuts_nobody_out))


@pytest.mark.parametrize(
    ("kind", "entry", "answers"),
    [("birth", others.BIRTH_ENTRY, others.BIRTH), ("marriage", others.MARRIAGE_ENTRY, others.MARRIAGE)],
)
def test_what_the_register_office_knows_is_told_by_its_letter_and_everybody_confirms(
    browse: Browse, stage: Stage, kind: str, entry: Mapping[str, JSON], answers: Mapping[str, JSON]
) -> None:
    walk = Walk(browse(), hands.Mouse(), dict(walks.typed(answers)), shuts_nobody_out)
    walks.open_letter(walk, stage.registered(kind, entry))
    walks.answer_all(walk)
    walks.send(walk, {})
    assert_all_did_something(walk)


def test_a_citizen_whose_identity_is_proved_tells_of_a_move_and_everybody_confirms(
    browse: Browse, stage: Stage
) -> None:
    page = browse()
    page.goto(f"/accounts/providers/development?login_hint={visits.NEIGHBOUR}")
    walk = Walk(page, hands.Mouse(), dict(walks.typed(others.MOVE)), shuts_nobody_out)
    page.goto("/start/move")
    walk.go_on(press="main form button[name=kind]")
    walks.answer_all(walk)
    walks.send(walk, {})
    assert_all_did_something(walk)


def assert_all_ended(walk: Walk) -> None:
    """Follow until there is nobody left of whom something is still to come, whatever that is called."""
    assert len(walks.follow(walk)) > 1


def assert_all_did_something(walk: Walk) -> None:
    shown = walks.follow(walk)
    assert len(shown) > 1
    assert set(shown.values()) <= {"Done", "Nothing to do", NOBODY_THERE}, shown
