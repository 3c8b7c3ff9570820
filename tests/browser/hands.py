"""How somebody fills in a form and sends it: with a mouse, with a finger, or with the keys alone."""

from collections.abc import Mapping
from typing import Protocol

from playwright.sync_api import Locator, Page

Texts = Mapping[str, str]
CONTROLS = "main form :is(input, select, textarea)[name]:not([type=hidden])"
GO_ON = "main form button.govuk-button:not([name])"
ADD = "main form button[name=add]"
# What has the focus: its tag, its name and its type.
FOCUSED = "(at => [at.tagName, at.name || '', at.type || ''])(document.activeElement)"


class Hand(Protocol):
    """One way of handling a page."""

    def fill(self, page: Page, texts: Texts) -> None:
        """Fill in a form: each control that a text is given for, by name."""

    def press(self, page: Page, what: str) -> None:
        """Press what a selector finds first, and wait for the page that it leads to."""


def controls(page: Page) -> dict[str, str]:
    """Name the controls of a page's form, each with its type."""
    listed = page.eval_on_selector_all(CONTROLS, "all => all.map(each => [each.name, each.type])")
    return dict(listed)


def wanted(page: Page, texts: Texts) -> dict[str, str]:
    """Name those that are to be filled in; a box that says no is not ticked."""
    listed = controls(page)
    return {
        name: sort for name, sort in listed.items() if name in texts and (sort != "checkbox" or texts[name] == "yes")
    }


class Mouse:
    """Points and clicks."""

    def fill(self, page: Page, texts: Texts) -> None:
        """Put each text where it belongs; a choice is clicked."""
        for name, sort in wanted(page, texts).items():
            if sort in {"radio", "checkbox"}:
                self.touch(page.locator(f'main form [name="{name}"][value="{texts[name]}"]'))
            else:
                page.fill(f'main form [name="{name}"]', texts[name])

    def press(self, page: Page, what: str) -> None:
        """Click it."""
        with page.expect_navigation():
            self.touch(page.locator(what).first)

    def touch(self, at: Locator) -> None:
        """Click, unless it is a choice that is chosen already."""
        if at.get_attribute("type") in {"radio", "checkbox"}:
            at.check()
        else:
            at.click()


class Finger(Mouse):
    """Taps."""

    def touch(self, at: Locator) -> None:
        """Tap, unless it is a choice that is chosen already."""
        if at.get_attribute("type") not in {"radio", "checkbox"} or not at.is_checked():
            at.tap()


class Keys:
    """Goes from one thing to the next by tab, types, chooses with arrows and the space bar, and presses return."""

    def fill(self, page: Page, texts: Texts) -> None:
        """Go through the form once, in the order in which the tab key does."""
        left = set(wanted(page, texts))
        while left:
            name, sort = self._next(page, ", ".join(left))
            if name in left:
                self._give(page, sort, texts[name])
            left -= {name}

    def press(self, page: Page, what: str) -> None:
        """Go to it by tab, and press return."""
        while not page.evaluate("what => document.activeElement.matches(what)", what):
            self._next(page, what)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def _next(self, page: Page, wanted: str) -> tuple[str, str]:
        """Go on by one tab, and name what has the focus then; at the end of the page there is nothing any more."""
        page.keyboard.press("Tab")
        tag, name, sort = page.evaluate(FOCUSED)
        assert tag != "BODY", f"The tab key does not lead to {wanted} on {page.url}."
        return name, sort

    def _give(self, page: Page, sort: str, text: str) -> None:
        if sort == "radio":
            self._choose(page, text)
        elif sort == "checkbox":
            page.keyboard.press("Space")
        else:
            page.keyboard.press("Control+a")
            page.keyboard.type(text)

    def _choose(self, page: Page, text: str) -> None:
        page.keyboard.press("Space")
        before: list[str] = []
        while (value := page.evaluate("document.activeElement.value")) != text:
            assert value not in before, f"The arrow keys do not lead to {text} on {page.url}."
            before.append(value)
            page.keyboard.press("ArrowDown")
