"""Organisations know people by numbers and pseudonyms of their own, which lead nowhere else."""

from uuid import UUID, uuid4

import pytest

from identity import numbers, people, pseudonyms, vault
from identity.identifiers import NotAnIdentifier
from identity.models import Access, OrganisationNumber, Person
from tests.identity.persons import CLERK, WHY, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def alma() -> UUID:
    return people.create(CLERK, record=record(), purpose=WHY)


def learn(person: UUID, value: str = "CT-0047-11", **others: str) -> None:
    usual = {"organisation": "northmoor", "scheme": "council-tax-account", "learnt_from": "confirmation:7"}
    numbers.learn(CLERK, person=person, value=value, **(usual | others))


def known_as(person: UUID, organisation: str = "northmoor") -> dict[str, str]:
    return numbers.known_as(CLERK, person=person, organisation=organisation, purpose=WHY)


def test_the_next_report_reaches_an_organisation_with_its_own_number(alma: UUID) -> None:
    learn(alma)
    assert known_as(alma) == {"council-tax-account": "CT004711"}
    assert numbers.whose("ct 0047 11", organisation="northmoor", scheme="council-tax-account") == alma


def test_no_organisation_learns_the_number_of_another(alma: UUID) -> None:
    learn(alma)
    assert known_as(alma, organisation="westham") == {}
    assert numbers.whose("CT004711", organisation="westham", scheme="council-tax-account") is None


def test_learning_twice_keeps_one_and_a_newer_number_counts(alma: UUID) -> None:
    learn(alma)
    learn(alma)
    assert OrganisationNumber.objects.count() == 1
    assert Access.objects.filter(action="number_learnt").count() == 1
    learn(alma, "CT-9999")
    assert known_as(alma) == {"council-tax-account": "CT9999"}


def test_a_number_is_sealed_and_goes_with_its_person(alma: UUID) -> None:
    learn(alma)
    row = OrganisationNumber.objects.select_related("person__key").get()
    assert b"CT004711" not in bytes(row.value)
    assert numbers.indexed_anew(row) == bytes(row.value_index)
    vault.destroy([row.person.key])
    assert known_as(alma) == {}
    assert numbers.indexed_anew(OrganisationNumber.objects.select_related("person__key").get()) is None


def test_a_number_that_two_share_means_neither(alma: UUID) -> None:
    other = people.create(CLERK, record=record(names=[{"given": ["Bram"], "family": "Quillfeather"}]), purpose=WHY)
    learn(alma)
    learn(other)
    assert numbers.whose("CT004711", organisation="northmoor", scheme="council-tax-account") is None
    people.merge(CLERK, kept=alma, merged=other, purpose=WHY)
    assert numbers.whose("CT004711", organisation="northmoor", scheme="council-tax-account") == alma


def test_a_wrong_number_is_not_learnt(alma: UUID) -> None:
    with pytest.raises(NotAnIdentifier, match="NHS number"):
        learn(alma, "123", scheme="nhs")
    with pytest.raises(people.UnknownPerson):
        learn(uuid4())


def pseudonym(person: UUID, organisation: str = "northmoor") -> str:
    return pseudonyms.give(CLERK, person=person, organisation=organisation, purpose=WHY)


def test_a_pseudonym_is_stable_and_leads_back_for_that_organisation_alone(alma: UUID) -> None:
    given = pseudonym(alma)
    assert pseudonym(alma) == given
    assert pseudonyms.behind(given, organisation="northmoor") == alma
    assert pseudonyms.behind(given, organisation="westham") is None


def test_two_organisations_cannot_join_their_files(alma: UUID) -> None:
    assert pseudonym(alma) != pseudonym(alma, "westham")


def test_a_pseudonym_given_before_a_merge_means_who_is_left(alma: UUID) -> None:
    other = people.create(CLERK, record=record(), purpose=WHY)
    given = pseudonym(other)
    people.merge(CLERK, kept=alma, merged=other, purpose=WHY)
    assert pseudonyms.behind(given, organisation="northmoor") == alma
    assert pseudonym(other) == pseudonym(alma)


def test_giving_a_pseudonym_is_in_the_ledger(alma: UUID) -> None:
    pseudonym(alma)
    entry = Access.objects.get(action="pseudonym_given")
    assert (entry.about, entry.on) == (f"person:{alma}", "organisation:northmoor")
    assert Person.objects.count() == 1
