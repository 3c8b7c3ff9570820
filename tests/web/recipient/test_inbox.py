"""What an officer sees and does: their own organisation's messages, one by one or many at once."""

import csv
import datetime as dt
import io
import re
import uuid
from typing import Any

import pytest

from identity.models import Access
from tellusonce import clocks, listings
from tellusonce.models import Attempt, Confirmation, Delivery, Pause, Recipient
from tellusonce.web.recipient import listed
from tests import factories
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db
LIBRARIES = "northmoor-libraries"


@pytest.fixture
def inbox() -> Recipient:
    leaves = ("subject.name.given", "subject.name.family", "death.died_on", "subject.addresses.lines")
    more = ("subject.addresses.postcode", "subject.addresses.town", "informant.relationship")
    return factories.recipient(
        "libraries", name="Libraries", organisation=LIBRARIES, route={"adapter": "inbox"}, grants=(*leaves, *more)
    )


@pytest.fixture
def officer(inbox: Recipient) -> Desk:
    return Desk("recipient-officer", LIBRARIES)


def owed() -> Delivery:
    report = factories.submitted()
    return report.deliveries.select_related("report").get()


def opened(officer: Desk) -> Delivery:
    delivery = owed()
    officer.read("message", delivery_id=delivery.pk)
    return delivery


def test_the_list_says_what_is_new_and_by_when_and_nothing_of_the_people(officer: Desk) -> None:
    delivery = owed()
    page = words(officer.read("inbox"))
    assert delivery.report.reference in page
    assert "New" in page
    assert "Quillfeather" not in page
    assert Delivery.objects.get().tries == 0, "a look at the list is no fetch"


def test_a_message_is_said_in_words_and_showing_it_is_an_attempt_with_an_entry(officer: Desk) -> None:
    delivery = opened(officer)
    page = words(officer.read("message", delivery_id=delivery.pk))
    assert "Quillfeather" in page
    assert "30 October 2026" in page
    assert "ZX1 2AB" in page
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("sent", 1)
    assert Attempt.objects.filter(delivery_id=delivery.pk).count() == 1
    entry = Access.objects.get(action="delivery_fetched")
    assert entry.about == f"delivery:{delivery.pk}"
    assert entry.organisation == LIBRARIES
    assert entry.actor.startswith("account:")


def test_another_organisations_message_is_not_there(officer: Desk) -> None:
    stranger = Desk("recipient-officer", "southmoor")
    delivery = opened(officer)
    stranger.read("message", delivery_id=delivery.pk, status=404)
    assert stranger.send("message", {"answer": "no_match"}, delivery_id=delivery.pk).status_code == 404
    officer.read("message", delivery_id=uuid.uuid4(), status=404)
    assert delivery.report.reference not in stranger.read("inbox")
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize(
    ("form", "outcome", "actions"),
    [
        ({"answer": "acted:payment_stopped"}, "acted", ["payment_stopped"]),
        ({"answer": "acted:account_closed", "also": ["name_removed"]}, "acted", ["account_closed", "name_removed"]),
        ({"also": ["equipment_collected"]}, "acted", ["equipment_collected"]),
        ({"answer": "no_match"}, "no_match", []),
        ({"answer": "received"}, "received", []),
        ({"answer": "needs_information", "note": "Which branch?"}, "needs_information", []),
        ({"answer": "declined", "note": "Not our member"}, "declined", []),
    ],
)
def test_an_answer_is_taken_for_the_record(officer: Desk, form: Any, outcome: str, actions: list[str]) -> None:
    delivery = opened(officer)
    answer = officer.send("message", form, delivery_id=delivery.pk)
    assert answer.status_code == 303
    said = Confirmation.objects.get()
    assert (said.outcome, [each["code"] for each in said.actions], said.came_by) == (outcome, actions, "page")
    assert Access.objects.get(action="confirmation_recorded").purpose == outcome
    assert "That was the last of these messages" in officer.follow(answer) or outcome in (
        "received",
        "needs_information",
    )


def test_the_day_and_their_own_number_go_along(officer: Desk) -> None:
    delivery = opened(officer)
    day = {"on.day": "2", "on.month": "November", "on.year": "2026"}
    officer.send("message", {"answer": "acted:account_closed", "reference": "LIB/7", **day}, delivery_id=delivery.pk)
    said = Confirmation.objects.get()
    assert said.actions == [{"code": "account_closed", "on": "2026-11-02"}]
    assert said.sealed is not None


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Choose what you did, or what you found"),
        ({"answer": "acted:flying"}, "Choose what you did, or what you found"),
        ({"answer": "declined"}, "Give the reason why you will not act on this"),
        ({"answer": "needs_information", "note": "  "}, "Say what you need to know"),
        ({"answer": "acted:account_closed", "on.day": "31", "on.month": "2", "on.year": "2026"}, "as a real date"),
        ({"answer": "no_match", "also": ["name_removed"]}, "says otherwise"),
        ({"answer": "received", "reference": "x" * 101}, "Shorten it to 100 characters"),
    ],
)
def test_what_is_missing_is_said_at_the_top_and_at_its_place(officer: Desk, form: Any, message: str) -> None:
    delivery = opened(officer)
    answer = officer.send("message", form, delivery_id=delivery.pk)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count(message) == 2
    assert "<title>Error:" in re.sub(r"\s+", " ", page).replace("<title> ", "<title>")
    assert not Confirmation.objects.exists()


def test_sending_an_answer_twice_makes_one(officer: Desk) -> None:
    delivery = opened(officer)
    for _ in range(2):
        assert officer.send("message", {"answer": "no_match"}, delivery_id=delivery.pk).status_code == 303
    assert Confirmation.objects.count() == 1


def test_an_answer_leads_to_the_next_message_within_the_same_filters(officer: Desk) -> None:
    first, second = opened(officer), opened(officer)
    one, other = sorted([first, second], key=lambda each: each.pk)
    asked = {"recipient": "libraries", "keys": "on"}
    answer = officer.send("message", {"answer": "no_match"}, asked=asked, delivery_id=one.pk)
    assert str(other.pk) in answer["Location"]
    assert "recipient=libraries&keys=on" in answer["Location"]
    assert "Answer taken" in officer.follow(answer)


def test_three_keys_answer_a_message_without_a_script(officer: Desk) -> None:
    """Working by keys, the first choice has the focus: space chooses it and Enter sends; the second is one arrow away.

    A form with one button sends itself by Enter from any of its radios (HTML, 4.10.21.2).
    """
    delivery = opened(officer)
    page = officer.read("message", asked={"keys": "on"}, delivery_id=delivery.pk)
    form = page.split("data-numbers", 1)[1].split("</form>", 1)[0]
    radios = re.findall(r'<input[^>]*type="radio"[^>]*>', form)
    assert "autofocus" in radios[0]
    assert not any("autofocus" in each for each in radios[1:])
    assert len(re.findall(r"<button", form)) == 1
    assert not re.search(r"<input[^>]*autofocus", officer.read("message", delivery_id=delivery.pk))


def test_what_the_service_said_most_often_of_late_comes_first(officer: Desk) -> None:
    for _ in range(2):
        officer.send(
            "message", {"answer": "acted:name_removed", "also": ["name_removed"]}, delivery_id=opened(officer).pk
        )
    page = officer.read("message", delivery_id=opened(officer).pk)
    assert page.index("1. Name taken off") < page.index("2. Payment stopped")


def test_a_message_whose_agreement_has_ended_is_not_shown(officer: Desk) -> None:
    delivery = owed()
    factories.count_agreements([])
    page = words(officer.read("message", delivery_id=delivery.pk))
    assert "can no longer be shown" in page
    assert "Quillfeather" not in page
    assert Access.objects.get(action="delivery_withheld").about == f"delivery:{delivery.pk}"
    assert not Attempt.objects.exists()


def test_a_message_that_was_opened_before_its_agreement_ended_can_still_be_answered(officer: Desk) -> None:
    delivery = opened(officer)
    factories.count_agreements([])
    page = officer.read("message", delivery_id=delivery.pk)
    assert "Quillfeather" not in page
    assert officer.send("message", {"answer": "nothing_to_do"}, delivery_id=delivery.pk).status_code == 303


def test_while_sending_is_paused_nothing_is_shown(officer: Desk) -> None:
    delivery = owed()
    Pause.objects.create(kind="", paused_at=clocks.now(), paused_by="me", reason="drill")
    page = words(officer.read("message", delivery_id=delivery.pk))
    assert "cannot be shown at the moment" in page
    assert "Quillfeather" not in page


def test_what_is_answered_shows_its_answer_and_nothing_of_the_person(officer: Desk) -> None:
    delivery = opened(officer)
    officer.send("message", {"answer": "acted:account_closed"}, delivery_id=delivery.pk)
    page = words(officer.read("message", delivery_id=delivery.pk))
    assert "Account closed" in page
    assert "Quillfeather" not in page
    assert delivery.report.reference in officer.read("inbox", asked={"state": "answered"})
    assert delivery.report.reference not in officer.read("inbox")


def test_what_was_sent_to_their_own_system_is_answered_here_and_not_shown(officer: Desk) -> None:
    factories.recipient("council-tax", organisation=LIBRARIES)
    report = factories.submitted()
    pushed = report.deliveries.get(recipient__slug="council-tax")
    officer.read("message", delivery_id=pushed.pk, status=404)
    Delivery.objects.filter(pk=pushed.pk).update(state="sent", sent_at=clocks.now(), due_at=None, tries=1)
    page = words(officer.read("message", delivery_id=pushed.pk))
    assert "sent to your own system" in page
    assert "Quillfeather" not in page
    officer.send("message", {"answer": "no_match"}, delivery_id=pushed.pk)
    assert Delivery.objects.get(pk=pushed.pk).state == "closed"


def test_the_list_is_cut_down_by_service_kind_and_state(officer: Desk) -> None:
    old, new = opened(officer), owed()

    def found(**asked: str) -> set[str]:
        page = officer.read("inbox", asked=asked)
        return {each.report.reference for each in (old, new) if each.report.reference in page}

    both = {old.report.reference, new.report.reference}
    assert found() == found(recipient="libraries") == found(kind="death") == both
    assert found(recipient="other") == found(kind="move") == found(state="answered") == set()
    assert (found(state="new"), found(state="open")) == ({new.report.reference}, {old.report.reference})


def test_what_is_late_comes_first_and_is_counted(officer: Desk) -> None:
    fresh, late = owed(), owed()
    Delivery.objects.filter(pk=late.pk).update(confirm_by=dt.date(2026, 1, 5))
    page = officer.read("inbox")
    assert page.index(late.report.reference) < page.index(fresh.report.reference)
    assert "1 message is late." in words(page)
    assert "Late" in words(page)


def test_the_list_comes_in_pages(officer: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings.page, "__kwdefaults__", {"after": None, "limit": 2})
    references = {owed().report.reference for _ in range(5)}
    seen: list[str] = []
    asked: dict[str, str] = {}
    while True:
        page = officer.read("inbox", asked=asked)
        seen += [each for each in references if each in page]
        following = re.search(r'rel="next" href="\?[^"]*after=([^"&]+)', page)
        if following is None:
            break
        asked = {"after": following[1]}
    assert sorted(seen) == sorted(references)


def test_several_are_answered_at_once_each_by_itself(officer: Desk) -> None:
    first, second, unopened = opened(officer), opened(officer), owed()
    ids = [str(each.pk) for each in (first, second, unopened)]
    answer = officer.send("inbox-answers", {"message": [*ids, ids[0], str(uuid.uuid4()), "?"], "answer": "no_match"})
    page = words(officer.follow(answer))
    assert "2 answers were taken" in page
    assert "Nobody has opened this yet" in page
    assert "1 message is not, or no longer, among yours" in page
    assert Confirmation.objects.count() == 2
    assert Access.objects.filter(action="confirmation_recorded").count() == 2
    again = officer.send("inbox-answers", {"message": ids[:1], "answer": "no_match"})
    assert "You have said this before" in officer.follow(again)


@pytest.mark.parametrize("form", [{"answer": "no_match"}, {}])
def test_nothing_ticked_is_said(officer: Desk, form: dict[str, str]) -> None:
    assert "Tick the messages" in officer.follow(officer.send("inbox-answers", form))


@pytest.mark.parametrize("answer", ["", "declined", "acted:flying"])
def test_several_are_answered_only_by_what_needs_no_words(officer: Desk, answer: str) -> None:
    delivery = opened(officer)
    sent = officer.send("inbox-answers", {"message": [str(delivery.pk)], "answer": answer})
    assert "Choose an answer for the messages that you ticked" in officer.follow(sent)
    assert not Confirmation.objects.exists()


def test_the_file_has_the_list_and_nothing_of_the_people(officer: Desk) -> None:
    delivery = owed()
    text = officer.read("inbox-download")
    (row,) = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert row["Reference"] == delivery.report.reference
    assert row["Message"] == str(delivery.pk)
    assert "Quillfeather" not in text
    assert not Access.objects.filter(action="delivery_fetched").exists()


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_a_spreadsheet_takes_nothing_for_a_formula(cell: str) -> None:
    assert listed.harmless(cell) == f"'{cell}"
    assert listed.harmless("Northmoor") == "Northmoor"


def test_an_auditor_looks_at_the_list_and_opens_nothing(officer: Desk) -> None:
    delivery = opened(officer)
    auditor = Desk("auditor", LIBRARIES)
    page = auditor.read("inbox")
    assert delivery.report.reference in page
    assert str(delivery.pk) not in page
    auditor.read("message", delivery_id=delivery.pk, status=403)
    assert auditor.send("inbox-answers", {"message": [str(delivery.pk)], "answer": "no_match"}).status_code == 403


def test_whose_role_is_another_is_told_so_and_has_no_way_there() -> None:
    registrar = Desk("registrar", LIBRARIES)
    assert "Your role does not allow this" in registrar.read("inbox", status=403)


def test_the_way_to_the_inbox_is_at_the_head_of_the_page(officer: Desk) -> None:
    assert re.search(r'aria-current="(page|true)"[^<]*<?', officer.read("inbox"))


def test_what_their_own_system_polls_for_is_not_shown_and_counts_as_nothing_fetched(officer: Desk) -> None:
    settings = {"issuer": "urn:moor", "audience": "urn:library"}
    route = {"adapter": "security-event-poll", "settings": settings}
    recipient = factories.recipient("lending", organisation=LIBRARIES, address="", route=route)
    factories.submitted()
    delivery = Delivery.objects.get(recipient=recipient)
    assert "This was sent to your own system" in words(officer.read("message", delivery_id=delivery.pk))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("available", 0)
