"""The order of a journey: which pages are asked after what was answered so far, and what comes before and after one."""

from collections.abc import Mapping
from typing import Any

from tellusonce.events import vocabularies
from tellusonce.events.definitions import Kind
from tellusonce.events.pages import Page
from tellusonce.events.parts import dig

JSON = Any


def asked(kind: Kind, answers: Mapping[str, JSON], *, entry: Mapping[str, JSON]) -> list[Page]:
    """List the pages to ask, in order: those whose condition holds, without what the register entry fixes."""
    return [page for page in kind.pages if page.when(answers) and not _is_fixed(kind, page, entry)]


def find(kind: Kind, name: str) -> Page | None:
    """Give a page by its name, asked or not."""
    return next((page for page in kind.pages if page.name == name), None)


def after(pages: list[Page], name: str) -> Page | None:
    """Give the page that follows; None after the last, and after one that is no longer asked."""
    names = [page.name for page in pages]
    place = names.index(name) + 1 if name in names else len(names)
    return pages[place] if place < len(names) else None


def before(pages: list[Page], name: str) -> Page | None:
    """Give the page before; None before the first."""
    names = [page.name for page in pages]
    place = names.index(name) - 1 if name in names else -1
    return pages[place] if place >= 0 else None


def first_open(pages: list[Page], answers: Mapping[str, JSON]) -> Page | None:
    """Give the first page that nothing has been answered on yet; None where each has something."""
    return next((page for page in pages if not is_answered(page, answers)), None)


def is_answered(page: Page, answers: Mapping[str, JSON]) -> bool:
    """Whether there is any answer to what a page asks."""
    paths = (page.each,) if page.each else page.fields
    return any(dig(answers, path) not in (None, "", [], {}) for path in paths)


def _is_fixed(kind: Kind, page: Page, entry: Mapping[str, JSON]) -> bool:
    """Whether the register says all that a page asks, so that nobody may say otherwise."""
    leaves = vocabularies.vocabulary(kind)
    fixed = {leaf for path in kind.registered for leaf in vocabularies.expand(kind, path)}
    paths = (page.each,) if page.each else page.fields
    wanted = {leaf for path in paths for leaf in vocabularies.expand(kind, path) if leaf in leaves}
    return wanted <= fixed and any(dig(entry, path) is not None for path in paths)
