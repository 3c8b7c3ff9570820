"""Another adult is invited by whoever tells: they tell for themselves, or decline, and nobody else hears of them."""

import datetime as dt
from typing import Any

import pytest
from django.urls import resolve, reverse

from identity import codes, vault
from identity.ledger import Actor
from identity.models import Access
from identity.tokens import Person
from tellusonce import adults, answering, clocks, events, proving, reports
from tellusonce.models import Delivery, InvitedAdult, Notice, Report
from tellusonce.notices import owing
from tests import factories
from tests.events import examples
from tests.web.citizens import BORN, Citizen
from tests.web.desks import token_in, words

pytestmark = pytest.mark.django_db
ADDRESS = "bob@example.com"
SHARED = {"move": {"moved_on", "old_address", "new_address"}, "marriage": {"event", "happened_on", "place"}}


@pytest.fixture(autouse=True)
def _quick_answers(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(codes, "ANSWER_SECONDS", 0.0)
    settings.NOTICES_CHANNEL = "console"


@pytest.fixture
def josephine() -> Citizen:
    return Citizen()


@pytest.fixture
def bob() -> Citizen:
    return named("bob", "Robert", "Example")


def named(subject: str, given: str, family: str) -> Citizen:
    """Sign somebody in who was proved to bear a name."""
    citizen = Citizen(subject, confidence="")
    parts = [{"type": "GivenName", "value": given}, {"type": "FamilyName", "value": family}]
    proving.link(citizen.account, Person(({"nameParts": parts},), BORN, "P2"))
    session = citizen.client.session
    session["confidence"] = "P2"
    session.save()
    return citizen


def told(citizen: Citizen, kind: str = "move", **changes: Any) -> Report:
    """Tell the example of a kind, and send it on pages."""
    everything = sorted(events.grantable(events.find(kind)))
    factories.recipient(
        f"nosy-{kind}",
        agreement={"kind": kind, "article_9_condition": "substantial_public_interest"},
        grants=everything,
    )
    citizen.send("begin", {"kind": kind, "once": token_in(citizen.read("own-reports"))})
    report = Report.objects.select_related("key").get(kind=kind, started_by=citizen.name)
    answers = {**examples.complete(kind), **changes}
    answers["subject"] = {name: said for name, said in answers["subject"].items() if name not in {"name", "born_on"}}
    visitor = Actor(citizen.name, on_behalf_of=f"report:{report.pk}")
    reports.save(visitor, report.pk, patch=answers)
    agree = citizen.send("recipients", {"told": [f"nosy-{kind}"]}, report_id=report.pk).content.decode()
    seen = agree.partition('name="seen" value="')[2].partition('"')[0]
    answer = citizen.send("submit", {"told": [f"nosy-{kind}"], "seen": seen}, report_id=report.pk)
    assert resolve(answer["Location"]).url_name == "sent", words(answer.content.decode())
    return report


def code() -> str:
    """Read the code out of the one notice that invites."""
    notice = Notice.objects.select_related("key").get(kind="adult-invitation")
    to, values = owing.unseal(notice)
    assert to == ADDRESS
    return values["code"]


def entered(citizen: Citizen) -> None:
    assert citizen.send("invitation", {"code": code().lower()})["Location"] == reverse("answer-invitation")


def seen_by(citizen: Citizen, report: Report) -> str:
    return words(citizen.read("follow", report_id=report.pk)).partition("Whom you invited")[2]


def over_rest(citizen: Citizen, report: Report) -> list[str]:
    """Follow as a program does, which hears nobody's name."""
    answer = citizen.client.get(f"/api/v1/reports/{report.pk}", secure=True)
    assert "Example" not in answer.content.decode()
    return [each["state"] for each in answer.json()["invited"]]


@pytest.mark.parametrize("kind", SHARED)
def test_whoever_accepts_starts_their_own_report_with_what_both_have_in_common(
    josephine: Citizen, bob: Citizen, kind: str
) -> None:
    report = told(josephine, kind)
    assert "Bob Example Invited They can answer until" in seen_by(josephine, report)
    assert over_rest(josephine, report) == ["invited"]
    entered(bob)
    asked = words(bob.read("answer-invitation"))
    assert events.find(kind).title in asked
    assert "Tamblyn" not in asked
    places = {bob.send("answer-invitation", {"accept": "yes"})["Location"] for _ in range(2)}
    own = Report.objects.select_related("key").get(started_by=bob.name)
    assert places == {reverse("report", args=[own.pk])}
    assert own.kind == kind
    draft, given = answering.told_so_far(own), events.validate(events.find(kind), examples.complete(kind))
    assert draft.pop("subject") == {"name": {"given": ["Robert"], "family": "Example"}, "born_on": BORN}
    assert draft == {name: given[name] for name in SHARED[kind]}
    assert "Bob Example Accepted" in seen_by(josephine, report)
    assert over_rest(josephine, report) == ["accepted"]
    assert josephine.ask("follow", report_id=own.pk).status_code == 404
    assert bob.ask("follow", report_id=report.pk).status_code == 404


def test_whoever_declines_starts_nothing_and_the_code_is_used_up(josephine: Citizen, bob: Citizen) -> None:
    report = told(josephine)
    entered(bob)
    assert bob.send("answer-invitation", {"decline": "yes"})["Location"] == reverse("invitation-declined")
    assert "You have declined" in bob.read("invitation-declined")
    assert not Report.objects.filter(started_by=bob.name).exists()
    assert "Bob Example Declined" in seen_by(josephine, report)
    assert bob.send("invitation", {"code": code()}).status_code == 422
    assert bob.send("answer-invitation", {"accept": "yes"}).status_code == 422


def test_nothing_about_them_reaches_anybody_whatever_is_granted(josephine: Citizen) -> None:
    """Design, section 3: a move covers oneself and one's children; another adult is invited and accepts."""
    report = told(josephine)
    (delivery,) = report.deliveries.all()
    assert delivery.state == Delivery.State.PENDING
    assert "subject.name.family" in delivery.fields
    assert not [path for path in delivery.fields if path.startswith("others")]


def test_the_notice_names_nobody_and_says_nothing_of_what_happened(josephine: Citizen) -> None:
    told(josephine)
    notice = Notice.objects.select_related("key").get(kind="adult-invitation")
    assert (notice.by, notice.state) == ("email", "owed")
    assert set(owing.unseal(notice)[1]) == {"code"}


def test_after_28_days_it_has_lapsed(josephine: Citizen, bob: Citizen) -> None:
    report = told(josephine)
    entered(bob)
    made = InvitedAdult.objects.get()
    assert made.expires_at - made.invited_at == dt.timedelta(days=28)
    InvitedAdult.objects.update(expires_at=clocks.now())
    assert bob.send("answer-invitation", {"accept": "yes"}).status_code == 422
    assert bob.send("invitation", {"code": code()}).status_code == 422
    assert "Bob Example Not answered in time Ask them to tell us" in seen_by(josephine, report)


def test_a_code_that_reached_somebody_of_another_name_is_of_no_use_to_them(josephine: Citizen, bob: Citizen) -> None:
    told(josephine)
    stranger = named("stranger", "Sam", "Other")
    right, wrong = (stranger.send("invitation", {"code": each}) for each in (code(), "AAAA-AAAA-AAAA-AAAA"))
    assert right.status_code == wrong.status_code == 422
    for answer in (right, wrong):
        assert "This is no code that you can use" in answer.content.decode()
    assert "Change of address" not in right.content.decode()
    entered(bob)


def test_whoever_invited_cannot_answer_for_them(josephine: Citizen) -> None:
    named_alike = [{"name": {"given": ["Bob"], "family": "Tamblyn"}, "email": ADDRESS}]
    told(josephine, others=named_alike)
    assert josephine.send("invitation", {"code": code()}).status_code == 422


def test_after_five_tries_the_right_code_is_not_taken_either(josephine: Citizen, bob: Citizen) -> None:
    told(josephine)
    for _ in range(5):
        assert bob.send("invitation", {"code": "wrong"}).status_code == 422
    assert bob.send("invitation", {"code": code()}).status_code == 422


@pytest.mark.parametrize("confidence", ["", "P1"])
def test_whoever_is_not_proved_hears_how_they_could_and_tries_no_code(josephine: Citizen, confidence: str) -> None:
    told(josephine)
    bob = Citizen("bob", confidence=confidence)
    assert "proves who you are" in bob.read("invitation")
    assert "proves who you are" in bob.send("invitation", {"code": code()}).content.decode()
    assert bob.ask("answer-invitation").status_code == 403


def test_without_a_code_it_is_asked_for(bob: Citizen) -> None:
    assert bob.ask("answer-invitation")["Location"] == reverse("invitation")
    assert "Enter the code" in bob.send("invitation", {"code": " "}).content.decode()


def test_who_cannot_be_written_to_is_said_to_whoever_named_them(settings: Any, josephine: Citizen) -> None:
    settings.NOTICES_CHANNEL = "smtp"
    report = told(josephine, others=[{"name": {"family": "Example"}, "phone": "01632 960118"}])
    assert InvitedAdult.objects.get().code is None
    assert "Example Could not be invited Ask them to tell us" in seen_by(josephine, report)


def test_nobody_pesters_people_through_us(monkeypatch: pytest.MonkeyPatch, josephine: Citizen) -> None:
    monkeypatch.setattr(adults, "MOST_IN_A_DAY", 1)
    two = [{"name": {"family": family}, "email": f"{family}@example.com"} for family in ("one", "two")]
    report = told(josephine, others=two)
    assert Notice.objects.filter(kind="adult-invitation").count() == 1
    assert "one Invited" in (seen := seen_by(josephine, report))
    assert "two Could not be invited" in seen


def test_a_helper_who_only_follows_does_not_read_whom_somebody_invited(josephine: Citizen) -> None:
    report = told(josephine)
    follower = Actor("account:helper", on_behalf_of=f"report:{report.pk}", purposes=frozenset({"follow"}))
    assert adults.of_report(follower, report) == []
    assert adults.states(follower, report) == []
    answerer = Actor("account:helper", on_behalf_of=f"report:{report.pk}", purposes=frozenset({"answer"}))
    assert [each.state for each in adults.of_report(answerer, report)] == [adults.State.INVITED]


def test_an_erased_report_invites_nobody_any_more_and_names_nobody(josephine: Citizen, bob: Citizen) -> None:
    report, sent = told(josephine), code()
    vault.destroy([report.key])
    assert bob.send("invitation", {"code": sent}).status_code == 422
    assert "Bob" not in josephine.read("follow", report_id=report.pk)


def test_it_is_in_the_ledger_without_the_account_of_whoever_answers(josephine: Citizen, bob: Citizen) -> None:
    report = told(josephine)
    entered(bob)
    bob.send("answer-invitation", {"accept": "yes"})
    adult = f"adult:{InvitedAdult.objects.get().pk}"
    about = Access.objects.filter(about=f"report:{report.pk}", action__startswith="adult_").order_by("pk")
    assert [(each.actor, each.action, each.on) for each in about] == [
        (josephine.name, "adult_invited", adult),
        (adult, "adult_accepted", ""),
    ]
    assert Access.objects.get(about=adult).actor == bob.name
    seen = words(josephine.read("looks", report_id=report.pk)).lower()
    assert "somebody whom you invited" in seen
    assert "agreed to tell for themselves" in seen
