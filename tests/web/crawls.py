"""Whoever follows every link and sends every form that a browser shows them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html

from tellusonce.rules import Rule

MOST = 600
NONSENSE = "\u03a9 \u2019; <b>'\" 99"
# What leads out of the service, or only to where one is.
ELSEWHERE = re.compile(r"^(?!https?://testserver)(https?:|mailto:|tel:|#)")


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands on a page, with one of its buttons pressed; a list where a name is there more than once."""

    page: str
    action: str
    fields: Mapping[str, list[str]] = field(repr=False)
    free: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[Any, ...]:
        """Tell apart what is sent to different places, or with other names and choices."""
        return (*place(self.action), *sorted((name, *each) for name, each in self.fields.items() if name != "once"))

    def with_nonsense(self) -> dict[str, list[str]]:
        """Give it with nonsense wherever somebody may type."""
        return {name: [NONSENSE] if name in self.free else value for name, value in self.fields.items()}

    def swapped(self, theirs: Mapping[str, str], others: Mapping[str, str]) -> dict[str, list[str]]:
        """Give it with others' names wherever theirs stand."""
        known = {value: others[name] for name, value in theirs.items()}
        return {name: [known.get(each, each) for each in value] for name, value in self.fields.items()}


@dataclass(slots=True)
class Crawl:
    """One visitor, and where they begin; `answers` are all that they got, by address."""

    client: Client
    start: Sequence[str]
    answers: dict[str, Any] = field(default_factory=dict)
    forms: dict[Any, Form] = field(default_factory=dict)

    def go(self) -> None:
        """Follow every link, once for all that differ in what is searched for alone."""
        waiting, known = [*self.start], set()
        while waiting:
            address = waiting.pop(0)
            key = place(address)
            if key in known:
                continue
            known.add(key)
            assert len(known) < MOST, f"There is no end to the links: {address}"
            answer = self.answers[address] = self.client.get(address, secure=True)
            waiting += [each for each in links(answer, address) if not ELSEWHERE.match(each)]
            self.forms |= {form.key: form for form in forms(answer, address)}

    def send(self, action: str, fields: Mapping[str, list[str]]) -> list[Any]:
        """Send a form, and follow where that leads; afterwards everything is as it was."""
        with as_before(self.client):
            said = self.client.post(action, fields, secure=True)
            led = said.headers.get("Location", "")
            return [said, self.client.get(led, secure=True)] if led and not ELSEWHERE.match(led) else [said]


@contextmanager
def as_before(client: Client) -> Iterator[None]:
    """Undo whatever is done meanwhile, in the database and in the browser."""
    cookies, before = SimpleCookie(client.cookies.output(header="", sep=";")), transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
        client.cookies = cookies


def place(address: str) -> tuple[Any, ...]:
    """Say where an address leads: the view, what it is about, and which filters it has."""
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return (parts.path,)
    assert isinstance(getattr(match.func, "rule", None), Rule), f"{parts.path} names no rule"
    return (match.view_name, *map(str, match.kwargs.values()), *sorted(set(parse_qs(parts.query)) - {"next"}))


def links(answer: Any, here: str) -> Iterator[str]:
    """List where a page leads, by links, forms that only ask, and by itself."""
    if "Location" in answer.headers:
        yield absolute(here, answer["Location"])
    if not is_page(answer):
        return
    tree: Any = html.fromstring(answer.content)
    yield from (absolute(here, str(each)) for each in tree.xpath("//a/@href") if each)
    for form in tree.forms:
        if form.method == "GET":
            asked = urlencode([(name, value or "") for name, value in form.form_values()])
            yield absolute(here, f"{form.action or here}?{asked}")


def forms(answer: Any, here: str) -> Iterator[Form]:
    """List the forms that a page has to send, once for each of their buttons."""
    if not is_page(answer):
        return
    tree: Any = html.fromstring(answer.content)
    for form in tree.forms:
        if form.method == "POST":
            yield from _pressed(form, here)


def _pressed(form: Any, here: str) -> Iterator[Form]:
    fields: dict[str, list[str]] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value or "")
    typed = form.xpath(".//textarea/@name | .//input[@type='text' or not(@type) or @type='email' or @type='tel']/@name")
    buttons = [(each.get("name"), each.get("value", "")) for each in form.xpath(".//button[not(@type='button')]")]
    for name, value in buttons or [(None, "")]:
        pressed = {name: [value]} if name else {}
        yield Form(here, absolute(here, form.action or here), {**fields, **pressed}, frozenset(typed))


def absolute(here: str, address: str) -> str:
    """Give the address of a link as the test's browser asks for it."""
    whole = urljoin(f"https://testserver{here}", address)
    return whole.removeprefix("https://testserver").partition("#")[0]


def is_page(answer: Any) -> bool:
    """Whether an answer is a page, and not a file."""
    return bool(answer.content) and str(answer.headers.get("Content-Type", "")).startswith("text/html")
