"""An informant lets somebody help on pages; the helper takes it on, acts, stops, and lays it down."""

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse

from identity import codes, invitations
from identity.models import Invitation, Mandate
from tellusonce import clocks, deadlines
from tellusonce.models import Notice, Report
from tests import factories
from tests.web.citizens import Citizen
from tests.web.desks import Desk, token_in, words

pytestmark = pytest.mark.django_db
LETTER = {"surname": "quillfeather", "on.day": "30", "on.month": "10", "on.year": "2026"}
CODE = re.compile(r"\b(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}\b")
ACTS = "You act on behalf of whoever tells report"


@pytest.fixture(autouse=True)
def _quick_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def report() -> Report:
    return factories.started()


@pytest.fixture
def informant(report: Report) -> Citizen:
    citizen = Citizen("informant")
    assert citizen.send("open", {"reference": report.reference, **LETTER}).status_code == 303
    return citizen


@pytest.fixture
def helper() -> Citizen:
    return Citizen("helper", confidence="")


def form(citizen: Citizen, report: Report, **changes: str) -> dict[str, str]:
    """Fill in the form as it is shown, with the answers ticked."""
    page = citizen.read("invite-helper", report_id=report.pk)
    until = {part: re.search(rf'name="until\.{part}"[^>]*value="(\d+)"', page) for part in ("day", "month", "year")}
    parts = {f"until.{part}": found[1] for part, found in until.items() if found}
    return {"answer": "yes", "how": "show", "once": token_in(page), **parts, **changes}


def invited(citizen: Citizen, report: Report, **changes: str) -> str:
    """Invite somebody, and read the code from the page that follows."""
    answer = citizen.send("invite-helper", form(citizen, report, **changes), report_id=report.pk)
    assert answer.status_code == 303, words(answer.content.decode())
    found = CODE.search(citizen.read("helpers", report_id=report.pk))
    return found[0] if found else ""


def helping(informant: Citizen, helper: Desk, report: Report) -> Mandate:
    """Have a helper accept, and act."""
    assert helper.send("help-code", {"code": invited(informant, report)})["Location"] == reverse("helping")
    assert helper.send("act", {"report": str(report.pk)})["Location"] == reverse("report", args=[report.pk])
    return Mandate.objects.latest("granted_at")


def test_the_code_is_shown_once_and_good_for_what_was_ticked(informant: Citizen, report: Report) -> None:
    code = invited(informant, report)
    made = Invitation.objects.get()
    assert made.purposes == ["answer", "follow", "private"]
    assert made.until == deadlines.end_of(deadlines.today(clocks.now()) + dt.timedelta(days=91))
    assert code
    again = words(informant.read("helpers", report_id=report.pk))
    assert code not in again
    assert "Not accepted yet" in again


def test_between_two_pages_the_code_is_sealed(informant: Citizen, report: Report) -> None:
    informant.send("invite-helper", form(informant, report), report_id=report.pk)
    kept = str(dict(informant.client.session.items()))
    found = CODE.search(informant.read("helpers", report_id=report.pk))
    assert found is not None
    assert found[0] not in kept
    assert found[0].replace("-", "") not in kept


def test_a_form_that_is_sent_twice_invites_once_and_its_code_is_good(
    informant: Citizen, helper: Citizen, report: Report
) -> None:
    filled = form(informant, report)
    for _ in range(2):
        assert informant.send("invite-helper", filled, report_id=report.pk).status_code == 303
    assert Invitation.objects.count() == 1
    found = CODE.search(informant.read("helpers", report_id=report.pk))
    assert found is not None
    assert helper.send("help-code", {"code": found[0]}).status_code == 303


def test_a_code_that_is_sent_is_not_shown(informant: Citizen, report: Report, settings: Any) -> None:
    settings.NOTICES_CHANNEL = "console"
    assert invited(informant, report, how="email", email="mo@helper.example") == ""
    assert Notice.objects.get().kind == "invitation"
    informant.send("invite-helper", form(informant, report, how="text", text="020 7946 0018"), report_id=report.pk)
    assert "The code is being sent by text." in informant.read("helpers", report_id=report.pk)


def test_without_a_channel_the_code_is_handed_over(informant: Citizen, report: Report, settings: Any) -> None:
    settings.NOTICES_CHANNEL = ""
    assert 'value="email"' not in informant.read("invite-helper", report_id=report.pk)
    filled = form(informant, report, how="email", email="mo@helper.example")
    assert informant.send("invite-helper", filled, report_id=report.pk).status_code == 422


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"until.month": ""}, "Enter the whole date"),
        ({"until.year": "2020"}, "Choose a day from today on, within a year"),
        ({"until.year": "2099"}, "Choose a day from today on, within a year"),
        ({"how": ""}, "Say how the code reaches them"),
        ({"how": "email", "email": ""}, "Enter the e-mail address"),
        ({"how": "email", "email": "mo"}, "Enter an e-mail address in the correct format"),
        ({"how": "text", "text": "12"}, "Enter a mobile number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_nothing_is_lost(
    informant: Citizen, report: Report, settings: Any, changes: dict[str, str], fault: str
) -> None:
    settings.NOTICES_CHANNEL = "console"
    answer = informant.send("invite-helper", form(informant, report, **changes), report_id=report.pk)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert fault in page
    assert all(f'value="{text}"' in page for text in changes.values() if text and text != "text")
    assert not Invitation.objects.exists()


def test_whoever_may_agree_for_somebody_also_answers(informant: Citizen, report: Report) -> None:
    filled = {**form(informant, report), "consent": "yes"}
    without = {name: text for name, text in filled.items() if name != "answer"}
    answer = informant.send("invite-helper", without, report_id=report.pk)
    assert "To let them agree for you, let them answer the questions too" in answer.content.decode()
    assert informant.send("invite-helper", filled, report_id=report.pk).status_code == 303
    assert Invitation.objects.get().purposes == ["answer", "consent", "follow", "private"]


def test_nobody_is_pestered(informant: Citizen, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_IN_A_DAY", 1)
    invited(informant, report)
    answer = informant.send("invite-helper", form(informant, report), report_id=report.pk)
    assert "times within a day. Try again tomorrow" in answer.content.decode()


def test_an_invitation_is_taken_back(informant: Citizen, helper: Citizen, report: Report) -> None:
    code, made = invited(informant, report), Invitation.objects.get()
    place: dict[str, Any] = {"report_id": report.pk, "invitation_id": made.pk}
    assert informant.ask("take-back-invitation", **place).status_code == 303
    assert "Not accepted yet" in informant.read("helpers", report_id=report.pk)
    assert informant.send("take-back-invitation", {}, **place).status_code == 303
    assert "Nobody may act for you yet." in informant.read("helpers", report_id=report.pk)
    assert helper.send("help-code", {"code": code}).status_code == 422


def test_a_helper_acts_and_every_page_says_for_which_report_without_a_name(
    informant: Citizen, helper: Citizen, report: Report
) -> None:
    helping(informant, helper, report)
    pages: dict[str, dict[str, Any]] = {
        **{name: {"report_id": report.pk} for name in ("answers", "later")},
        **{name: {} for name in ("helping", "start", "open")},
    }
    for name, place in pages.items():
        page = words(helper.read(name, **place))
        assert f"{ACTS} {report.reference} ." in page, name
    refused = words(helper.ask("own-reports").content.decode())
    assert f"{ACTS} {report.reference} ." in refused
    assert "Quillfeather" not in refused
    assert ACTS not in informant.read("answers", report_id=report.pk)


def test_a_helper_stops_acting_from_any_page(informant: Citizen, helper: Citizen, report: Report) -> None:
    helping(informant, helper, report)
    assert helper.send("act", {"report": ""})["Location"] == reverse("helping")
    assert ACTS not in helper.read("helping")
    assert helper.ask("answers", report_id=report.pk).status_code == 404
    assert helper.send("act", {"report": str(report.pk)}).status_code == 303
    assert helper.read("answers", report_id=report.pk)


def test_a_helper_sees_what_they_may_do_and_for_how_long(informant: Citizen, helper: Citizen, report: Report) -> None:
    helping(informant, helper, report)
    page = words(helper.read("helping"))
    assert report.reference in page
    assert "You act on it now" in page
    assert "Answer the questions and send the report" in page
    assert "Agree or refuse" not in page
    last_day = deadlines.today(clocks.now()) + dt.timedelta(days=91)
    assert f"Until {last_day.day} {last_day:%B %Y}." in page
    assert "Quillfeather" not in page
    assert "You may not act for anybody at the moment" in Citizen("stranger").read("helping")


@pytest.mark.parametrize("chosen", ["11111111-1111-1111-1111-111111111111", "nonsense", "another"])
def test_nobody_acts_where_they_have_no_mandate(
    informant: Citizen, helper: Citizen, report: Report, chosen: str
) -> None:
    other = factories.started()
    helping(informant, helper, report)
    answer = helper.send("act", {"report": str(other.pk) if chosen == "another" else chosen})
    assert answer.status_code == (404 if chosen == "nonsense" else 403)
    assert helper.read("answers", report_id=report.pk)


def test_a_mandate_that_the_informant_ends_ends_at_once(informant: Citizen, helper: Citizen, report: Report) -> None:
    mandate = helping(informant, helper, report)
    page = words(informant.read("helpers", report_id=report.pk))
    assert "A person with an account of their own" in page
    assert "Quillfeather" not in page
    place: dict[str, Any] = {"report_id": report.pk, "mandate_id": mandate.pk}
    assert informant.ask("end-mandate", **place).status_code == 303
    assert helper.read("answers", report_id=report.pk)
    informant.send("end-mandate", {}, **place)
    refused = helper.ask("answers", report_id=report.pk)
    assert refused.status_code == 403
    assert "Stop acting" in refused.content.decode()
    assert helper.send("act", {"report": ""}).status_code == 303
    assert "Ended on" in words(informant.read("helpers", report_id=report.pk))


def test_a_helper_lays_a_mandate_down_after_being_asked(informant: Citizen, helper: Citizen, report: Report) -> None:
    mandate = helping(informant, helper, report)
    assert "Help with this report no more?" in helper.read("lay-down", mandate_id=mandate.pk)
    assert Citizen("stranger").ask("lay-down", mandate_id=mandate.pk).status_code == 404
    assert helper.send("lay-down", {}, mandate_id=mandate.pk).status_code == 303
    page = helper.read("helping")
    assert ACTS not in page
    assert "You may not act for anybody at the moment" in page


@pytest.mark.parametrize(("code", "fault"), [("", "Enter the code"), ("2346-79CD-FGHJ-KMNP", "This is no code that")])
def test_a_wrong_code_is_said_and_stays_as_it_was_typed(helper: Citizen, code: str, fault: str) -> None:
    answer = helper.send("help-code", {"code": code})
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert f'value="{code}"' in answer.content.decode() or not code


def test_nobody_helps_themselves(informant: Citizen, report: Report) -> None:
    answer = informant.send("help-code", {"code": invited(informant, report)})
    assert answer.status_code == 422
    assert "This is your own report" in answer.content.decode()


def test_whoever_has_no_account_is_asked_to_sign_in(informant: Citizen, report: Report) -> None:
    code = invited(informant, report)
    visitor = Citizen("other")
    visitor.client.cookies.clear()
    visitor.send("open", {"reference": factories.started().reference, **LETTER})
    assert visitor.send("help-code", {"code": code})["Location"] == reverse("helping")
    assert "To help somebody you need an account of your own" in visitor.read("helping")
    assert not Mandate.objects.exists()


def test_whoever_came_by_a_letter_lets_somebody_help_too(helper: Citizen, report: Report) -> None:
    visitor = Citizen("other")
    visitor.client.cookies.clear()
    visitor.send("open", {"reference": report.reference, **LETTER})
    assert reverse("helpers", args=[report.pk]) in visitor.read("later", report_id=report.pk)
    mandate = helping(visitor, helper, report)
    assert "private" not in mandate.purposes


def test_only_the_informant_lets_somebody_help(informant: Citizen, helper: Citizen, report: Report) -> None:
    mandate = helping(informant, helper, report)
    place: dict[str, Any] = {"report_id": report.pk, "mandate_id": mandate.pk}
    assert "Let somebody help you" not in helper.read("later", report_id=report.pk)
    assert helper.send("invite-helper", {}, report_id=report.pk).status_code == 403
    stranger, registrar = Citizen("stranger"), Desk("registrar")
    assert registrar.ask("helpers", report_id=report.pk).status_code == 403
    for name in ("helpers", "invite-helper"):
        assert stranger.ask(name, report_id=report.pk).status_code == 404
    assert stranger.send("end-mandate", {}, **place).status_code == 404
    assert helper.read("answers", report_id=report.pk)


def test_an_adviser_accepts_for_their_organisation_and_a_colleague_opens_it_from_the_desk(
    informant: Citizen, report: Report
) -> None:
    factories.organisation("harbour-light")
    adviser, colleague = Desk("adviser", "harbour-light"), Desk("adviser", "harbour-light")
    assert "Nobody has asked your organisation" in colleague.read("adviser")
    helping(informant, adviser, report)
    assert "Harbour-Light" in informant.read("helpers", report_id=report.pk)
    desk = colleague.read("adviser")
    assert report.reference in desk
    assert f'value="{report.pk}"' in desk
    assert colleague.send("act", {"report": str(report.pk)})["Location"] == reverse("report", args=[report.pk])
    assert "Answered before, and not shown here" not in colleague.read("answers", report_id=report.pk)
    assert report.reference not in Desk("adviser", "elsewhere").read("adviser")


def test_the_lists_take_few_queries(
    informant: Citizen, helper: Citizen, report: Report, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        helping(informant, helper, report)
    pages: list[tuple[Citizen, str, dict[str, Any]]] = [
        (informant, "helpers", {"report_id": report.pk}),
        (helper, "helping", {}),
    ]
    for citizen, name, place in pages:
        with django_assert_max_num_queries(12):
            citizen.read(name, **place)
