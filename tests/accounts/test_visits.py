"""How long a visit lasts, and how it ends."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import RequestFactory

from identity import accounts, lockouts, sessions
from identity.accounts import Post
from identity.models import Account, Session, Tries
from tellusonce import clocks
from tellusonce.visits import doors
from tests import factories
from tests.accounts import visitors
from tests.accounts.visitors import PASSWORD, Browser

pytestmark = pytest.mark.django_db


def test_a_visit_of_staff_ends_after_a_quarter_of_an_hour_of_nothing() -> None:
    browser = visitors.signed_in()
    with time_machine.travel(_in(minutes=14), tick=False):
        assert browser.visitor["seconds_left"] == pytest.approx(60, abs=15)
    with time_machine.travel(_in(minutes=15, seconds=1), tick=False):
        assert browser.visitor is None
        assert browser.get("/api/v1/reports").status_code == 401


def test_looking_at_how_much_is_left_leaves_no_more() -> None:
    browser = visitors.signed_in()
    for minutes in (5, 10, 14):
        with time_machine.travel(_in(minutes=minutes), tick=False):
            left = browser.visitor["seconds_left"]
    assert left == pytest.approx(60, abs=15)


def test_doing_something_begins_the_time_anew() -> None:
    browser = visitors.signed_in()
    with time_machine.travel(_in(minutes=14), tick=False):
        assert browser.get("/api/v1/reports").status_code == 200
    with time_machine.travel(_in(minutes=28), tick=False):
        assert browser.post("/accounts/visit/stay").json()["seconds_left"] >= 895
    with time_machine.travel(_in(minutes=42), tick=False):
        assert browser.visitor is not None


def test_a_visit_ends_after_eight_hours_whatever_is_done() -> None:
    browser = visitors.signed_in()
    for minutes in range(10, 480, 10):
        with time_machine.travel(_in(minutes=minutes), tick=False):
            assert browser.get("/api/v1/reports").status_code == 200
    with time_machine.travel(_in(minutes=480, seconds=1), tick=False):
        assert browser.get("/api/v1/reports").status_code == 401


def test_a_citizen_has_half_an_hour() -> None:
    browser = Browser()
    report = factories.started()
    claim = {"reference": report.reference, "surname": "Quillfeather", "on": "2026-10-30"}
    browser.post("/accounts/report", claim)
    assert browser.visitor["seconds_left"] == pytest.approx(1800, abs=15)


def test_half_a_sign_in_lasts_ten_minutes() -> None:
    _, secret = visitors.staff()
    browser = Browser()
    browser.post("/accounts/staff/password", {"login": "ada", "password": PASSWORD})
    with time_machine.travel(_in(minutes=11), tick=False):
        assert browser.post("/accounts/staff/code", {"code": visitors.code(secret)}).status_code == 401


def test_signing_out_ends_the_visit_for_good() -> None:
    browser = visitors.signed_in()
    key = browser.client.cookies["__Host-visit"].value
    assert browser.post("/accounts/visit/leave").status_code == 200
    assert not Session.objects.filter(account__isnull=False).exists()
    browser.client.cookies["__Host-visit"] = key
    assert browser.visitor is None
    assert Browser().post("/accounts/visit/leave").status_code == 200


def test_signing_out_everywhere_ends_the_visits_of_all_browsers() -> None:
    account, secret = visitors.staff()
    first, second = Browser(), Browser()
    for browser, moment in ((first, 0), (second, 30)):
        browser.post("/accounts/staff/password", {"login": "ada", "password": PASSWORD})
        code = visitors.code(secret, clocks.now().timestamp() + moment)
        assert browser.post("/accounts/staff/code", {"code": code}).status_code == 200
    assert first.post("/accounts/visit/leave-everywhere").status_code == 200
    assert second.visitor is None
    assert not Session.objects.filter(account=account).exists()


def test_a_disabled_account_is_out_at_once() -> None:
    browser = visitors.signed_in()
    accounts.disable(Account.objects.get(login="ada"))
    assert browser.get("/api/v1/reports").status_code == 401
    assert Browser().post("/accounts/staff/password", {"login": "ada", "password": PASSWORD}).status_code == 403


def test_a_role_that_is_taken_is_gone_at_once() -> None:
    browser = visitors.signed_in()
    accounts.take_role(Account.objects.get(login="ada"), Post("registrar", "northmoor"))
    assert browser.get("/api/v1/reports").status_code == 403


def test_one_acts_for_one_organisation_at_a_time() -> None:
    posts = (Post("registrar", "northmoor"), Post("adviser", "southmoor"))
    browser = visitors.signed_in("ada", *posts)
    factories.started()
    assert len(browser.get("/api/v1/reports").json()["items"]) == 1
    assert browser.post("/accounts/visit/organisation", {"organisation": "southmoor"}).status_code == 200
    assert browser.visitor["roles"] == ["adviser"]
    assert browser.get("/api/v1/reports").json()["items"] == []
    assert browser.post("/accounts/visit/organisation", {"organisation": "westmoor"}).status_code == 422


def test_nothing_is_kept_for_who_only_looks() -> None:
    Browser().get("/accounts/visit")
    Browser().get("/api/v1/kinds")
    assert not Session.objects.exists()


def test_what_is_over_is_cleared_away() -> None:
    visitors.signed_in()
    with time_machine.travel(_in(hours=9), tick=False):
        assert sessions.forget_expired() == 1
    assert lockouts.forget(before=clocks.now() + dt.timedelta(days=1)) > 0
    assert not Tries.objects.exists()


@pytest.mark.parametrize(
    ("proxies", "heard", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_an_address_is_what_our_own_proxies_heard(settings: Any, proxies: int, heard: str, address: str) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": heard})
    assert doors.address_of(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:aaaa:bbcc::1", "2001:db8:aaaa:bb00::/56"),
        ("nonsense", "unknown"),
    ],
)
def test_a_neighbourhood_is_what_one_household_has(address: str, network: str) -> None:
    assert lockouts.neighbourhood(address) == network


def _in(**later: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(**later)
