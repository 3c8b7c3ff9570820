"""A proved identity becomes a Person, or finds one surely; and only one's own is ever filled in."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from identity import accounts, people
from identity.ledger import Actor
from identity.models import Access, Account, Person
from identity.records import Address, Name, Record
from identity.sessions import Visitor
from identity.tokens import Person as Proved
from tellusonce import events, forgetting, proving, reports, retention, rules
from tellusonce.models import Report
from tests import factories

pytestmark = pytest.mark.django_db
BORN = "1967-06-21"
MOVE, DEATH = events.find("move"), events.find("death")
OPERATOR = Actor("operator")


def named(*given: str, family: str = "Tamblyn", **more: str) -> dict[str, Any]:
    parts = [{"type": "GivenName", "value": each} for each in given]
    return {"nameParts": [*parts, {"type": "FamilyName", "value": family}], **more}


JOSEPHINE = Proved((named("Josephine", "Maud"),), BORN, "P2")
RECORD = Record(names=(Name(given=("Josephine", "Maud"), family="Tamblyn"),), born_on=BORN)


def account(subject: str = "first") -> Account:
    made = accounts.welcome_citizen(provider="one-login", issuer="https://one-login.example/", subject=subject)
    assert made is not None
    return made


def citizen(whom: Account, **changes: Any) -> Visitor:
    made = Visitor(f"account:{whom.pk}", roles=frozenset({"citizen"}), account=whom.pk, confidence="P2")
    return replace(made, **changes)


def known(person: UUID) -> Record:
    return people.read(OPERATOR, person=person, purpose="test")


def test_somebody_new_is_kept_sealed_and_the_account_has_an_id_alone() -> None:
    person = proving.link(account(), JOSEPHINE)
    assert Account.objects.get().person_id == person
    assert known(person) == RECORD
    assert b"Tamblyn" not in bytes(Person.objects.get().record)
    entries = Access.objects.filter(about__in=[f"person:{person}", f"account:{Account.objects.get().pk}"])
    assert {each.action for each in entries} >= {"person_created", "account_identified", "person_read"}


def test_signing_in_again_keeps_the_person_and_changes_nothing() -> None:
    whom = account()
    assert proving.link(whom, JOSEPHINE) == proving.link(whom, JOSEPHINE)
    assert Person.objects.get().revision == 1


def test_a_name_that_was_proved_anew_stands_first_and_the_other_becomes_a_former_one() -> None:
    whom = account()
    person = proving.link(whom, JOSEPHINE)
    proving.link(whom, Proved((named("Josephine", "Maud", family="Oakes"),), BORN, "P2"))
    assert [(each.family, each.use) for each in known(person).names] == [("Oakes", "usual"), ("Tamblyn", "former")]


def test_the_name_in_use_comes_first_whatever_the_order() -> None:
    former = named("Josephine", family="Brack", validUntil="1990-05-01")
    person = proving.link(account(), Proved((former, *JOSEPHINE.names), BORN, "P2"))
    assert [each.family for each in known(person).names] == ["Tamblyn", "Brack"]


def test_a_name_of_one_part_is_a_family_name() -> None:
    mononym = {"nameParts": [{"type": "GivenName", "value": "Sukarto"}]}
    assert known(proving.link(account(), Proved((mononym,), BORN, "P2"))).names[0].family == "Sukarto"


def test_somebody_known_for_sure_is_found() -> None:
    before = people.create(OPERATOR, record=RECORD, purpose="test")
    assert proving.link(account(), JOSEPHINE) == before


def test_a_match_in_doubt_links_nobody_and_leaves_a_fresh_person() -> None:
    before = people.create(OPERATOR, record=RECORD.model_copy(update={"born_on": "1967-06"}), purpose="test")
    person = proving.link(account(), JOSEPHINE)
    assert person != before
    assert known(before).born_on == "1967-06"


def test_whoever_is_another_account_s_person_is_not_taken_too() -> None:
    first = proving.link(account(), JOSEPHINE)
    assert proving.link(account("second"), JOSEPHINE) != first


def test_whoever_has_been_reported_dead_signs_in_as_nobody_known() -> None:
    entry, told = factories.somebody_else()
    name = {"given": ["Josephine", "Maud"], "family": "Tamblyn"}
    entry["subject"], told["subject"] = {"name": name, "born_on": BORN}, {}
    report = factories.started(told=told, entry=entry)
    reports.submit(factories.REGISTRAR, report.pk)
    report.refresh_from_db()
    assert report.subject is not None
    assert known(report.subject).names[0].family == "Tamblyn"
    assert proving.link(account(), JOSEPHINE) != report.subject


def test_only_what_is_one_s_own_and_asked_for_is_filled_in() -> None:
    whom = account()
    person = proving.link(whom, JOSEPHINE)
    address = Address(lines=("1 Larch Row",), town="Northmoor", postcode="ZX1 2AB")
    people.change(
        OPERATOR, person=person, by=lambda it: it.model_copy(update={"addresses": (address,)}), purpose="test"
    )
    name = {"given": ["Josephine", "Maud"], "family": "Tamblyn"}
    assert proving.own(citizen(whom), MOVE) == {"subject": {"name": name, "born_on": BORN}}
    assert proving.own(citizen(whom), DEATH) == {"informant": {"name": name}}
    entry = Access.objects.filter(action="person_read", about=f"person:{person}", purpose="move").get()
    assert entry.actor == f"account:{whom.pk}"


@pytest.mark.parametrize(
    "changes",
    [
        {"confidence": ""}, {"confidence": "P1"}, {"account": None}, {"on_behalf_of": "report:1"},
        {"acts_for": UUID(int=1)}, {"organisation": "northmoor"},
    ],
    ids=str,
)  # fmt: skip
def test_nothing_is_filled_in_where_it_is_not_surely_one_s_own(changes: dict[str, Any]) -> None:
    whom = account()
    proving.link(whom, JOSEPHINE)
    assert proving.own(citizen(whom, **changes), MOVE) == {}


def test_an_account_without_a_person_has_nothing_filled_in() -> None:
    assert proving.own(citizen(account()), MOVE) == {}


def test_a_citizen_tells_of_their_own_move_and_of_nobody_else_s() -> None:
    whom = account()
    proving.link(whom, JOSEPHINE)
    actor = citizen(whom)
    report = reports.start(actor, MOVE, told={})
    assert reports.answers(actor, report.pk)["subject"]["born_on"] == BORN
    with pytest.raises(events.Faults):
        reports.save(actor, report.pk, patch={"subject": {"name": {"given": ["Albert"], "family": "Tamblyn"}}})
    with pytest.raises(events.Faults):
        reports.start(actor, MOVE, told={"subject": {"name": {"given": ["Albert"], "family": "Oakes"}}})
    assert Report.objects.count() == 1


def test_a_move_of_somebody_who_is_not_proved_does_not_start() -> None:
    with pytest.raises(rules.NotPermitted, match="prove who you are"):
        reports.start(citizen(account()), MOVE, told={})


def test_the_person_of_an_account_is_not_forgotten_and_goes_with_it(settings: Any) -> None:
    settings.RETENTION_DAYS = 0
    whom = account()
    person = proving.link(whom, JOSEPHINE)
    retention.apply()
    assert known(person) == RECORD
    forgetting.end_account(citizen(whom), whom.pk)
    with pytest.raises(people.Forgotten):
        known(person)
    forgetting.end_account(citizen(whom), whom.pk)
