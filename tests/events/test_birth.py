"""The rules of a birth."""

import pytest

from tellusonce import events
from tests.events.examples import changed, complete, faults

BIRTH = events.find("birth")


def test_a_birth_rests_on_the_register_and_happens_once() -> None:
    """Births and Deaths Registration Act 1953, section 1: every birth is registered."""
    assert BIRTH.evidence == ("register-entry",)
    assert BIRTH.happens_once


def test_what_is_needed_is_asked_for_at_once() -> None:
    assert faults("birth", {}) == {
        "subject.name.family": "Enter the family name of the child",
        "subject.born_on": "Enter the date of birth of the child",
        "mother.name.family": "Enter the family name of the mother",
        "informant.name.family": "Enter the family name of the informant",
        "informant.relationship": "Enter the relationship of the informant",
    }
    assert faults("birth", changed("birth", "subject.address", None)) == {
        "subject.address": "Enter the address of the child"
    }


def test_a_second_parent_need_not_be_named() -> None:
    """The 1953 Act, section 10: no one is entered as the father of a child without his word or a proof."""
    data = complete("birth")
    del data["second_parent"]
    assert faults("birth", data) == {}


def test_what_the_register_says_stays() -> None:
    entry = {
        "subject": {"name": {"given": ["Tim"], "family": "EXAMPLE"}},
        "second_parent": {"name": {"family": "Bull"}},
    }
    why = "is fixed by the register entry: leave it as it is, or ask the registrar to correct it"
    assert faults("birth", complete("birth"), entry=entry) == {"second_parent.name.family": f"Family name {why}"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("subject.born_on", "birth"),
        ("mother.born_on", "birth of the mother"),
        ("second_parent.born_on", "birth of the father or second parent"),
        ("registration.registered_on", "registration"),
    ],
)
def test_nothing_lies_in_the_future(path: str, words: str) -> None:
    found = faults("birth", changed("birth", path, "2026-11-23"))
    assert found[path] == f"Date of {words} must be today or in the past"


def test_a_birth_is_registered_when_it_has_happened() -> None:
    found = faults("birth", changed("birth", "registration.registered_on", "2026-10-31"))
    assert found == {"registration.registered_on": "Date of registration must be on or after the date of birth"}


@pytest.mark.parametrize(("path", "whose"), [("mother", "mother"), ("second_parent", "father or second parent")])
def test_parents_are_older_than_their_child(path: str, whose: str) -> None:
    found = faults("birth", changed("birth", f"{path}.born_on", "2026-11-01"))
    assert found == {f"{path}.born_on": f"Date of birth of the {whose} must be before that of the child"}
    assert faults("birth", changed("birth", f"{path}.born_on", "2008")) == {}


def test_the_areas_of_child_and_parents_count() -> None:
    data = events.validate_partial(BIRTH, {"mother": {"address": {"postcode": "ZX1 4QT"}}})
    assert events.addresses(BIRTH, data) == [{"postcode": "ZX1 4QT"}]
    assert len(events.addresses(BIRTH, events.validate_partial(BIRTH, complete("birth")))) == 3


def test_health_and_care_are_sensitive() -> None:
    """UK GDPR, Article 9(1): data concerning health."""
    sensitive = {path for path, field in events.vocabulary(BIRTH).items() if field.is_sensitive}
    assert sensitive == {"subject.has_disability", "informant.needs_large_print", "services.childrens_social_care"}
