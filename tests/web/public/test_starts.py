"""What somebody reads before they tell: what can be told, what is done about it, and the way on from there."""

import pytest
from django.test import Client
from django.urls import reverse

from tellusonce import events
from tellusonce.models import Report
from tests.web.citizens import Citizen
from tests.web.desks import token_in

pytestmark = pytest.mark.django_db
KINDS = sorted(kind.name for kind in events.kinds().values() if kind.pages)


def read(name: str, **place: object) -> str:
    return Client().get(reverse(name, kwargs=place), headers={"accept-language": "en"}, secure=True).content.decode()


def test_the_first_page_leads_to_every_event_that_can_be_told_on_pages() -> None:
    page = read("start")
    assert [kind for kind in KINDS if reverse("introduction", args=[kind]) in page] == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_what_is_done_about_it_and_comes_back_to_itself_after_signing_in(kind: str) -> None:
    page, introduction = read("introduction", kind=kind), events.find(kind).introduction
    assert introduction is not None
    assert introduction.happened in page
    assert f"{reverse('sign-in')}?next={reverse('introduction', args=[kind])}" in page
    assert (f'href="{reverse("open")}?kind={kind}"' in page) is bool(events.find(kind).letter)


def test_whoever_is_proved_starts_from_there() -> None:
    citizen = Citizen()
    form = {"kind": "move", "once": token_in(citizen.read("introduction", kind="move"))}
    assert citizen.send("begin", form)["Location"] == reverse("report", args=[Report.objects.get().pk])


def test_whoever_is_not_proved_is_asked_to_sign_in() -> None:
    page = Citizen(confidence="P1").read("introduction", kind="move")
    assert reverse("begin") not in page
    assert reverse("sign-in") in page


def test_there_is_nothing_about_an_event_that_is_not_told() -> None:
    answer = Client().get("/start/eclipse", secure=True)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("kind", "words"),
    [("death", "Date of death"), ("birth", "Date of birth"), ("", "Date of the death, the birth or the ceremony")],
)
def test_a_letter_is_asked_for_in_the_words_of_what_has_happened(kind: str, words: str) -> None:
    page = Client().get(f"{reverse('open')}?kind={kind}", headers={"accept-language": "en"}, secure=True)
    assert words in page.content.decode()
