"""A walk through the service as somebody who has a letter takes it, whatever is asked and in whichever language.

It knows of a page only what is on it: which controls its form has, and which buttons. What is answered is known by the
names of the controls.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import hands
from tests.browser.hands import Hand, Texts

JSON = Any
Look = Callable[[Page], None]
END_SECONDS = 240  # far more than it takes: a busy machine is slow
MOST_PAGES = 120
BRIEFLY = {"services.council_tax", "services.adults_remaining", "services.driving_licence"}
SECOND = re.compile(r"\b(addresses|pensions|vehicles)\.[1-9]")
ENTRY = re.compile(r"^(.+?)\.(\d+)(?:\.|$)")
SUMMARY = ".govuk-error-summary"
PARCEL = ".app-parcel"
TAGS = """all => all.map(each => {
    const tag = each.querySelector(".govuk-tag");
    return [each.querySelector("h2, h3").innerText, tag.innerText, [...tag.classList]];
})"""
# The colours of what has come to its end.
ENDED = frozenset(f"govuk-tag--{colour}" for colour in ("green", "grey", "red"))


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, by which a report is opened."""

    reference: str
    surname: str
    on: str


@dataclass(slots=True)
class Walk:
    """Somebody at a page, with hands, answers by control, and the eyes of whoever watches each page."""

    page: Page
    hand: Hand
    answers: Texts = field(repr=False)
    look: Look
    mistakes: Mapping[str, Texts] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def go_on(self, *, fill: Texts | None = None, press: str = hands.GO_ON) -> None:
        """Fill in what is given, press, and look at what comes."""
        self.hand.fill(self.page, fill or {})
        self.hand.press(self.page, press)
        self.look(self.page)


def typed(value: JSON, path: str = "") -> Iterator[tuple[str, str]]:
    """Say what answers are in the controls of forms, by name."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from typed(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    elif isinstance(value, list):
        yield from _entries(value, path)
    elif path == "on" or path.endswith("_on"):
        year, month, day = value.split("-")
        yield from ((f"{path}.day", day), (f"{path}.month", month), (f"{path}.year", year))
    else:
        yield path, str(value)


def in_short(answers: Texts) -> Texts:
    """Leave out what only leads to further questions: which services there were, but for some, and second entries."""
    return {
        name: text
        for name, text in answers.items()
        if (not name.startswith("services.") or name in BRIEFLY) and not SECOND.search(name)
    }


def _entries(value: list[JSON], path: str) -> Iterator[tuple[str, str]]:
    if path.endswith(".given"):
        yield path, " ".join(value)
        return
    for place, inner in enumerate(value):
        yield from typed(inner, f"{path}.{place}")


def open_letter(walk: Walk, letter: Letter) -> None:
    """Come from the first page, and open a report by what a letter says."""
    walk.page.goto("/open")
    walk.look(walk.page)
    walk.go_on(fill={"reference": letter.reference, "surname": letter.surname, **dict(typed(letter.on, "on"))})


def answer_all(walk: Walk) -> None:
    """Answer page after page until all answers are shown."""
    for _ in range(MOST_PAGES):
        *_, name = _place(walk.page)
        if name == "answers":
            return
        if name not in walk.asked:
            walk.asked.append(name)
            _blunder(walk, name)
        walk.go_on(fill=walk.answers, press=hands.ADD if _has_more(walk) else hands.GO_ON)
        assert walk.page.locator(SUMMARY).count() == 0, walk.page.locator(SUMMARY).inner_text()
    raise AssertionError(f"There is no end to the questions; the last was {walk.page.url}.")


def _place(page: Page) -> list[str]:
    return page.url.partition("?")[0].split("/")


def _blunder(walk: Walk, name: str) -> None:
    """Get it wrong first, where that is wanted: it is said at the top and at the field, and what was typed is kept."""
    if name not in walk.mistakes:
        return
    wrong = walk.mistakes[name]
    walk.go_on(fill=wrong)
    expect(walk.page.locator(SUMMARY)).to_be_visible()
    assert walk.page.locator(".govuk-error-message").count() > 0
    for control, text in wrong.items():
        assert walk.page.input_value(f'[name="{control}"]') == text


def _has_more(walk: Walk) -> bool:
    """Whether there is an answer to the entry that comes after those on the page."""
    if walk.page.locator(hands.ADD).count() == 0:
        return False
    places = [match for name in hands.controls(walk.page) if (match := ENTRY.match(name))]
    following = f"{places[0][1]}.{max(int(match[2]) for match in places) + 1}"
    return any(name == following or name.startswith(f"{following}.") for name in walk.answers)


def send(walk: Walk, consents: Mapping[str, bool]) -> None:
    """Go from the answers to who is told, choose all, agree and send."""
    walk.go_on(press="main a.govuk-button")
    walk.go_on(fill={f"consent.{name}": "yes" if said else "no" for name, said in consents.items()})
    walk.go_on()
    assert _place(walk.page)[-1] == "sent"


def follow(walk: Walk) -> dict[str, str]:
    """Follow until everybody has said what they did; gives what is shown of each."""
    walk.go_on(press="main a.govuk-button")
    until = time.monotonic() + END_SECONDS
    while (lines := _lines(walk.page)) and any(is_open for _, is_open in lines.values()):
        assert time.monotonic() < until, lines
        walk.page.wait_for_timeout(500)
        walk.page.reload()
    walk.look(walk.page)
    return {name: said for name, (said, _) in lines.items()}


def _lines(page: Page) -> dict[str, tuple[str, bool]]:
    """Read the tag of each recipient, and whether something is still to come."""
    tags = page.locator(PARCEL).evaluate_all(TAGS)
    return {name: (said, ENDED.isdisjoint(classes)) for name, said, classes in tags}
