"""A citizen tells without a letter; a registrar finds it by its reference, compares, and records the entry or none."""

from typing import Any

import pytest
from django.urls import reverse

from identity.ledger import Actor
from identity.models import Access, Role, Tries
from identity.sessions import Visitor
from tellusonce import events, references, registering, reports, unproven
from tellusonce.models import Delivery, Evidence, Report
from tellusonce.searches import Reason
from tests import factories
from tests.web.citizens import Citizen
from tests.web.desks import Desk, token_in, words
from tests.web.registrar.test_registering import TYPED
from tests.web.test_kinds import entry_of, library, sent, told_on_pages

pytestmark = pytest.mark.django_db

DEATH = events.find("death")
# What nobody needs to compare: where anybody lives, who told it, and how they are reached.
OTHERS = {"Larch Row", "ZX1 2AB", "Bram", "020 7946"}
NONE = "Nothing waits under this reference number"


def visitor(citizen: Citizen) -> Visitor:
    who = frozenset({"citizen"})
    return Visitor(citizen.name, roles=who, account=citizen.account.pk, confidence="P2")


@pytest.fixture
def citizen() -> Citizen:
    library(DEATH)
    return Citizen()


@pytest.fixture
def report(citizen: Citizen) -> Report:
    """Alma Quillfeather's death, told by a citizen and sent; it waits for its evidence."""
    told = {**factories.TOLD, "subject": {**factories.TOLD["subject"], **factories.ENTRY["subject"]}}
    told |= {"death": factories.ENTRY["death"]}
    begun = reports.start(visitor(citizen), DEATH, told=told)
    reports.submit(visitor(citizen), begun.pk)
    begun.refresh_from_db()
    return begun


@pytest.fixture
def desk() -> Desk:
    factories.organisation()
    return Desk("registrar")


def find(desk: Desk, reference: str, reason: str = "evidence-came") -> Any:
    return desk.send("registrar-unproven", {"reference": reference, "reason": reason})


def entry(page: str, **changed: str) -> dict[str, str]:
    usual = {**TYPED, "subject.name.given": "Alma", "once": token_in(page)}
    return {name: text for name, text in {**usual, **changed}.items() if text}


def state(report: Report) -> tuple[str, str]:
    owed: Delivery = report.deliveries.get()
    return owed.state, owed.reason


def test_it_waits_until_the_entry_is_recorded_and_the_citizen_sees_it(
    desk: Desk, citizen: Citizen, report: Report
) -> None:
    assert state(report) == ("withheld", "unverified")
    assert "Tell the register office your reference number" in words(citizen.read("follow", report_id=report.pk))
    assert find(desk, report.reference.lower())["Location"] == reverse("registrar-compare", args=[report.pk])
    page = desk.read("registrar-compare", report_id=report.pk)
    desk.send("registrar-compare", entry(page), report_id=report.pk)
    assert "The entry is recorded" in words(desk.read("registrar-unproven"))
    assert state(report) == ("pending", "")
    follow = words(citizen.read("follow", report_id=report.pk))
    assert "They are being told now" in follow
    assert "register office" not in follow


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in registering.kinds()])
def test_every_kind_that_rests_on_an_entry_is_found_and_freed(kind: events.Kind, desk: Desk) -> None:
    library(kind)
    citizen = Citizen()
    citizen.send("begin", {"kind": kind.name, "once": token_in(citizen.read("own-reports"))})
    report = Report.objects.select_related("key").get()
    told_on_pages(citizen, report)
    sent(citizen, report)
    report.refresh_from_db()
    assert "Now tell the register office" in citizen.read("sent", report_id=report.pk)
    assert find(desk, report.reference).status_code == 303
    unproven.record(
        Actor(desk.name, "northmoor"),
        report.pk,
        reports.Proof(kind.evidence[0], _fitting(kind, report)),
        key="a-key-of-ours",
    )
    assert state(report) == ("pending", "")
    assert "It is on its way" in citizen.read("sent", report_id=report.pk)


def _fitting(kind: events.Kind, report: Report) -> dict[str, Any]:
    """Give the entry of whoever told it: of a marriage, the one who is signed in."""
    made = entry_of(kind)
    told = reports.told_of(report)
    if kind.teller == "subject":
        made["subject"] = {**made["subject"], **{name: told["subject"][name] for name in ("name", "born_on")}}
    return made


def test_only_what_an_entry_says_is_shown_and_the_look_is_written_down(desk: Desk, report: Report) -> None:
    find(desk, report.reference, "complaint")
    page = words(desk.read("registrar-compare", report_id=report.pk))
    assert [each for each in ("Alma Quillfeather", "3 February 1931", "30 October 2026") if each not in page] == []
    assert {each for each in OTHERS if each in page} == set()
    seen = unproven.look(Actor(desk.name, "northmoor"), report.pk, Reason.COMPLAINT)
    assert set(events.leaves(seen.told)) == {
        "subject.name.given", "subject.name.family", "subject.born_on", "death.died_on"
    }  # fmt: skip
    noted = Access.objects.filter(about=f"report:{report.pk}", actor=desk.name).values_list(
        "action", "purpose", "organisation"
    )
    assert set(noted) == {(each, "complaint", "northmoor") for each in ("report_found", "report_compared")}


def test_nothing_else_of_the_report_opens_to_them(desk: Desk, report: Report) -> None:
    find(desk, report.reference)
    pages = ("registrar-report", "registrar-evidence", "registrar-hand-over", "answers", "follow", "looks")
    assert {desk.ask(name, report_id=report.pk).status_code for name in pages} <= {403, 404}


def test_there_being_no_such_entry_is_said_to_the_citizen_and_holds_nothing_up(
    desk: Desk, citizen: Citizen, report: Report
) -> None:
    find(desk, report.reference)
    desk.send("registrar-missed", {}, report_id=report.pk)
    assert "there is no entry that fits" in words(desk.read("registrar-unproven"))
    assert "found no entry that fits what you told us" in words(citizen.read("follow", report_id=report.pk))
    assert state(report) == ("withheld", "unverified")
    another = Desk("registrar", "brackwater")
    find(another, report.reference)
    page = another.read("registrar-compare", report_id=report.pk)
    another.send("registrar-compare", entry(page), report_id=report.pk)
    assert state(report) == ("pending", "")
    assert "found no entry" not in words(citizen.read("follow", report_id=report.pk))


def test_an_entry_of_somebody_else_is_refused_with_what_differs(desk: Desk, report: Report) -> None:
    find(desk, report.reference)
    page = desk.read("registrar-compare", report_id=report.pk)
    answer = desk.send("registrar-compare", entry(page, **{"subject.born_on.year": "1932"}), report_id=report.pk)
    assert answer.status_code == 422
    assert "is not what was told" in words(answer.content.decode())
    assert not Evidence.objects.exists()
    assert state(report) == ("withheld", "unverified")


def test_a_form_sent_twice_is_recorded_once(desk: Desk, report: Report) -> None:
    find(desk, report.reference)
    form = entry(desk.read("registrar-compare", report_id=report.pk))
    assert {desk.send("registrar-compare", form, report_id=report.pk).status_code for _ in range(2)} == {303}
    assert Evidence.objects.count() == 1
    assert desk.ask("registrar-compare", report_id=report.pk).status_code == 404


def test_a_report_that_is_still_being_told_takes_its_entry_too(desk: Desk, citizen: Citizen) -> None:
    begun = reports.start(visitor(citizen), DEATH, told={})
    find(desk, begun.reference)
    page = desk.read("registrar-compare", report_id=begun.pk)
    assert "They have told nothing yet" in page
    desk.send("registrar-compare", entry(page), report_id=begun.pk)
    assert reports.answers(visitor(citizen), begun.pk)["subject"]["name"]["given"] == ["Alma"]


def of_nobody() -> str:
    return references.make()


def of_another_office() -> str:
    return factories.started(entry=None).reference


def recorded() -> str:
    report = factories.started()
    Report.objects.filter(pk=report.pk).update(organisation="")
    return report.reference


def expired() -> str:
    report = factories.started(entry=None)
    Report.objects.filter(pk=report.pk).update(organisation="", expires_at=report.started_at)
    return report.reference


@pytest.mark.parametrize("wrong", [of_nobody, of_another_office, recorded, expired])
def test_a_wrong_reference_is_answered_alike_whatever_is_under_it(desk: Desk, wrong: Any) -> None:
    reference = wrong()
    answer = find(desk, reference)
    page = answer.content.decode().replace(reference, "")
    assert answer.status_code == 200
    assert NONE in page
    assert Access.objects.filter(action="reports_searched", purpose="evidence-came", actor=desk.name).count() == 1
    assert not Access.objects.filter(action="report_found").exists()


def test_after_ten_searches_in_vain_nothing_is_found_and_others_go_on(desk: Desk, report: Report) -> None:
    for _ in range(10):
        assert NONE in find(desk, of_nobody()).content.decode()
    assert NONE in find(desk, report.reference).content.decode()
    assert find(Desk("registrar"), report.reference).status_code == 303
    assert set(Tries.objects.values_list("door", flat=True)) == {"unproven"}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"reason": "complaint"}, "Enter the reference number"),
        ({"reference": "K7MD", "reason": "complaint"}, "A reference has 12 letters and digits"),
        ({"reference": "K7MD-4RTW-X9QF"}, "Say why you search"),
        ({"reference": "K7MD-4RTW-X9QF", "reason": "letter-lost"}, "Say why you search"),
    ],
)
def test_a_search_says_what_is_missing(desk: Desk, form: dict[str, str], said: str) -> None:
    answer = desk.send("registrar-unproven", form)
    assert (answer.status_code, said in words(answer.content.decode())) == (422, True)
    assert not Access.objects.filter(action="reports_searched").exists()


def test_the_address_alone_opens_nothing(desk: Desk, report: Report) -> None:
    for answer in (
        desk.ask("registrar-compare", report_id=report.pk),
        desk.send("registrar-compare", {}, report_id=report.pk),
        desk.send("registrar-missed", {}, report_id=report.pk),
    ):
        assert answer.status_code == 404
    assert not Access.objects.filter(actor=desk.name).exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.REGISTRAR, Role.CITIZEN, Role.HELPER}])
def test_no_other_role_searches_or_records(role: Role, report: Report) -> None:
    other = Desk(role)
    for answer in (find(other, report.reference), other.ask("registrar-compare", report_id=report.pk)):
        assert answer.status_code == 403
    assert state(report) == ("withheld", "unverified")


def test_nor_does_a_citizen(citizen: Citizen, report: Report) -> None:
    assert find(citizen, report.reference).status_code == 403
