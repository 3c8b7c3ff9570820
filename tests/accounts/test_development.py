"""The sign-in for development: a provider made with our own django-oauth-toolkit, over real HTTP."""

import os
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.urls import include, path
from pytest_django.live_server_helper import LiveServer

from config import urls
from identity.models import Account, Client
from tellusonce.visits import urls as visits

urlpatterns = [*urls.urlpatterns, path("development/sign-in/", include(visits.development_urlpatterns))]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture
def site(settings: Any, request: pytest.FixtureRequest) -> str:
    settings.DEVELOPMENT_SIGN_IN = True
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME = "visit"
    settings.STATIC_URL = "/static/"  # the test's own server wants one
    live_server: LiveServer = request.getfixturevalue("live_server")
    return str(live_server.url)


def test_somebody_signs_in_as_whom_they_choose(site: str) -> None:
    with requests.Session() as browser:
        listed = browser.get(f"{site}/accounts/providers").json()["items"]
        assert [each["name"] for each in listed] == ["development"]
        end = browser.get(f"{site}/accounts/providers/development", params={"login_hint": "first"})
        assert end.url == f"{site}/reports"
        visitor = browser.get(f"{site}/accounts/visit").json()["visitor"]
    assert (visitor["roles"], visitor["confidence"]) == (["citizen"], "P2")
    assert not Account.objects.filter(appointments__role="registrar").exists()


def test_who_somebody_is_there_becomes_their_person_and_is_filled_in(site: str) -> None:
    with requests.Session() as browser:
        browser.get(f"{site}/accounts/providers/development", params={"login_hint": "first"})
        seen = browser.get(f"{site}/accounts/visit").json()
        given = {"X-CSRFToken": seen["csrf_token"], "Idempotency-Key": "one", "Referer": site}
        started = browser.post(f"{site}/api/v1/reports", json={"kind": "move"}, headers=given)
        assert started.status_code == 201, started.text
        answers = browser.get(f"{site}/api/v1/reports/{started.json()['id']}/answers").json()
    name = {"given": ["Josephine"], "family": "Tamblyn"}
    assert answers["subject"] == {"name": name, "born_on": "1967-06-21"}
    assert Account.objects.get(login__startswith="citizen-").person is not None


def test_without_a_hint_there_is_a_list_to_choose_from(site: str) -> None:
    page = requests.get(f"{site}/accounts/providers/development", timeout=30)
    assert "Who are you?" in page.text
    assert "login_hint=third" in page.text


def test_a_code_is_given_for_no_other_address_and_to_no_other_verifier(site: str) -> None:
    with requests.Session() as browser:
        left = browser.get(f"{site}/accounts/providers/development", allow_redirects=False).headers["Location"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(left).query).items()}
        asked["login_hint"] = "third"
        elsewhere = urlencode({**asked, "redirect_uri": "https://evil.example/"})
        assert (
            browser.get(f"{site}/development/sign-in/authorize?{elsewhere}", allow_redirects=False).status_code == 400
        )
        back = browser.get(f"{site}/development/sign-in/authorize?{urlencode(asked)}", allow_redirects=False)
        code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "client_id": "development-sign-in"}
    given = {**form, "redirect_uri": asked["redirect_uri"], "code_verifier": "x" * 60}
    assert requests.post(f"{site}/development/sign-in/token", given, timeout=30).status_code == 400


def test_its_tokens_open_nothing_of_the_interface(site: str) -> None:
    client = {"client_id": "development-sign-in", "grant_type": "client_credentials"}
    requests.get(f"{site}/accounts/providers/development", params={"login_hint": "third"}, timeout=30)
    assert Client.objects.get(client_id="development-sign-in").scopes == []
    assert requests.post(f"{site}/oauth/token/", client, timeout=30).status_code in {400, 401}


def test_nobody_is_told_who_somebody_is_without_a_token(site: str) -> None:
    assert requests.get(f"{site}/development/sign-in/userinfo", timeout=30).status_code == 401


def test_it_is_not_there_unless_it_is_asked_for() -> None:
    assert not any("development" in str(each.pattern) for each in urls.urlpatterns)


@pytest.mark.parametrize(
    ("given", "starts"),
    [
        ({"HTTPS_ONLY": "false", "ALLOWED_HOSTS": "localhost,127.0.0.1"}, True),
        ({"HTTPS_ONLY": "true", "ALLOWED_HOSTS": "localhost"}, False),
        ({"HTTPS_ONLY": "false", "ALLOWED_HOSTS": "localhost,tell-us-once.example"}, False),
        ({"HTTPS_ONLY": "false", "ALLOWED_HOSTS": "*"}, False),
    ],
    ids=str,
)
def test_it_does_not_start_where_it_could_do_harm(given: dict[str, str], *, starts: bool) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        env={**os.environ, "DEVELOPMENT_SIGN_IN": "true", **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode == 0) == starts
    assert starts or "lets anybody be anybody" in result.stderr
