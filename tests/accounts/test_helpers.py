"""A helper does for an informant what a mandate names, on one report, until it ends; and all of it shows for whom."""

import datetime as dt
import time
from typing import Any

import pytest

from identity import codes, invitations, mandates
from identity.accounts import Post
from identity.models import Access, Consent, Invitation, Mandate
from tellusonce import clocks
from tellusonce.models import Report
from tests import factories
from tests.accounts import visitors
from tests.accounts.visitors import Browser
from tests.callers import Caller

pytestmark = pytest.mark.django_db
YES = {"recipient": "charity", "given": True, "wording": "tell-recipient/1"}
CHARITY = "harbour-light"


@pytest.fixture(autouse=True)
def _quick_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def report() -> Report:
    return factories.started()


@pytest.fixture
def informant(report: Report) -> Browser:
    return opened(report)


def opened(report: Report) -> Browser:
    browser = Browser()
    assert browser.post("/accounts/report", claim_of(report)).status_code == 200
    return browser


def claim_of(report: Report) -> dict[str, str]:
    return {"reference": report.reference, "surname": "Quillfeather", "on": "2026-10-30"}


def wish(*purposes: str, days: int = 30, **more: str) -> dict[str, Any]:
    until = (clocks.now() + dt.timedelta(days=days)).isoformat()
    return {"purposes": list(purposes or ("follow", "answer")), "until": until, **more}


def invited(informant: Browser, report: Report, *purposes: str, **more: Any) -> Any:
    answer = informant.post(f"/accounts/reports/{report.pk}/invitations", wish(*purposes, **more))
    assert answer.status_code == 200, answer.content
    return answer.json()


def helping(informant: Browser, report: Report, *purposes: str, helper: Browser | None = None, **more: Any) -> Browser:
    """Have a helper invited, accept, and act."""
    helper = helper or visitors.citizen("helper")
    code = invited(informant, report, *purposes, **more)["code"]
    assert helper.post("/accounts/mandates/accept", {"code": code}).status_code == 200
    assert act(helper, report).status_code == 200
    return helper


def act(helper: Browser, report: Report | None) -> Any:
    return helper.post("/accounts/visit/acting", {"report": str(report.pk) if report else None})


def accept(helper: Browser, code: str) -> Any:
    return helper.post("/accounts/mandates/accept", {"code": code})


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]


def follow(browser: Browser, report: Report) -> int:
    return int(browser.get(f"/api/v1/reports/{report.pk}").status_code)


def submit(browser: Browser, report: Report, *consents: Any) -> Any:
    headers = {"Idempotency-Key": f"submit-{report.pk}-{len(consents)}"}
    return browser.post(f"/api/v1/reports/{report.pk}/submission", {"consents": list(consents)}, **headers)


def test_a_helper_answers_and_submits_on_behalf_of_the_informant(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    assert helper.visitor["acts_for"] == str(report.pk)
    assert follow(helper, report) == 200
    assert helper.get(f"/api/v1/reports/{report.pk}/answers").status_code == 200
    assert submit(helper, report).status_code == 201
    entries = Access.objects.filter(actor=helper.visitor["name"], about=f"report:{report.pk}")
    done = dict(entries.values_list("action", "on_behalf_of"))
    informant_of = f"report:{report.pk}"
    assert {done[each] for each in ("report_read", "report_submitted")} == {informant_of}
    assert done["mandate_accepted"] == ""


def test_who_looked_shows_what_was_done_on_behalf_of_the_informant(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    helper.get(f"/api/v1/reports/{report.pk}/answers")
    looks = informant.get(f"/api/v1/reports/{report.pk}/accesses").json()["items"]
    shown = {each["action"]: each["on_behalf_of_in_words"] for each in looks}
    assert shown["report_read"] == "on behalf of the informant"
    assert shown["invitation_made"] == shown["report_opened"] == ""
    assert {each["action_in_words"] for each in looks} >= {"invited a helper", "let a helper act", "agreed to help"}


def test_whoever_came_by_a_letter_alone_reads_no_more_as_their_own_helper(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    adviser = helping(informant, report, helper=visitors.signed_in("mo", Post("adviser", CHARITY)))
    for each in (informant, helper, adviser):
        told = each.get(f"/api/v1/reports/{report.pk}/answers").json()
        assert told["subject"]["name"]["family"] == "Quillfeather"
        assert not {"addresses", "nino"} & told["subject"].keys()
    assert "private" not in Mandate.objects.latest("granted_at").purposes


def test_a_helper_of_a_proved_informant_reads_what_is_private(report: Report) -> None:
    informant = visitors.citizen("informant")
    informant.post("/accounts/report", claim_of(report))
    helper = helping(informant, report)
    assert "addresses" in helper.get(f"/api/v1/reports/{report.pk}/answers").json()["subject"]
    assert helper.get("/api/v1/mandates").json()["items"][0]["purposes"] == ["answer", "follow", "private"]


def test_before_choosing_to_act_a_helper_sees_nothing(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    assert act(helper, None).json() == {"acts_for": ""}
    assert follow(helper, report) == 404
    assert helper.get("/api/v1/reports").json()["items"] == []


def test_a_helper_of_one_report_sees_no_other(informant: Browser, report: Report) -> None:
    other = factories.started()
    helper = helping(informant, report)
    assert follow(helper, other) == 404
    assert [each["id"] for each in helper.get("/api/v1/reports").json()["items"]] == [str(report.pk)]
    assert problem(act(helper, other)) == (403, "no-mandate")


def test_of_two_reports_a_helper_acts_for_one_at_a_time(informant: Browser, report: Report) -> None:
    other = factories.started()
    helper = helping(informant, report)
    helping(opened(other), other, helper=helper)
    assert (follow(helper, report), follow(helper, other)) == (404, 200)


def test_an_ended_mandate_has_effect_at_the_next_request(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    (given,) = informant.get(f"/accounts/reports/{report.pk}/mandates").json()["mandates"]
    assert (given["purposes"], given["ended_at"]) == (["answer", "follow"], None)
    assert informant.post(f"/accounts/reports/{report.pk}/mandates/{given['id']}/end").status_code == 200
    assert problem(helper.get(f"/api/v1/reports/{report.pk}")) == (403, "no-mandate")
    assert problem(submit(helper, report)) == (403, "no-mandate")
    assert helper.get("/api/v1/mandates").json()["items"] == []
    (ended,) = informant.get(f"/accounts/reports/{report.pk}/mandates").json()["mandates"]
    assert ended["ended_at"] is not None
    assert act(helper, None).status_code == 200


def test_a_mandate_that_has_run_out_lets_nobody_act(informant: Browser, report: Report, set_clock: Any) -> None:
    helper = helping(informant, report, days=3)
    set_clock(clocks.now() + dt.timedelta(days=3, seconds=1))
    assert problem(helper.get(f"/api/v1/reports/{report.pk}")) == (403, "no-mandate")


def test_a_purpose_that_is_not_named_is_refused(informant: Browser, report: Report) -> None:
    helper = helping(informant, report, "follow")
    assert follow(helper, report) == 200
    assert problem(helper.get(f"/api/v1/reports/{report.pk}/answers")) == (403, "no-mandate")
    assert problem(submit(helper, report)) == (403, "no-mandate")
    report.refresh_from_db()
    assert report.state == "started"


def test_several_mandates_add_up_and_end_one_by_one(informant: Browser, report: Report) -> None:
    helper = helping(informant, report, "follow")
    helping(informant, report, "answer", helper=helper)
    assert (follow(helper, report), helper.get(f"/api/v1/reports/{report.pk}/answers").status_code) == (200, 200)
    newest, _ = informant.get(f"/accounts/reports/{report.pk}/mandates").json()["mandates"]
    informant.post(f"/accounts/reports/{report.pk}/mandates/{newest['id']}/end")
    assert follow(helper, report) == 200
    assert helper.get(f"/api/v1/reports/{report.pk}/answers").status_code == 403


@pytest.fixture
def charity() -> None:
    factories.recipient("charity", agreement={"lawful_basis": "consent"})


@pytest.mark.usefixtures("charity")
def test_a_helper_gives_no_consent_unless_the_mandate_says_so(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    assert problem(submit(helper, report, YES)) == (403, "no-mandate")
    assert not Consent.objects.exists()
    report.refresh_from_db()
    assert report.state == "started"
    for path in ("consents", "consents/withdrawal"):
        body = {"consents": [YES]} if path == "consents" else {"recipient": "charity"}
        answer = helper.post(f"/api/v1/reports/{report.pk}/{path}", body, **{"Idempotency-Key": path})
        assert problem(answer) == (403, "no-mandate")


@pytest.mark.usefixtures("charity")
def test_a_consent_that_a_helper_gives_says_on_whose_behalf(informant: Browser, report: Report) -> None:
    helper = helping(informant, report, "answer", "consent")
    answer = submit(helper, report, YES)
    assert answer.status_code == 201
    receipt = answer.json()["consents"][0]["receipt"]
    checked = helper.post("/api/v1/receipts/verification", {"receipt": receipt}).json()
    assert checked["record"]["event"]["on_behalf_of"] == f"report:{report.pk}"
    entry = Access.objects.get(action="consent_given")
    assert (entry.actor, entry.on_behalf_of) == (helper.visitor["name"], f"report:{report.pk}")


def test_while_acting_for_another_one_starts_and_gives_nothing_of_ones_own(informant: Browser, report: Report) -> None:
    adviser = visitors.signed_in("mo", Post("adviser", CHARITY))
    helping(informant, report, helper=adviser)
    started = adviser.post("/api/v1/reports", {"kind": "death"}, **{"Idempotency-Key": "one"})
    assert problem(started) == (403, "role-missing")
    assert "stop acting" in started.json()["detail"]
    again = adviser.post(f"/accounts/reports/{report.pk}/invitations", wish())
    assert problem(again) == (403, "role-missing")
    act(adviser, None)
    started = adviser.post("/api/v1/reports", {"kind": "death"}, **{"Idempotency-Key": "two"})
    assert started.status_code == 201


def test_an_adviser_accepts_for_their_organisation_and_colleagues_act(informant: Browser, report: Report) -> None:
    adviser = visitors.signed_in("mo", Post("adviser", CHARITY))
    helping(informant, report, helper=adviser)
    assert Mandate.objects.get().helper == f"organisation:{CHARITY}"
    colleague = visitors.signed_in("jo", Post("adviser", CHARITY))
    assert act(colleague, report).status_code == 200
    assert follow(colleague, report) == 200
    for login, post in (("al", Post("adviser", "elsewhere")), ("bo", Post("registrar", CHARITY))):
        assert act(visitors.signed_in(login, post), report).status_code == 403
    entry = Access.objects.filter(action="mandate_accepted").get()
    assert entry.organisation == CHARITY


def test_an_organisation_s_own_system_acts_under_its_mandate(informant: Browser, report: Report) -> None:
    system = Caller(CHARITY, scopes=("reports:read", "reports:answer"))
    assert system.get(f"/reports/{report.pk}").status_code == 404
    helping(informant, report, "answer", helper=visitors.signed_in("mo", Post("adviser", CHARITY)))
    (held,) = system.get("/mandates").json()["items"]
    assert (held["report"], held["purposes"]) == (str(report.pk), ["answer"])
    assert system.get(f"/reports/{report.pk}/answers").status_code == 200
    entry = Access.objects.get(actor=system.name, action="report_read")
    assert (entry.organisation, entry.on_behalf_of) == (CHARITY, f"report:{report.pk}")
    assert problem(system.get(f"/reports/{report.pk}")) == (403, "no-mandate")
    assert system.get("/reports").json()["items"] == []
    assert Caller("elsewhere").get(f"/reports/{report.pk}/answers").status_code == 404
    informant.post(f"/accounts/reports/{report.pk}/mandates/{held['id']}/end")
    assert system.get(f"/reports/{report.pk}/answers").status_code == 404


def test_what_is_an_organisation_s_own_it_does_for_itself(informant: Browser, report: Report) -> None:
    helping(informant, report, helper=visitors.signed_in("mo", Post("adviser", "northmoor")))
    system = Caller()
    system.get(f"/reports/{report.pk}/answers")
    assert Access.objects.get(actor=system.name, action="report_read").on_behalf_of == ""


def test_a_helper_sees_what_they_hold_and_lays_it_down(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    (held,) = helper.get("/api/v1/mandates").json()["items"]
    assert held["helper"] == helper.visitor["name"]
    other = visitors.citizen("somebody-else")
    assert other.get("/api/v1/mandates").json()["items"] == []
    assert other.post(f"/accounts/mandates/{held['id']}/lay-down").status_code == 404
    assert helper.post(f"/accounts/mandates/{held['id']}/lay-down").status_code == 200
    assert problem(helper.get(f"/api/v1/reports/{report.pk}")) == (403, "no-mandate")


def test_only_the_informant_invites_lists_and_ends(informant: Browser, report: Report) -> None:
    helper = helping(informant, report)
    mandate = Mandate.objects.get()
    act(helper, None)
    strangers = (helper, visitors.citizen("somebody-else"), opened(factories.started()))
    for stranger in strangers:
        assert stranger.post(f"/accounts/reports/{report.pk}/invitations", wish()).status_code == 404
        assert stranger.get(f"/accounts/reports/{report.pk}/mandates").status_code == 404
        assert stranger.post(f"/accounts/reports/{report.pk}/mandates/{mandate.pk}/end").status_code == 404
    registrar = visitors.signed_in("ada", Post("registrar", "northmoor"), Post("citizen"))
    assert registrar.post(f"/accounts/reports/{report.pk}/invitations", wish()).status_code == 404
    assert not hasattr(Mandate.objects.get(), "ending")


def test_an_informant_cannot_end_another_s_mandate_through_their_own_report(informant: Browser, report: Report) -> None:
    other = factories.started()
    helping(opened(other), other)
    mandate = Mandate.objects.get()
    assert informant.post(f"/accounts/reports/{report.pk}/mandates/{mandate.pk}/end").status_code == 404
    assert list(mandates.held_by([mandate.helper], at=clocks.now())) == [mandate]


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
