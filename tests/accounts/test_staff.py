"""Staff sign in by a password and a code, and not otherwise."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from identity import accounts, second_factors
from identity.accounts import Post
from identity.models import Access, Account, RecoveryCode, SecondFactor, Session
from tellusonce import clocks
from tests.accounts import visitors
from tests.accounts.visitors import PASSWORD, Browser

pytestmark = pytest.mark.django_db


def test_a_password_and_the_code_of_the_moment_sign_in() -> None:
    browser = visitors.signed_in()
    assert browser.visitor["roles"] == ["registrar"]
    assert browser.visitor["organisation"] == "northmoor"
    assert Access.objects.filter(action="signed_in").count() == 1


def test_a_password_alone_signs_nobody_in() -> None:
    visitors.staff()
    browser = Browser()
    browser.post("/accounts/staff/password", {"login": "ada", "password": PASSWORD})
    assert browser.visitor is None
    assert browser.get("/api/v1/reports").status_code == 401


def test_a_code_without_a_password_signs_nobody_in() -> None:
    _, secret = visitors.staff()
    assert Browser().post("/accounts/staff/code", {"code": visitors.code(secret)}).status_code == 401


def test_the_first_sign_in_sets_the_second_factor_up() -> None:
    accounts.add("ada", posts=[Post("registrar", "northmoor")], password=PASSWORD)
    browser = Browser()
    began = browser.post("/accounts/staff/password", {"login": "Ada ", "password": PASSWORD})
    assert began.json() == {"next": "enrolment"}
    made = browser.post("/accounts/staff/enrolment").json()
    assert made["address"].startswith("otpauth://totp/Tell%20Us%20Once%3Aada?secret=")
    assert "<svg" in made["picture"]
    wrong = browser.post("/accounts/staff/enrolment/code", {"code": "000000"})
    assert (wrong.status_code, wrong.json()["faults"][0]["path"]) == (422, "code")
    code = visitors.code(visitors.secret_of(made["secret"]))
    done = browser.post("/accounts/staff/enrolment/code", {"code": code}).json()
    assert len(set(done["recovery_codes"])) == 10
    assert browser.visitor["name"].startswith("account:")


def test_the_secret_stands_nowhere_in_the_clear() -> None:
    account, secret = visitors.staff()
    kept = SecondFactor.objects.get(account=account)
    assert secret not in bytes(kept.sealed)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(f::text, '') FROM identity_secondfactor f")
        assert secret.hex() not in cursor.fetchone()[0]


def test_a_second_factor_that_is_set_up_is_not_set_up_again_by_who_has_the_password() -> None:
    visitors.staff()
    browser = Browser()
    browser.post("/accounts/staff/password", {"login": "ada", "password": PASSWORD})
    assert browser.post("/accounts/staff/enrolment").status_code == 409
    assert browser.post("/accounts/staff/enrolment/code", {"code": "123456"}).status_code == 409


def test_a_code_is_good_once() -> None:
    account, secret = visitors.staff()
    at = clocks.now()
    now = visitors.code(secret, at.timestamp())
    assert second_factors.check(account, now, at=at)
    assert not second_factors.check(account, now, at=at)
    assert not second_factors.check(account, visitors.code(secret, at.timestamp() - 30), at=at)


def test_a_code_of_two_minutes_ago_is_too_old() -> None:
    account, secret = visitors.staff()
    at = clocks.now()
    assert not second_factors.check(account, visitors.code(secret, at.timestamp()), at=at + dt.timedelta(minutes=2))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "①②③④⑤⑥", "-12345", "12 34 5"])
def test_what_is_no_code_lets_nobody_in(code: str) -> None:
    account, _ = visitors.staff()
    assert not second_factors.check(account, code, at=clocks.now())


def test_a_recovery_code_stands_in_once() -> None:
    account, _ = accounts.add("ada", posts=[Post("auditor")], password=PASSWORD)
    made = second_factors.enrol(account)
    at = clocks.now()
    now = visitors.code(visitors.secret_of(made.secret), at.timestamp())
    first, second, *_ = second_factors.confirm(account, now, at=at)
    assert second_factors.check(account, first.upper(), at=at)
    assert not second_factors.check(account, first, at=at)
    assert second_factors.check(account, second.replace("-", " "), at=at)
    assert not any(first.replace("-", "").encode() in bytes(each.digest) for each in RecoveryCode.objects.all())


def test_an_operator_resets_a_lost_second_factor() -> None:
    account, _ = visitors.staff()
    second_factors.reset(account)
    assert not second_factors.is_enrolled(account)
    assert not RecoveryCode.objects.exists()


def test_after_five_wrong_passwords_the_right_one_opens_nothing_for_twenty_minutes(set_clock: Any) -> None:
    visitors.staff()
    start = set_clock()
    wrong = [Browser().post("/accounts/staff/password", {"login": "ada", "password": "wrong"}) for _ in range(5)]
    right = Browser().post("/accounts/staff/password", {"login": "ada", "password": PASSWORD})
    assert {each.status_code for each in wrong} == {right.status_code} == {403}
    assert right.json() == wrong[0].json()
    set_clock(start + dt.timedelta(minutes=21))
    assert Browser().post("/accounts/staff/password", {"login": "ada", "password": PASSWORD}).status_code == 200


def test_a_login_that_is_nobodys_is_refused_in_the_same_words() -> None:
    visitors.staff()
    theirs = Browser().post("/accounts/staff/password", {"login": "ada", "password": "wrong"})
    nobodys = Browser().post("/accounts/staff/password", {"login": "nobody", "password": "wrong"})
    assert theirs.json() == nobodys.json()


def test_after_five_wrong_codes_the_right_one_opens_nothing() -> None:
    _, secret = visitors.staff()
    browser = Browser()
    browser.post("/accounts/staff/password", {"login": "ada", "password": PASSWORD})
    wrong = "000000" if visitors.code(secret) != "000000" else "111111"
    for _ in range(5):
        assert browser.post("/accounts/staff/code", {"code": wrong}).status_code == 403
    assert browser.post("/accounts/staff/code", {"code": visitors.code(secret)}).status_code == 403


def test_without_the_csrf_token_nothing_is_done() -> None:
    browser = visitors.signed_in()
    forged = browser.client.post("/accounts/visit/leave", "{}", content_type="application/json", secure=True)
    assert (forged.status_code, forged["Content-Type"]) == (403, "application/problem+json")
    assert browser.visitor is not None


def test_a_new_password_ends_every_visit() -> None:
    browser = visitors.signed_in()
    short = browser.post("/accounts/staff/new-password", {"old": PASSWORD, "new": "short"})
    assert short.status_code == 409
    assert "12 characters" in short.json()["detail"]
    wrong = browser.post("/accounts/staff/new-password", {"old": "wrong", "new": "a-much-longer-one"})
    assert wrong.status_code == 409
    assert (
        browser.post("/accounts/staff/new-password", {"old": PASSWORD, "new": "a-much-longer-one"}).status_code == 200
    )
    assert browser.visitor is None
    assert Account.objects.get(login="ada").check_password("a-much-longer-one")


def test_the_key_of_a_visit_is_not_what_the_database_knows_it_by() -> None:
    browser = visitors.signed_in()
    cookie = browser.client.cookies["__Host-visit"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
    assert not Session.objects.filter(session_key=cookie.value).exists()
    assert Session.objects.filter(account__login="ada").count() == 1


def test_signing_in_changes_the_key_of_the_visit() -> None:
    _, secret = visitors.staff()
    browser = Browser()
    browser.post("/accounts/staff/password", {"login": "ada", "password": PASSWORD})
    before = browser.client.cookies["__Host-visit"].value
    browser.post("/accounts/staff/code", {"code": visitors.code(secret)})
    assert browser.client.cookies["__Host-visit"].value != before
    thief = Client()
    thief.cookies["__Host-visit"] = before
    assert thief.get("/accounts/visit", secure=True).json()["visitor"] is None


@pytest.mark.django_db(transaction=True)
def test_fifty_tries_at_once_are_fifty_tries() -> None:
    visitors.staff()

    def guess(_: int) -> int:
        try:
            return int(Browser().post("/accounts/staff/password", {"login": "ada", "password": "wrong"}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(guess, range(8))) == {403}
    assert Browser().post("/accounts/staff/password", {"login": "ada", "password": PASSWORD}).status_code == 403
