"""The rules of a marriage, a civil partnership and a change of name."""

from typing import Any

import pytest

from tellusonce import events
from tests.events.examples import changed, complete, faults

MARRIAGE = events.find("marriage")


def deed_poll(**changes: Any) -> dict[str, Any]:
    """Give a change of name alone."""
    kept = {name: part for name, part in complete("marriage").items() if name in {"happened_on", "subject", "new_name"}}
    return {"event": "change-of-name", **kept, "deed": {"type": "deed-poll", "witnessed_by": "Sample & Co"}} | changes


def test_nobody_is_told_without_a_certificate_or_a_deed() -> None:
    assert MARRIAGE.evidence == (
        *("register-entry", "marriage-certificate", "civil-partnership-certificate", "deed-poll"),
    )
    assert not MARRIAGE.happens_once


def test_what_is_needed_is_asked_for_at_once() -> None:
    assert faults("marriage", {}) == {
        "event": "Enter the kind of event",
        "happened_on": "Enter the date of the event",
        "subject.name.family": "Enter the family name of the person who tells",
    }


def test_a_deed_poll_is_taken_without_a_ceremony() -> None:
    assert faults("marriage", deed_poll()) == {}
    accepted = events.validate(MARRIAGE, deed_poll())
    assert accepted["deed"] == {"type": "deed-poll", "witnessed_by": "Sample & Co"}


@pytest.mark.parametrize("event", ["marriage", "civil-partnership"])
def test_a_couple_was_joined_somewhere(event: str) -> None:
    data = changed("marriage", "event", event)
    assert faults("marriage", data) == {}
    del data["place"]
    assert faults("marriage", data) == {"place.name": "Enter the name of the place of the ceremony"}


def test_a_change_of_name_has_a_new_name_and_a_marriage_need_not() -> None:
    assert faults("marriage", deed_poll(new_name=None)) == {"new_name.family": "Enter the family name of the new name"}
    assert faults("marriage", changed("marriage", "new_name", None)) == {}


def test_a_new_name_is_another_one() -> None:
    data = complete("marriage")
    data["new_name"] = data["subject"]["name"]
    assert faults("marriage", data) == {
        "new_name.family": "New name must be different from the name until now; leave it empty if the name stays"
    }


@pytest.mark.parametrize(
    ("path", "words"),
    [("happened_on", "the event"), ("subject.born_on", "birth"), ("registration.registered_on", "registration")],
)
def test_nothing_lies_in_the_future(path: str, words: str) -> None:
    found = faults("marriage", changed("marriage", path, "2026-11-23"))
    assert found[path] == f"Date of {words} must be today or in the past"


def test_somebody_is_born_first() -> None:
    found = faults("marriage", changed("marriage", "subject.born_on", "2026-11"))
    assert found == {"happened_on": "Date of the event must be on or after the date of birth"}


def test_a_couple_is_in_a_register_and_a_name_in_a_deed() -> None:
    assert faults("marriage", complete("marriage") | {"deed": {"reference": "1"}}) == {
        "deed": "A deed poll is for a change of name alone; take it out, or choose a change of name"
    }
    assert faults("marriage", deed_poll(registration={"number": "1"})) == {
        "registration": "A change of name has no register entry; take it out, or choose another event"
    }


def test_only_the_other_one_of_a_couple_is_invited() -> None:
    partner = {"name": {"family": "Example"}, "email": "bob@example.com"}
    assert faults("marriage", deed_poll(partner=partner)) == {
        "partner": "A change of name is about one person; take the other one out"
    }
    assert faults("marriage", changed("marriage", "partner", None)) == {}


def test_an_invitation_has_a_way_to_go() -> None:
    assert faults("marriage", changed("marriage", "partner", {"name": {"family": "Example"}})) == {
        "partner.email": "Enter the e-mail address or the telephone number to which the invitation goes"
    }
    assert set(faults("marriage", changed("marriage", "partner", "Bob"))) == {"partner"}


def test_what_is_said_of_the_other_one_is_for_inviting_them() -> None:
    theirs = {path for path, field in events.vocabulary(MARRIAGE).items() if field.is_for_inviting}
    assert theirs == events.expand(MARRIAGE, "partner")
    assert events.json_schema(MARRIAGE)["properties"]["partner"]["x-invited"] is True


def test_the_certificate_fixes_what_it_says() -> None:
    entry = {"event": "marriage", "happened_on": "2026-10-31", "registration": {"number": "M 43"}}
    why = "is fixed by the register entry: leave it as it is, or ask the registrar to correct it"
    assert faults("marriage", complete("marriage"), entry=entry) == {
        "registration.number": f"Registration number {why}"
    }


def test_health_and_care_are_sensitive() -> None:
    """UK GDPR, Article 9(1): data concerning health."""
    sensitive = {path for path, field in events.vocabulary(MARRIAGE).items() if field.is_sensitive}
    assert sensitive == {
        "subject.identifiers.blue_badge",
        "subject.needs_large_print",
        "services.blue_badge",
        "services.adult_social_care",
    }
