"""Every link, every form and every address, by somebody of each sort: nothing breaks, and nobody sees another's."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from identity import codes
from tellusonce import citizens
from tests.accounts.test_rules import routes
from tests.web import crawls, worlds
from tests.web.crawls import Crawl
from tests.web.worlds import Side

pytestmark = pytest.mark.django_db
Sides = tuple[Side, Side]
WHO = pytest.mark.parametrize("who", worlds.VISITORS)
REFUSED, LED_AWAY = {401, 403, 404, 405}, {302, 303}
UNFIT = {400, 415, 422}  # whoever reads what was sent before they look for what it is about
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
# By what else an address may name the same, and what is nobody's.
ALSO = {"report": "report_id", "mandate": "mandate_id", "invitation": "invitation_id"}
OPEN = {"code": "cy", "kind": "death", "how": "letter", "name": "your-name"}
FOR_PROGRAMS = ("/api/", "/accounts/")
# May be repeated, and so says the same of what was never one's own; it changes nothing of it.
SAME_FOR_ALL = "/let-go"
# Asks other servers how they are.
SIGNS_OF_LIFE = {"readyz"}


@pytest.fixture(autouse=True)
def _quick_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(citizens, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def sides() -> Sides:
    return worlds.build()


def check(answer: Any, at: str, who: str, sides: Sides) -> set[str]:
    """See that nothing broke, and nothing is shown to whom it does not belong; give what is shown of one's own."""
    here, there = sides
    assert answer.status_code < 500, at
    hidden = there.birds | (here.birds if who in worlds.NOT_TO_READ else set())
    if who == worlds.TO_DECIDE[0] and at.startswith(worlds.TO_DECIDE[1]):
        hidden = frozenset()
    said = answer.content.decode(errors="replace")
    assert {bird for bird in hidden if bird in said} == set(), at
    addresses = " ".join([at, *crawls.links(answer, at)])
    assert {bird for bird in here.birds | there.birds if bird in addresses} == set(), at
    return {bird for bird in here.birds if bird in said}


@WHO
def test_every_link_and_form_is_answered_with_nothing_of_others(who: str, sides: Sides) -> None:
    here, there = sides
    begin = [reverse("report", args=[each.pk]) for each in (here.sent, here.started)]
    crawl = Crawl(worlds.VISITORS[who](here), ["/", "/home", *begin])
    crawl.go()
    seen = set().union(*(check(answer, at, who, sides) for at, answer in crawl.answers.items()))
    assert bool(seen) == (who not in {*worlds.NOT_TO_READ} - {worlds.TO_DECIDE[0]}), "whoever reads at all was read to"
    before = there.state()
    for form in crawl.forms.values():
        ways = [form.fields, form.with_nonsense(), form.swapped(here.names(), there.names())]
        for fields in [each for place, each in enumerate(ways) if each not in ways[:place]]:
            for answer in crawl.send(form.action, fields):
                check(answer, form.action, who, sides)
    assert there.state() == before


def addresses(names: Mapping[str, Any]) -> Iterator[str]:
    """Fill every address of the service with what is named."""
    for at, _view in routes(get_resolver().url_patterns):
        if at not in SIGNS_OF_LIFE and all(_key(place) in names for place in PLACE.findall(at)):
            yield "/" + PLACE.sub(lambda found: str(names[_key(found[1])]), at)


def _key(place: str) -> str:
    return ALSO.get(place, place)


def swapped(here: Side, there: Side) -> Iterator[str]:
    """Fill every address that names something of somebody's, with one or all of its names another's."""
    own, others = {**OPEN, **here.places}, {**OPEN, **there.places}
    of_nobody = set(addresses(own)) & set(addresses(others))
    ways = [{**own, **dict(changed)} for changed in itertools.combinations(there.places.items(), 1)]
    return iter({at for way in [others, *ways] for at in addresses(way)} - of_nobody - set(addresses(own)))


@WHO
def test_every_address_is_answered_and_refused_with_the_id_of_anothers(who: str, sides: Sides) -> None:
    here, there = sides
    client, before = worlds.VISITORS[who](here), there.state()
    for at in addresses({**OPEN, **here.places}):
        for answer in asked(client, at):
            check(answer, at, who, sides)
    for at in [] if who == worlds.TO_DECIDE[0] else swapped(here, there):  # nothing is another's to those for all
        ways = [{*REFUSED, *LED_AWAY}, *itertools.repeat({*REFUSED, *UNFIT} if is_for_programs(at) else REFUSED, 3)]
        for answer, refused in zip(asked(client, at), ways, strict=False):
            check(answer, at, who, sides)
            is_asked_who = answer.headers.get("Location", "").startswith(f"{reverse('sign-in')}?")
            assert answer.status_code in refused or is_asked_who or at.endswith(SAME_FOR_ALL), at
    assert there.state() == before


def asked(client: Client, at: str) -> Iterator[Any]:
    """Ask for what is at an address, and send it a form without anything, or what programs send, right and wrong."""
    written: dict[str, Any] = {"content_type": "application/json", "headers": {"Idempotency-Key": "a-crawler-s-own"}}
    bodies = [{"data": body, **written} for body in ("{}", '{"code": ["nonsense"]}')]
    ways: list[tuple[Callable[..., Any], dict[str, Any]]] = [(client.get, {})]
    if is_for_programs(at):
        ways += [(client.post, bodies[0]), (client.post, bodies[1]), (client.patch, bodies[0])]
    else:
        ways.append((client.post, {}))
    for method, sent in ways:
        with crawls.as_before(client):
            yield method(at, secure=True, **sent)


def is_for_programs(at: str) -> bool:
    return at.startswith(FOR_PROGRAMS)
