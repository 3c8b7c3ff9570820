"""What no view answers is a page too: what happened, what to do now, and nothing of the cause."""

from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import urls
from tellusonce import rules
from tests.accounts import visitors


@rules.named(rules.READ_PUBLISHED)
def breaks(_: Any) -> HttpResponse:
    raise RuntimeError("a secret cause")


urlpatterns = [
    path("breaks", breaks),
    path("api/breaks", breaks),
    path("soap/breaks", breaks),
    path("accounts/breaks", breaks),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
pytestmark = pytest.mark.urls(__name__)


def ask(path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, secure=True, headers=headers)


def test_where_nothing_is_a_page_says_so_and_where_to_go() -> None:
    answer = ask("/nowhere")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "There is nothing here for you" in page
    assert 'href="/"' in page
    assert answer["Cache-Control"] == "no-store"


def test_it_is_said_in_welsh() -> None:
    assert "Nid oes dim yma i chi" in ask("/nowhere", accept_language="cy").content.decode()


def test_what_breaks_is_our_fault_and_shows_no_cause() -> None:
    answer = ask("/breaks")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Something went wrong" in page
    assert "secret cause" not in page


@pytest.mark.django_db
def test_the_page_of_what_is_broken_asks_no_database() -> None:
    browser = visitors.signed_in()

    def refuse(*_: Any) -> Any:
        raise AssertionError("the database was asked")

    with connection.execute_wrapper(refuse):
        answer = browser.get("/breaks")
    assert (answer.status_code, "Something went wrong" in answer.content.decode()) == (500, True)


@pytest.mark.parametrize("path", ["/api/breaks", "/accounts/breaks"])
def test_programs_are_told_as_a_problem(path: str) -> None:
    answer = ask(path)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")


@pytest.mark.parametrize(("path", "status"), [("/soap/breaks", 500), ("/soap/nowhere", 404), ("/oauth/nowhere", 404)])
def test_other_programs_are_told_by_the_status(path: str, status: int) -> None:
    answer = ask(path)
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain")


def test_a_form_without_its_token_has_expired() -> None:
    answer = Client(enforce_csrf_checks=True).post("/open", {}, secure=True)
    assert answer.status_code == 403
    assert "This page has expired" in answer.content.decode()


def test_a_host_that_is_not_ours_is_not_understood(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answer = Client().get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "This was not understood" in answer.content.decode()
