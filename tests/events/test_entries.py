"""What the register says, the informant completes and does not change."""

from typing import Any

import pytest

from tellusonce import events
from tests.events.examples import TODAY, faults

DEATH = events.find("death")
ENTRY: dict[str, Any] = {
    "subject": {
        "name": {"given": ["George", "Test"], "family": "EXAMPLE"},
        "sex": "male",
        "born_on": "1941",
        "addresses": [{"use": "usual", "lines": ["1 Sample Street"], "postcode": "ZZ99 9AA"}],
    },
    "death": {"died_on": "2026-11-01"},
    "registration": {"number": "500045735", "registered_on": "2026-11-03"},
}
INFORMANT = {"name": {"family": "Example"}, "relationship": "Daughter"}


def _complete(answers: dict[str, Any]) -> dict[str, Any]:
    return events.validate(DEATH, answers, entry=ENTRY, today=TODAY)


def test_the_entry_fills_what_the_answers_leave_out() -> None:
    assert _complete({"informant": INFORMANT}) == {**ENTRY, "informant": INFORMANT}


def test_the_informant_adds_what_the_register_does_not_know() -> None:
    added = {"name": {"title": "Mr"}, "marital_status": "married", "identifiers": {"nino": "QQ123456C"}}
    found = _complete({"informant": INFORMANT, "subject": added, "death": {"was_in_hospital": False}})
    assert found["subject"]["name"] == {**ENTRY["subject"]["name"], "title": "Mr"}
    assert found["subject"]["marital_status"] == "married"
    assert found["death"] == {"died_on": "2026-11-01", "was_in_hospital": False}


def test_addresses_are_the_informants_to_correct() -> None:
    addresses = [
        {"use": "usual", "lines": ["1A Sample Street"], "uprn": "100012345"},
        {"use": "other", "town": "Southmere"},
    ]
    found = _complete({"informant": INFORMANT, "subject": {"addresses": addresses}})
    assert found["subject"]["addresses"] == addresses


@pytest.mark.parametrize(
    ("answers", "path", "words"),
    [
        ({"subject": {"name": {"family": "Sample"}}}, "subject.name.family", "Family name"),
        ({"subject": {"name": {"given": ["George"]}}}, "subject.name.given", "Given names"),
        ({"subject": {"sex": "female"}}, "subject.sex", "Sex"),
        ({"subject": {"born_on": "1941-05-06"}}, "subject.born_on", "Date of birth"),
        ({"death": {"died_on": "2026-11-02"}}, "death.died_on", "Date of death"),
        ({"registration": {"number": "1"}}, "registration.number", "Registration number"),
    ],
)
def test_what_the_entry_fixes_cannot_be_said_otherwise(answers: dict[str, Any], path: str, words: str) -> None:
    why = "is fixed by the register entry: leave it as it is, or ask the registrar to correct it"
    assert faults("death", {"informant": INFORMANT, **answers}, entry=ENTRY) == {path: f"{words} {why}"}


def test_other_capitals_are_no_contradiction_and_the_registers_stand() -> None:
    found = _complete({"informant": INFORMANT, "subject": {"name": {"given": ["GEORGE", "test"], "family": "Example"}}})
    assert found["subject"]["name"] == ENTRY["subject"]["name"]


def test_contradictions_come_with_all_other_faults() -> None:
    found = faults("death", {"subject": {"sex": "female"}, "informant": {"email": "nobody"}}, entry=ENTRY)
    assert set(found) == {"subject.sex", "informant.email", "informant.name.family", "informant.relationship"}


@pytest.mark.parametrize("junk", ["x", 7, [], ["x"], {"name": "x"}, {"name": {"family": {"a": 1}}}])
def test_answers_of_the_wrong_shape_are_refused_beside_an_entry_too(junk: Any) -> None:
    found = faults("death", {"subject": junk, "informant": INFORMANT}, entry=ENTRY)
    assert bool(found) is (junk != [])


def test_a_beginning_may_rest_on_the_entry_alone() -> None:
    assert events.validate_partial(DEATH, {}, entry=ENTRY, today=TODAY) == ENTRY


def test_the_entry_itself_stays_as_it_was() -> None:
    before = repr(ENTRY)
    _complete({"informant": INFORMANT, "subject": {"name": {"title": "Mr"}}})
    assert repr(ENTRY) == before
