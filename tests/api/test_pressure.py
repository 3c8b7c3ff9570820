"""F36: under pressure new submissions are put off by every door, nothing of them is written, and all else goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tellusonce import pressure
from tellusonce.models import Delivery, Report
from tests import factories
from tests.callers import Caller
from tests.soap.test_reports import send
from tests.web.informants import Informant

pytestmark = pytest.mark.django_db
Press = Callable[..., None]


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    """Give a switch for the pressure."""

    def switch(*, is_high: bool) -> None:
        monkeypatch.setattr(pressure, "is_high", lambda: is_high)

    return switch


def submission(report: Report) -> str:
    return f"/reports/{report.pk}/submission"


def test_a_submission_is_put_off_with_a_problem_and_taken_when_it_is_over(press: Press) -> None:
    factories.recipient("libraries")
    report, caller = factories.started(), Caller()
    press(is_high=True)
    response = caller.post(submission(report), {}, key="once")
    assert (response.status_code, response.json()["type"]) == (503, "urn:tell-us-once:problem:busy")
    assert 30 <= int(response["Retry-After"]) <= 60
    assert not Delivery.objects.exists()
    press(is_high=False)
    assert caller.post(submission(report), {}, key="once").status_code == 201


def test_what_was_accepted_is_answered_as_before_and_all_else_goes_on(press: Press) -> None:
    factories.recipient("libraries")
    report, caller = factories.started(), Caller()
    accepted = caller.post(submission(report), {}, key="once")
    press(is_high=True)
    again = caller.post(submission(report), {}, key="once")
    assert (again.status_code, again.json()) == (201, accepted.json())
    assert caller.get(f"/reports/{report.pk}").status_code == 200
    assert caller.post("/reports", {"kind": "death"}, key="another").status_code == 201
    delivery = Delivery.objects.get()
    said = {"outcome": "received"}
    assert caller.post(f"/deliveries/{delivery.pk}/confirmations", said, key="they-said").status_code < 500


def test_a_whole_report_in_one_request_is_put_off_too(press: Press) -> None:
    factories.recipient("libraries")
    press(is_high=True)
    body = {
        "kind": "death",
        "answers": factories.TOLD,
        "evidence": {"type": "register-entry", "entry": factories.ENTRY},
        "submission": {},
    }
    response = Caller().post("/reports", body, key="whole")
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert not Report.objects.exists()


def test_by_soap_it_is_a_fault_that_says_when_to_come_again(press: Press) -> None:
    factories.recipient("libraries")
    report, caller = factories.started(), Caller()
    press(is_high=True)
    submit = f"<t:SubmitReport><t:Key>k1</t:Key><t:ReportId>{report.pk}</t:ReportId></t:SubmitReport>"
    response = send(caller, submit)
    assert (response.status_code, "Retry-After" in response) == (503, True)
    assert b"<faultcode>" in response.content
    assert b"Nothing was written; send it again later." in response.content
    follow = f"<t:FollowReport><t:ReportId>{report.pk}</t:ReportId></t:FollowReport>"
    assert send(caller, follow).status_code == 200
    press(is_high=False)
    assert send(caller, submit).status_code == 200


@pytest.mark.parametrize(
    ("language", "words"),
    [("en-gb", "We cannot take this at the moment"), ("cy", "Ni allwn dderbyn hyn ar hyn o bryd")],
)
def test_a_page_keeps_what_was_chosen_and_says_when_to_try_again(press: Press, language: str, words: str) -> None:
    factories.recipient("tax", name="Northmoor Council Tax")
    report = factories.started()
    informant = Informant(report)
    informant.client.cookies["lang"] = language
    agreed = informant.send("recipients", {"told": ["tax"]}, report_id=report.pk)
    press(is_high=True)
    response = informant.send("submit", {"told": ["tax"], "seen": hidden(agreed, "seen")}, report_id=report.pk)
    assert (response.status_code, "Retry-After" in response) == (503, True)
    assert words in response.content.decode()
    assert hidden(response, "told") == "tax"
    press(is_high=False)
    response = informant.send("submit", {"told": ["tax"], "seen": hidden(response, "seen")}, report_id=report.pk)
    assert response.headers["Location"] == reverse("sent", kwargs={"report_id": report.pk})


def hidden(response: Any, name: str) -> str:
    """Give the value of a hidden field."""
    return str(response.content.decode().split(f'name="{name}" value="')[1].split('"')[0])
