"""An invitation to help: its code is good once and hard to guess, and nobody is pestered by it."""

import datetime as dt
import time
from typing import Any

import pytest

from identity import codes, invitations
from identity.models import Access, Invitation, Mandate
from tellusonce.models import Report
from tests import factories
from tests.accounts import visitors
from tests.accounts.helping import accept, claim_of, invited, opened, problem, wish
from tests.accounts.visitors import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def report() -> Report:
    return factories.started()


@pytest.fixture
def informant(report: Report) -> Browser:
    return opened(report)


def test_a_code_is_good_once_however_it_is_typed(informant: Browser, report: Report) -> None:
    code = invited(informant, report)["code"]
    assert accept(visitors.citizen("helper"), f" {code.lower().replace('-', ' ')}").status_code == 200
    assert problem(accept(visitors.citizen("second"), code)) == (403, "not-accepted")
    assert Mandate.objects.count() == 1


def test_a_code_that_is_old_taken_back_spent_or_not_there_is_refused_in_the_same_words(
    informant: Browser, report: Report, set_clock: Any
) -> None:
    start = set_clock()
    old, taken_back, spent = (invited(informant, report) for _ in range(3))
    accept(visitors.citizen("helper"), spent["code"])
    informant.post(f"/accounts/reports/{report.pk}/invitations/{taken_back['id']}/take-back")
    set_clock(start + dt.timedelta(days=7, seconds=1))
    asker = visitors.citizen("asker")
    codes = (old["code"], taken_back["code"], spent["code"], "2222-3333-4444-6666")
    answers = [accept(asker, code) for code in codes]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1


def test_whoever_guesses_is_shut_out_of_the_right_code_too(informant: Browser, report: Report, set_clock: Any) -> None:
    start = set_clock()
    set_clock(start)
    code, guesser = invited(informant, report)["code"], visitors.citizen("guesser")
    wrong = [accept(guesser, f"2222-3333-4444-666{number}") for number in range(5)]
    locked = accept(guesser, code)
    assert locked.content == wrong[0].content
    assert not Mandate.objects.exists()
    set_clock(start + dt.timedelta(minutes=20))
    assert accept(guesser, code).status_code == 200


def test_a_neighbourhood_that_guesses_is_shut_out_with_whomever_it_plays(informant: Browser, report: Report) -> None:
    code = invited(informant, report)["code"]
    for number in range(30):
        if number % 5 == 0:
            guesser = visitors.citizen(f"guesser-{number}")
        accept(guesser, f"2222-3333-4444-{number:04}")
    assert accept(visitors.citizen("fresh"), code).status_code == 403


def test_it_takes_as_long_whether_a_code_is_right_or_not(
    informant: Browser, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(codes, "ANSWER_SECONDS", 5.0)
    monkeypatch.setattr(time, "sleep", slept.append)
    code, helper = invited(informant, report)["code"], visitors.citizen("helper")
    assert (accept(helper, "wrong").status_code, accept(helper, code).status_code) == (403, 200)
    assert len(slept) == 2
    assert all(4.0 < seconds <= 5.0 for seconds in slept)


def test_the_code_is_kept_as_a_digest_alone(informant: Browser, report: Report) -> None:
    code = invited(informant, report)["code"]
    kept = bytes(Invitation.objects.get().code)
    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept


def test_a_visitor_without_an_account_helps_nobody(informant: Browser, report: Report) -> None:
    code = invited(informant, report)["code"]
    assert problem(accept(opened(factories.started()), code)) == (403, "role-missing")
    assert problem(accept(Browser(), code)) == (401, "not-signed-in")


def test_nobody_helps_themselves(report: Report) -> None:
    informant = visitors.citizen("informant")
    informant.post("/accounts/report", claim_of(report))
    code = invited(informant, report)["code"]
    assert problem(accept(informant, code)) == (409, "mandate-unfit")
    assert accept(visitors.citizen("helper"), code).status_code == 200


def test_an_invitation_that_nobody_took_up_can_be_seen_and_taken_back(informant: Browser, report: Report) -> None:
    made = invited(informant, report)
    at = f"/accounts/reports/{report.pk}"
    (shown,) = informant.get(f"{at}/mandates").json()["invitations"]
    assert shown == {name: made[name] for name in ("id", "purposes", "until", "expires_at")}
    for _ in range(2):
        assert informant.post(f"{at}/invitations/{made['id']}/take-back").status_code == 200
    assert informant.get(f"{at}/mandates").json()["invitations"] == []
    assert Access.objects.filter(action="invitation_taken_back").count() == 1
    other = factories.started()
    assert opened(other).post(f"/accounts/reports/{other.pk}/invitations/{made['id']}/take-back").status_code == 404


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"until": "2020-01-01T00:00:00+00:00"}, "until"),
        ({"until": "2099-01-01T00:00:00+00:00"}, "until"),
        ({"purposes": []}, "purposes"),
        ({"purposes": ["rule"]}, "purposes.0"),
        ({"email": "mo@helper.example"}, "email"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(
    informant: Browser, report: Report, changes: dict[str, Any], path: str
) -> None:
    answer = informant.post(f"/accounts/reports/{report.pk}/invitations", {**wish(), **changes})
    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["faults"]] == [path]
    assert not Invitation.objects.exists()


def test_nobody_is_pestered_through_invitations(informant: Browser, report: Report) -> None:
    for _ in range(invitations.MOST_IN_A_DAY):
        invited(informant, report)
    answer = informant.post(f"/accounts/reports/{report.pk}/invitations", wish())
    assert problem(answer) == (429, "too-many")
