"""People are found by blind keys alone, compared after decryption, and never taken for their relatives."""

import json
import tracemalloc
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from identity import blocks, keyrings, matching, training, vault
from identity.management.commands import matching as command
from identity.matching import Answer
from identity.models import Access, BlockKey, Person
from identity.traits import Name, Place, Traits
from tests.identity.persons import ALMA, kept, like

pytestmark = pytest.mark.django_db


def test_somebody_known_is_found_again() -> None:
    alma = kept(ALMA)
    found = matching.match(ALMA)
    assert (found.answer, found.person) == (Answer.SAME, alma.pk)


def test_nobody_is_found_where_nobody_is_like_that() -> None:
    kept(ALMA)
    other = Traits(
        names=(Name("bram", "sedgewick"),), born_on="19720911", places=(Place("9", "mill", "", "west", "ab12cd"),)
    )
    found = matching.match(other)
    assert (found.answer, found.person, found.candidates) == (Answer.DIFFERENT, None, ())


def test_who_is_told_of_without_anything_to_go_by_is_nobody_known() -> None:
    kept(ALMA)
    assert matching.match(Traits()).answer is Answer.DIFFERENT
    assert matching.match(Traits(names=(Name("", "quillfeather"),))).answer is Answer.DIFFERENT


SLIPS: list[tuple[str, dict[str, Any]]] = [
    ("a slip in the family name", {"names": (Name("alma", "quillfaether"),)}),
    ("names the wrong way round", {"names": (Name("quillfeather", "alma"),)}),
    ("a second given name", {"names": (Name("alma mary", "quillfeather"),)}),
    ("a former name beside the new one", {"names": (Name("alma", "sedgewick"), Name("alma", "quillfeather"))}),
    ("a second address beside the first", {"places": (Place("7", "mill", "", "west", "ab12cd"), *ALMA.places)}),
    ("only the year of birth", {"born_on": "1931"}),
    ("a digit of the birth date", {"born_on": "19310204"}),
    ("no birth date", {"born_on": ""}),
]


@pytest.mark.parametrize(("what", "changes"), SLIPS, ids=[what for what, _ in SLIPS])
def test_a_slip_hides_nobody(what: str, changes: dict[str, Any]) -> None:
    alma = kept(ALMA)
    found = matching.match(like(ALMA, **changes))
    assert (found.answer, found.person) == (Answer.SAME, alma.pk), what


RELATIVES: list[tuple[str, dict[str, Any]]] = [
    ("a twin", {"names": (Name("edith", "quillfeather"),)}),
    ("a child of the same name", {"born_on": "19580711"}),
    ("a husband", {"names": (Name("bram", "quillfeather"),), "born_on": "19290504"}),
    ("a lodger of whom little is known", {"names": (Name("", "quillfeather"),), "born_on": ""}),
]


@pytest.mark.parametrize(("who", "changes"), RELATIVES, ids=[who for who, _ in RELATIVES])
def test_a_relative_at_the_same_address_is_never_taken_for_the_person(who: str, changes: dict[str, Any]) -> None:
    kept(ALMA)
    found = matching.match(like(ALMA, **changes))
    assert found.answer is Answer.PERSON_DECIDES, who
    assert found.person is None
    assert found.candidates[0].cautions


def test_an_identifier_finds_somebody_of_whom_all_else_has_changed() -> None:
    known = like(ALMA, identifiers=frozenset({("nhs", "9434765919")}))
    alma = kept(known)
    married = Traits(names=(Name("alma", "thorne"),), born_on="19310203", identifiers=known.identifiers)
    assert matching.match(married).person == alma.pk


MOVED = like(ALMA, places=(Place("7", "milllane", "", "westham", "ab12cd"),))


def test_who_has_moved_without_telling_is_for_a_person_to_decide() -> None:
    alma = kept(ALMA)
    found = matching.match(MOVED)
    assert found.answer is Answer.PERSON_DECIDES
    assert found.candidates[0].person == alma.pk
    assert ("postcode", "elsewhere") in {(each.field, each.level) for each in found.candidates[0].score.evidence}


def test_who_has_moved_is_known_by_a_number() -> None:
    number = frozenset({("nino", "QQ123456C")})
    alma = kept(like(ALMA, identifiers=number))
    assert matching.match(like(MOVED, identifiers=number)).person == alma.pk


def test_an_identifier_alone_does_not_settle_it() -> None:
    kept(like(ALMA, identifiers=frozenset({("nino", "QQ123456C")})))
    wrong_number = Traits(
        names=(Name("bram", "thorne"),), born_on="19720911", identifiers=frozenset({("nino", "QQ123456C")})
    )
    assert matching.match(wrong_number).answer is Answer.PERSON_DECIDES


def test_two_who_both_look_the_same_are_for_a_person_to_decide() -> None:
    both = {kept(ALMA).pk, kept(ALMA).pk}
    found = matching.match(ALMA)
    assert (found.answer, found.person) == (Answer.PERSON_DECIDES, None)
    assert {each.person for each in found.candidates} == both


def test_of_people_merged_into_one_the_one_that_is_left_is_found_once() -> None:
    alma, again = kept(ALMA), kept(ALMA)
    Person.objects.filter(pk=again.pk).update(merged_into=alma)
    found = matching.match(ALMA)
    assert (found.answer, found.person) == (Answer.SAME, alma.pk)
    assert len(found.candidates) == 1


def test_the_explanation_names_fields_and_no_value() -> None:
    kept(ALMA)
    explained = matching.match(like(ALMA, born_on="19310204")).candidates[0].score.explained()
    assert {"field": "born_on", "level": "close"}.items() <= next(
        e for e in explained if e["field"] == "born_on"
    ).items()
    assert sum(each["bits"] for each in explained) > 0
    assert "quillfeather" not in str(explained)


def test_whoever_was_forgotten_is_not_found() -> None:
    alma = kept(ALMA)
    vault.destroy([alma.key])
    assert matching.candidates(ALMA) == []


def test_one_who_is_let_go_is_found_no_more() -> None:
    alma = kept(ALMA)
    matching.forget([alma.pk])
    assert not BlockKey.objects.filter(person=alma).exists()
    assert matching.candidates(ALMA) == []


def test_a_look_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(5):
        kept(ALMA)
    with django_assert_num_queries(1):
        matching.match(ALMA)


def test_keys_under_an_older_version_still_find_and_can_be_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    alma = kept(ALMA)
    ring = keyrings.parse(keyrings.generate())
    now = vault.keys()
    both = replace(now, indexes={**now.indexes, 2: ring.newest_index[1]})
    monkeypatch.setattr(vault, "keys", lambda: both)
    assert matching.match(ALMA).person == alma.pk
    for row in BlockKey.objects.select_related("person__key"):
        anew = matching.indexed_anew(row)
        assert anew is not None
        assert anew[0] == 2
        assert anew in {value for _, value in blocks.keys(ALMA)}
        BlockKey.objects.filter(pk=row.pk).update(value=anew)
    only_new = replace(both, indexes={2: both.indexes[2]})
    monkeypatch.setattr(vault, "keys", lambda: only_new)
    assert matching.match(ALMA).person == alma.pk


def test_no_table_shows_what_anybody_is_called_or_when_they_were_born() -> None:
    kept(ALMA)
    with connection.cursor() as cursor:
        cursor.execute("SELECT k.*, p.* FROM identity_blockkey k JOIN identity_person p ON p.id = k.person_id")
        shown = b"".join(bytes(v) if isinstance(v, memoryview) else str(v).encode() for row in cursor for v in row)
    for secret in (b"quillfeather", b"larchrow", b"19310203", b"northmoor", b"Q414"):
        assert secret not in shown


def test_however_many_share_a_key_no_more_than_the_limit_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MOST_CANDIDATES", 10)
    monkeypatch.setattr(matching, "MOST_OF_A_KEY", 20)
    meant = kept(ALMA)
    for day in range(10, 28):
        kept(like(ALMA, born_on=f"195003{day}", places=()))
    few = peak()
    for year in range(1940, 1999):
        kept(like(ALMA, born_on=f"{year}0511", places=()))
    many = peak()
    assert len(matching.candidates(ALMA)) == 10
    assert matching.candidates(ALMA)[0].person == meant.pk
    assert many < few * 1.5


def peak() -> int:
    """Give the most memory that one look took at a time, in bytes."""
    matching.match(ALMA)
    tracemalloc.start()
    matching.match(ALMA)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_weights_are_learnt_from_the_people_known_here_and_the_ledger_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "FEWEST", 4)
    monkeypatch.setattr(training, "RANDOM_PAIRS", 50)
    for _, changes in SLIPS:
        kept(like(ALMA, **changes))
    forgotten = kept(ALMA)
    vault.destroy([forgotten.key])
    out = tmp_path / "weights.json"
    call_command("matching", "train", "--people", "--name=own", f"--out={out}", stdout=StringIO())
    assert json.loads(out.read_text())["learnt_from"] == f"{len(SLIPS)} records of people known here"
    assert Access.objects.get().action == "people_learnt_from"
