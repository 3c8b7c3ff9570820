"""Signing in on pages: each person the right way, staff step by step, and back to where they were going."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from identity import accounts, second_factors
from identity.accounts import Post
from identity.models import Access, Account
from tellusonce import clocks
from tests import factories
from tests.accounts import visitors
from tests.accounts.visitors import PASSWORD
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=False)


def send(client: Client, name: str, form: dict[str, str], query: str = "") -> Any:
    return client.post(reverse(name) + query, form, secure=True)


def read(client: Client, name: str, query: str = "") -> str:
    answer = client.get(reverse(name) + query, secure=True)
    assert answer.status_code == 200, answer.get("Location")
    return str(answer.content.decode())


def half_way(client: Client, query: str = "") -> Any:
    return send(client, "sign-in-staff", {"login": " Ada", "password": PASSWORD}, query)


def test_one_page_leads_each_person_their_way(client: Client, settings: Any) -> None:
    settings.DEVELOPMENT_SIGN_IN = True
    shown = read(client, "sign-in", "?next=/inbox")
    assert 'href="/open"' in shown
    assert 'href="/accounts/providers/development?next=%2Finbox"' in shown
    assert 'href="/sign-in/staff?next=%2Finbox"' in shown


def test_nobody_is_led_to_another_site(client: Client) -> None:
    assert "elsewhere" not in read(client, "sign-in", "?next=https://elsewhere.example/").replace(
        "/language/cy?next=%2Fsign-in%3Fnext%3Dhttps%3A%2F%2Felsewhere.example%2F", ""
    )


def test_providers_that_cannot_be_used_leave_the_other_ways(client: Client, settings: Any) -> None:
    settings.SIGN_IN_PROVIDERS_FILE = "/nowhere/providers.json"
    shown = words(read(client, "sign-in"))
    assert "Other ways of signing in do not work at the moment" in shown
    assert "Use a reference number" in shown


@pytest.mark.parametrize(
    ("code", "said"), [("unreachable", "does not answer"), ("no-account", "no account here"), ("state", "Start again")]
)
def test_who_was_refused_elsewhere_reads_why_and_can_go_on(client: Client, code: str, said: str) -> None:
    assert said in words(read(client, "sign-in", f"?refused={code}"))


def test_a_password_and_a_code_lead_to_where_they_were_going(client: Client) -> None:
    _, secret = visitors.staff()
    factories.organisation()
    asked = client.get(reverse("registrar-search"), secure=True)
    assert asked["Location"] == "/sign-in?next=%2Fregistrar%2Fsearch"
    began = half_way(client, "?next=/registrar/search")
    assert (began.status_code, began["Location"]) == (303, "/sign-in/code?next=%2Fregistrar%2Fsearch")
    done = send(client, "sign-in-code", {"code": visitors.code(secret)}, "?next=/registrar/search")
    assert done["Location"] == "/home?next=%2Fregistrar%2Fsearch"
    assert client.get(done["Location"], secure=True)["Location"] == "/registrar/search"
    assert Access.objects.filter(action="signed_in").count() == 1


@pytest.mark.parametrize(
    ("role", "organisation", "home"),
    [
        ("registrar", "northmoor", "registrar"),
        ("adviser", "northmoor", "adviser"),
        ("recipient-officer", "northmoor", "inbox"),
        ("operator", "", "mailboxes"),
    ],
)
def test_each_role_goes_home(role: str, organisation: str, home: str) -> None:
    assert Desk(role, organisation).ask("home")["Location"] == reverse(home)


def test_nobody_is_sent_to_sign_in_first(client: Client) -> None:
    assert client.get("/home?next=/inbox", secure=True)["Location"] == "/sign-in?next=%2Finbox"


def test_what_is_not_filled_in_is_said_at_its_field(client: Client) -> None:
    shown = send(client, "sign-in-staff", {"login": "ada"})
    assert shown.status_code == 422
    text = shown.content.decode()
    assert 'href="#password"' in text
    assert 'value="ada"' in text
    assert "Enter your login" not in text


def test_a_wrong_password_says_the_same_as_no_account_and_is_never_shown_again(client: Client) -> None:
    visitors.staff()
    known = send(client, "sign-in-staff", {"login": "ada", "password": "not-this-one"})
    unknown = send(client, "sign-in-staff", {"login": "bob", "password": "not-this-one"})
    assert known.status_code == unknown.status_code == 422
    assert "not-this-one" not in known.content.decode()
    assert "What was entered lets nobody in" in words(known.content.decode())
    assert words(known.content.decode()) == words(unknown.content.decode())


def test_pages_and_programs_share_the_tries(client: Client) -> None:
    visitors.staff()
    browser = visitors.Browser()
    for _ in range(3):
        browser.post("/accounts/staff/password", {"login": "ada", "password": "wrong-wrong"})
    for _ in range(2):
        send(client, "sign-in-staff", {"login": "ada", "password": "wrong-wrong"})
    assert half_way(client).status_code == 422


def test_a_code_without_a_password_leads_back_to_the_password(client: Client) -> None:
    for name in ("sign-in-code", "sign-in-second-factor"):
        assert client.get(reverse(name), secure=True)["Location"] == "/sign-in/staff"
        assert send(client, name, {"code": "123456"})["Location"] == "/sign-in/staff"


def test_a_wrong_code_is_said_and_after_five_nothing_opens(client: Client) -> None:
    _, secret = visitors.staff()
    half_way(client)
    for _ in range(5):
        assert send(client, "sign-in-code", {"code": "000000"}).status_code == 422
    assert send(client, "sign-in-code", {"code": visitors.code(secret)}).status_code == 422


def test_the_first_sign_in_sets_the_second_factor_up_and_shows_recovery_codes_once(client: Client) -> None:
    accounts.add("ada", posts=[Post("registrar", "northmoor")], password=PASSWORD)
    assert half_way(client)["Location"] == "/sign-in/second-factor"
    shown = read(client, "sign-in-second-factor")
    assert "<svg" in shown
    wrong = send(client, "sign-in-second-factor", {"code": "000000"})
    assert wrong.status_code == 422
    assert key_in(wrong.content.decode()) == key_in(shown)
    done = send(client, "sign-in-second-factor", {"code": visitors.code(visitors.secret_of(key_in(shown)))})
    assert (done.status_code, done["Cache-Control"]) == (200, "no-store")
    assert len(re.findall(r'<li class="app-key">[0-9a-f-]{23}</li>', done.content.decode())) == 10
    assert client.get(reverse("sign-in-second-factor"), secure=True)["Location"] == "/sign-in/staff"
    assert client.get("/home", secure=True)["Location"] == reverse("registrar")


def test_a_secret_that_somebody_else_began_is_not_shown_to_the_owner(client: Client) -> None:
    accounts.add("ada", posts=[Post("auditor")], password=PASSWORD)
    thief = Client()
    half_way(thief)
    known_to_thief = key_in(read(thief, "sign-in-second-factor"))
    half_way(client)
    own = key_in(read(client, "sign-in-second-factor"))
    assert own != known_to_thief
    assert key_in(read(client, "sign-in-second-factor")) == own
    assert key_in(read(thief, "sign-in-second-factor")) != own


def test_who_has_a_second_factor_is_asked_for_its_code(client: Client) -> None:
    visitors.staff()
    half_way(client)
    assert client.get(reverse("sign-in-second-factor"), secure=True)["Location"] == "/sign-in/code"


def key_in(page: str) -> str:
    found = re.search(r'app-key">([A-Z2-7 ]+)<', page)
    assert found is not None
    return found[1].replace(" ", "")


def test_somebody_of_two_organisations_chooses_for_which_they_work() -> None:
    desk = Desk("registrar")
    factories.organisation("northmoor")
    factories.organisation("southmoor")
    account = Account.objects.get(pk=desk.name.removeprefix("account:"))
    accounts.give_role(account, Post("registrar", "southmoor"))
    assert "Southmoor" in words(desk.read("account"))
    assert desk.send("account", {"organisation": "elsewhere"}).status_code == 422
    assert desk.send("account", {"organisation": "southmoor"}).status_code == 303
    assert "(Southmoor)" in words(desk.read("account"))


def test_a_new_password_ends_every_visit() -> None:
    desk = Desk("registrar")
    account = Account.objects.get(pk=desk.name.removeprefix("account:"))
    assert "another one" in desk.send("new-password", {"old": "y" * 20, "new": PASSWORD}).content.decode()
    assert desk.send("new-password", {"old": "x" * 20, "new": "short"}).status_code == 422
    assert desk.send("new-password", {"old": "", "new": ""}).content.decode().count("Enter the password") == 2
    assert desk.send("new-password", {"old": "x" * 20, "new": PASSWORD})["Location"] == "/sign-in/staff"
    assert desk.ask("registrar").status_code == 302
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_signing_out_here_leaves_the_visit_elsewhere_and_everywhere_ends_both() -> None:
    here = Desk("registrar")
    elsewhere = Client()
    session = elsewhere.session
    session.update(dict(here.client.session.items()))
    session.save()
    assert "Sign out everywhere" in here.read("sign-out")
    assert here.send("sign-out", {"here": "yes"})["Location"] == "/signed-out"
    assert here.ask("registrar").status_code == 302
    assert elsewhere.get(reverse("registrar"), secure=True).status_code == 200
    third = Client()
    session = third.session
    session.update(dict(elsewhere.session.items()))
    session.save()
    elsewhere.post(reverse("sign-out"), {"everywhere": "yes"}, secure=True)
    assert third.get(reverse("registrar"), secure=True).status_code == 302


def test_every_page_of_somebody_says_when_the_visit_ends() -> None:
    desk = Desk("registrar")
    shown = desk.read("registrar")
    assert "you are signed out at" in words(shown)
    assert "data-visit" in shown
    assert "data-visit" not in read(Client(), "sign-in")


def test_who_is_signed_in_finds_the_way_out_in_the_head() -> None:
    assert f'href="{reverse("sign-out")}"' in Desk("registrar").read("registrar")


def test_a_second_factor_that_was_begun_can_still_be_confirmed_by_a_program() -> None:
    account, _ = accounts.add("ada", posts=[Post("auditor")], password=PASSWORD)
    made = second_factors.enrol(account)
    begun = second_factors.begun(account)
    assert begun is not None
    assert begun.secret == made.secret
    second_factors.confirm(account, visitors.code(visitors.secret_of(made.secret)), at=clocks.now())
    assert second_factors.begun(account) is None
