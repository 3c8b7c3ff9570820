"""A helper does for an informant what a mandate names, on one report, until it ends; and all of it shows for whom."""

import datetime as dt
from typing import Any

import pytest

from identity import codes, mandates
from identity.accounts import Post
from identity.models import Access, Consent, Mandate
from tellusonce import clocks
from tellusonce.models import Report
from tests import factories
from tests.accounts import visitors
from tests.accounts.helping import act, claim_of, follow, helping, opened, problem, submit, wish
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
