"""People are kept sealed, changed one at a time, merged without loss, and every look at them is in the ledger."""

import datetime as dt
import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from identity import people, records, vault
from identity.matching import Answer
from identity.models import Access, BlockKey, Person
from identity.records import Record
from tests.identity.persons import CLERK, WHY, record

pytestmark = pytest.mark.django_db


def created(**facts: object) -> UUID:
    return people.create(CLERK, record=record(**facts), purpose=WHY)


def read(person: UUID) -> Record:
    return people.read(CLERK, person=person, purpose=WHY)


def adding(**facts: object) -> Callable[[Record], Record]:
    return lambda known: known.model_copy(update=facts)


def test_somebody_is_kept_and_read_whole() -> None:
    everything = record(
        names=[
            {"given": ["Alma"], "family": "Quillfeather", "since": "1955-06"},
            {"use": "maiden", "given": ["Alma"], "family": "Sedgewick", "until": "1955-06"},
        ],
        sex="female",
        addresses=[
            {
                "lines": ["1 Larch Row"],
                "town": "Northmoor",
                "postcode": "SW1A 1AA",
                "uprn": "010033544",
                "since": "1990",
            },
            {"use": "former", "lines": ["2 Mill Lane"], "postcode": "ZZ99 3VZ", "until": "1990"},
        ],
        contacts=[
            {"route": "email", "value": "alma@example.com", "verified_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC)},
            {"route": "phone", "value": "020 7946 0018"},
        ],
        identifiers=[{"scheme": "nino", "value": "qq 12 34 56 c"}],
        language="cy",
        adjustments=["large-print", "no-phone"],
    )
    person = people.create(CLERK, record=everything, purpose=WHY)
    known = read(person)
    assert known == everything
    assert known.addresses[0].uprn == "10033544"
    assert known.contacts[1].value == "+442079460018"
    assert known.identifiers[0].value == "QQ123456C"


def test_nothing_of_it_can_be_read_in_the_database() -> None:
    created(contacts=[{"route": "email", "value": "canary@example.com"}])
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(p)::text FROM identity_person p")
        cursor.execute("SELECT row_to_json(b)::text FROM identity_blockkey b")
        rows = " ".join(row for (row,) in cursor.fetchall())
    raw = b"".join(bytes(each.record) + bytes(each.traits) for each in Person.objects.all())
    for canary in ("Quillfeather", "quillfeather", "canary", "1931", "Larch", "SW1A"):
        assert canary not in rows
        assert canary.encode() not in raw


def test_every_read_and_write_is_in_the_ledger_with_its_reason() -> None:
    person = created()
    people.read(CLERK, person=person, purpose="prefill", on="report:1")
    people.change(CLERK, person=person, by=adding(language="cy"), purpose="told us", on="report:1")
    people.find(CLERK, record=record(), purpose="start", on="report:2")
    entries = list(
        Access.objects.filter(about=f"person:{person}").order_by("id").values_list("action", "purpose", "on")
    )
    assert entries == [
        ("person_created", "test", ""),
        ("person_read", "prefill", "report:1"),
        ("person_changed", "told us", "report:1"),
        ("person_matched", "start", "report:2"),
    ]


def test_somebody_known_is_found_with_what_is_known() -> None:
    person = created(language="cy")
    found = people.find(CLERK, record=record(), purpose=WHY)
    assert (found.match.answer, found.match.person) == (Answer.SAME, person)
    assert found.record is not None
    assert found.record.language == "cy"


def test_a_stranger_is_not_found_and_nobody_else_looked_at() -> None:
    created()
    stranger = record(names=[{"given": ["Bram"], "family": "Thorne"}], born_on="1972", addresses=[])
    found = people.find(CLERK, record=stranger, purpose=WHY)
    assert (found.match.answer, found.record) == (Answer.DIFFERENT, None)
    assert not Access.objects.filter(action="person_matched").exists()


def test_a_change_counts_at_once_for_whoever_looks() -> None:
    person = created()
    married = record(names=[{"given": ["Alma"], "family": "Thorne"}, *record().model_dump()["names"]])
    people.change(CLERK, person=person, by=lambda _: married, purpose=WHY)
    assert Person.objects.get(pk=person).revision == 2
    found = people.find(CLERK, record=record(names=[{"given": ["Alma"], "family": "Thorne"}]), purpose=WHY)
    assert found.match.person == person


def test_a_change_that_makes_no_sense_changes_nothing() -> None:
    person = created()
    with pytest.raises(ValidationError, match="real date"):
        people.change(CLERK, person=person, by=adding(born_on="1931-02-30"), purpose=WHY)
    assert read(person) == record()


@pytest.mark.parametrize("act", [read, people.root])
def test_nobody_is_invented(act: Callable[[UUID], object]) -> None:
    with pytest.raises(people.UnknownPerson):
        act(uuid4())


def test_who_is_merged_is_read_as_one_and_found_as_one() -> None:
    kept = created(identifiers=[{"scheme": "nino", "value": "QQ123456C"}])
    merged = created(born_on=None, language="cy", names=[{"given": ["Alma"], "family": "Sedgewick"}])
    people.merge(CLERK, kept=kept, merged=merged, purpose=WHY)
    for either in (kept, merged):
        known = read(either)
        assert [each.family for each in known.names] == ["Quillfeather", "Sedgewick"]
        assert (known.born_on, known.language) == ("1931-02-03", "cy")
    assert people.find(CLERK, record=record(), purpose=WHY).match.person == kept


def test_a_merge_is_taken_back_whole_whatever_was_changed_meanwhile() -> None:
    kept, merged = created(), created(names=[{"given": ["Alma"], "family": "Sedgewick"}])
    before = read(merged)
    people.merge(CLERK, kept=kept, merged=merged, purpose=WHY)
    people.change(CLERK, person=merged, by=adding(language="cy"), purpose=WHY)
    people.split(CLERK, person=merged, purpose=WHY)
    assert read(merged) == before
    assert read(kept).language == "cy"


def test_nobody_is_merged_with_themselves_or_twice() -> None:
    kept, merged = created(), created()
    with pytest.raises(people.CannotMerge, match="one person already"):
        people.merge(CLERK, kept=kept, merged=kept, purpose=WHY)
    people.merge(CLERK, kept=kept, merged=merged, purpose=WHY)
    with pytest.raises(people.CannotMerge, match="one person already"):
        people.merge(CLERK, kept=merged, merged=kept, purpose=WHY)
    with pytest.raises(people.CannotMerge, match="merged into nobody"):
        people.split(CLERK, person=kept, purpose=WHY)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=5))
def test_taking_merges_back_in_turn_leaves_everybody_as_they_were(pairs: list[tuple[int, int]]) -> None:
    everybody = [created(names=[{"family": f"Number{letter}"}]) for letter in "abcde"]
    history = []
    for one, other in pairs:
        roots = [people.root(each) for each in everybody]
        try:
            people.merge(CLERK, kept=everybody[one], merged=everybody[other], purpose=WHY)
        except people.CannotMerge:
            continue
        history.append((roots, roots[other]))
    for roots, merged in reversed(history):
        people.split(CLERK, person=merged, purpose=WHY)
        assert [people.root(each) for each in everybody] == roots
    assert [read(each).names[0].family for each in everybody] == [f"Number{letter}" for letter in "abcde"]


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_both_count() -> None:
    person = created()

    def change(**facts: object) -> None:
        people.change(CLERK, person=person, by=adding(**facts), purpose=WHY)
        connection.close()

    both = [threading.Thread(target=change, kwargs=each) for each in ({"language": "cy"}, {"died_on": "2026-11-01"})]
    for each in both:
        each.start()
    for each in both:
        each.join()
    known = read(person)
    assert (known.language, known.died_on) == ("cy", "2026-11-01")


def test_who_was_forgotten_cannot_be_read() -> None:
    person = created()
    vault.destroy([Person.objects.get(pk=person).key])
    with pytest.raises(people.Forgotten):
        read(person)


def test_who_was_forgotten_takes_nobody_merged_with_them_along() -> None:
    kept, merged = created(), created(names=[{"given": ["Alma"], "family": "Sedgewick"}])
    people.merge(CLERK, kept=kept, merged=merged, purpose=WHY)
    vault.destroy([Person.objects.get(pk=merged).key])
    assert [each.family for each in read(kept).names] == ["Quillfeather"]


def test_keys_are_those_of_the_record_and_no_more() -> None:
    person = created()
    before = set(BlockKey.objects.filter(person=person).values_list("number", "value"))
    people.change(CLERK, person=person, by=adding(addresses=()), purpose=WHY)
    after = set(BlockKey.objects.filter(person=person).values_list("number", "value"))
    assert after < before


WRONG = [
    ({"names": []}, "at least 1 item"),
    ({"born_on": "1931-13"}, "real date"),
    ({"identifiers": [{"scheme": "nhs", "value": "9434765918"}]}, "NHS number: ten digits"),
    ({"identifiers": [{"scheme": "shoe-size", "value": "43"}]}, "no scheme 'shoe-size'"),
    ({"contacts": [{"route": "phone", "value": "12"}]}, "telephone number"),
    ({"contacts": [{"route": "email", "value": "alma"}]}, "e-mail address"),
    ({"addresses": [{"uprn": "x"}]}, "1 to 12 digits"),
    ({"addresses": [{"postcode": "SW1A1AA"}]}, "one space"),
    ({"adjustments": ["shouting"]}, "large-print"),
    ({"language": "fr"}, "'en' or 'cy'"),
    ({"names": [{"family": "Thorne", "since": "1990-05", "until": "1989"}]}, "end before it began"),
]


@pytest.mark.parametrize(("facts", "words"), WRONG)
def test_a_wrong_fact_is_refused_with_what_would_be_right(facts: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        record(**facts)


def test_a_persons_part_of_the_answers_makes_a_record() -> None:
    told = records.told(
        {
            "name": {"given": ["Alma"], "family": "Quillfeather", "title": "Mrs"},
            "other_names": [{"use": "maiden", "family": "Sedgewick", "words": "formerly"}],
            "sex": "female",
            "born_on": "1931-02-03",
            "addresses": [{"use": "usual", "lines": ["1 Larch Row"], "postcode": "SW1A 1AA", "text": "by the mill"}],
            "identifiers": {
                "nino": "QQ123456C",
                "nhs_number": "9434765919",
                "passports": ["925665416"],
                "vehicles": ["AB12CDE"],
            },
            "email": "alma@example.com",
            "letter_language": "welsh",
            "needs_large_print": True,
        },
        died_on="2026-10-30",
    )
    assert [each.use for each in told.names] == ["usual", "maiden"]
    assert (told.died_on, told.language, told.adjustments) == ("2026-10-30", "cy", ("large-print",))
    assert {each.scheme for each in told.identifiers} == {"nino", "nhs", "passport", "vehicle"}
    assert told.traits().identifiers == {("nino", "QQ123456C"), ("nhs", "9434765919"), ("passport", "925665416")}
    assert Record.model_validate_json(told.model_dump_json()) == told


def test_a_told_number_that_fits_no_scheme_costs_nothing_else() -> None:
    told = records.told(
        {
            "name": {"family": "Quillfeather"},
            "born_on": "1931",
            "phone": "12",
            "identifiers": {"nino": "QQ123456C", "library_card": "?" * 9, "hat_size": "7"},
        }
    )
    assert [each.scheme for each in told.identifiers] == ["nino"]
    assert (told.born_on, told.contacts) == ("1931", ())
