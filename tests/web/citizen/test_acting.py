"""Pages do for a helper what a mandate names, on one report, and nothing of their own meanwhile."""

import datetime as dt
from typing import Any

import pytest

from identity import mandates
from identity.ledger import Actor
from identity.mandates import Terms
from identity.models import Access, Consent, Mandate
from tellusonce import clocks
from tellusonce.models import Report
from tests import factories
from tests.web.citizens import Citizen
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db
INFORMANT = Actor("informant")
ANSWER = ("follow", "answer", "private")


@pytest.fixture
def report() -> Report:
    return factories.started()


@pytest.fixture
def helper() -> Citizen:
    return Citizen("helper", confidence="")


def mandate(helper: Desk, report: Report, *purposes: str, name: str = "") -> Mandate:
    terms = Terms(f"report:{report.pk}", name or helper.name, purposes or ANSWER, clocks.now() + dt.timedelta(days=30))
    return mandates.grant(INFORMANT, terms, at=clocks.now())


def act(helper: Desk, report: Report, *purposes: str) -> Mandate:
    """Have a helper act under a new mandate."""
    given = mandate(helper, report, *purposes)
    session = helper.client.session
    session["acts_for"] = str(report.pk)
    session.save()
    return given


def test_a_helper_answers_on_the_pages_and_each_look_says_for_whom(helper: Citizen, report: Report) -> None:
    act(helper, report)
    page = helper.read("answer", report_id=report.pk, name="your-name")
    assert "This is about the person for whom you act, not about you." in page
    assert "given-name" not in page  # or the browser would fill in the helper's own
    form = {"informant.name.given": "Ida", "informant.name.family": "Quillfeather"}
    assert helper.send("answer", form, report_id=report.pk, name="your-name").status_code == 303
    assert "Ida" in helper.read("answers", report_id=report.pk)
    entries = Access.objects.filter(actor=helper.name, about=f"report:{report.pk}", action__startswith="report_")
    assert {each.on_behalf_of for each in entries} == {f"report:{report.pk}"}


def test_a_helper_of_whoever_came_by_a_letter_alone_sees_as_little(helper: Citizen, report: Report) -> None:
    act(helper, report, "answer", "follow")
    page = helper.read("answers", report_id=report.pk)
    assert "Answered before, and not shown here" in page
    assert "Larch Row" not in page


def test_a_purpose_that_is_not_named_is_refused_in_words(helper: Citizen, report: Report) -> None:
    act(helper, report, "follow")
    answer = helper.ask("answers", report_id=report.pk)
    assert answer.status_code == 403
    assert "You may not do this for them" in answer.content.decode()


def test_an_ended_mandate_has_effect_at_the_next_page(helper: Citizen, report: Report) -> None:
    given = act(helper, report)
    helper.read("answers", report_id=report.pk)
    mandates.end(INFORMANT, given.person, given.pk, at=clocks.now())
    assert helper.ask("answers", report_id=report.pk).status_code == 403


def test_without_choosing_to_act_or_without_a_mandate_there_is_nothing(helper: Citizen, report: Report) -> None:
    mandate(helper, report)
    assert helper.ask("answers", report_id=report.pk).status_code == 404
    stranger = Citizen("stranger")
    session = stranger.client.session
    session["acts_for"] = str(report.pk)
    session.save()
    assert stranger.ask("answers", report_id=report.pk).status_code == 403


def test_while_acting_nobody_works_in_their_own_name(report: Report) -> None:
    adviser = Desk("adviser", "harbour-light")
    mandate(adviser, report, name="organisation:harbour-light")
    act(adviser, report)
    answer = adviser.ask("adviser")
    assert answer.status_code == 403
    page = words(answer.content.decode())
    assert "Stop acting for somebody else first" in page
    assert "Advising" not in page
    assert report.reference in words(adviser.read("later", report_id=report.pk))


@pytest.fixture
def charity() -> None:
    factories.recipient("charity", agreement={"lawful_basis": "consent"})
    factories.recipient("library")


def sent(helper: Desk, report: Report, **form: Any) -> Any:
    agree = helper.send("recipients", {"told": ["library"], **form}, report_id=report.pk)
    seen = agree.content.decode().partition('name="seen" value="')[2].partition('"')[0]
    return helper.send("submit", {"told": ["library"], "seen": seen, **form}, report_id=report.pk)


@pytest.mark.usefixtures("charity")
def test_a_helper_who_may_not_consent_is_not_asked_to_and_nobody_is_told_who_needs_it(
    helper: Citizen, report: Report
) -> None:
    act(helper, report)
    assert "consent.charity" not in helper.read("recipients", report_id=report.pk)
    assert sent(helper, report).status_code == 303
    assert not Consent.objects.exists()
    states = dict(report.deliveries.values_list("recipient__slug", "state"))
    assert states == {"library": "pending", "charity": "withheld"}


@pytest.mark.usefixtures("charity")
def test_a_helper_who_may_consent_is_asked_and_the_consent_says_for_whom(helper: Citizen, report: Report) -> None:
    act(helper, report, "follow", "answer", "consent")
    assert "consent.charity" in helper.read("recipients", report_id=report.pk)
    assert sent(helper, report, **{"consent.charity": "yes"}).status_code == 303
    assert Access.objects.get(action="consent_given").on_behalf_of == f"report:{report.pk}"
