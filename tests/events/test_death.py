"""The rules of a death."""

from typing import Any

import pytest

from tellusonce import events
from tests.events.examples import TODAY, changed, complete, faults

DEATH = events.find("death")


def test_a_death_goes_out_only_against_an_entry_or_a_coroners_certificate() -> None:
    assert DEATH.evidence == ("register-entry", "coroners-certificate")


def test_very_little_is_needed() -> None:
    """Nobody in mourning is sent away for what no recipient needs."""
    data = {
        "subject": {"name": {"family": "Example"}},
        "death": {"died_on": "2026"},
        "informant": {"name": {"family": "Example"}, "relationship": "Son"},
    }
    assert events.validate(DEATH, data, today=TODAY) == data


@pytest.mark.parametrize("died", ["2026", "2026-11", "2026-11-01"])
def test_a_date_of_death_may_be_known_in_part(died: str) -> None:
    assert faults("death", changed("death", "death.died_on", died)) == {}


def test_a_date_of_death_may_be_words_alone() -> None:
    assert faults("death", changed("death", "death", {"died_on_text": "some time in July"})) == {}


@pytest.mark.parametrize("death", [None, {}, {"died_on": " "}, {"was_in_hospital": True}])
def test_some_date_of_death_is_needed(death: Any) -> None:
    assert faults("death", changed("death", "death", death)) == {"death.died_on": "Enter the date of death"}


@pytest.mark.parametrize(
    ("path", "day", "message"),
    [
        ("death.died_on", "2026-11-23", "Date of death must be today or in the past"),
        ("death.died_on", "2027", "Date of death must be today or in the past"),
        ("subject.born_on", "2026-12", "Date of birth must be today or in the past"),
        ("registration.registered_on", "2026-11-23", "Date of registration must be today or in the past"),
    ],
)
def test_nothing_has_happened_tomorrow(path: str, day: str, message: str) -> None:
    assert faults("death", changed("death", path, day))[path] == message


@pytest.mark.parametrize("path", ["death.died_on", "registration.registered_on"])
def test_today_is_not_tomorrow(path: str) -> None:
    assert faults("death", changed("death", path, TODAY.isoformat())) == {}


@pytest.mark.parametrize(
    ("born", "died", "is_possible"),
    [
        ("2026-11-01", "2026-11-01", True),
        ("2026-11-02", "2026-11-01", False),
        ("2026-11", "2026-11-01", True),
        ("2026", "2026-11-01", True),
        ("2026-11-02", "2026-11", True),
        ("2026-11", "2026-10", False),
        ("2012-07-31", "1943-11-19", False),
    ],
)
def test_nobody_dies_before_birth_as_far_as_the_dates_are_known(born: str, died: str, is_possible: bool) -> None:  # noqa: FBT001
    data = changed("death", "subject.born_on", born)
    data["death"]["died_on"] = died
    wrong = {} if is_possible else {"death.died_on": "Date of death must be on or after the date of birth"}
    assert faults("death", data) == wrong


def test_rules_are_told_together_with_the_faults_of_fields() -> None:
    data = changed("death", "death.died_on", "1900")
    data["informant"]["email"] = "nobody"
    assert set(faults("death", data)) == {"death.died_on", "informant.email"}


def test_two_passports_and_any_number_of_vehicles() -> None:
    data = changed("death", "subject.identifiers.vehicles", [f"A{number} BCD" for number in range(1, 100)])
    assert faults("death", data) == {}
    data["subject"]["identifiers"]["passports"] = ["111111111", "222222222", "333333333"]
    assert list(faults("death", data)) == ["subject.identifiers.passports"]


def test_several_pensions_and_addresses() -> None:
    data = complete("death") | {"pensions": [{"scheme": f"Scheme {number}"} for number in range(10)]}
    data["subject"]["addresses"] = [{"use": "other", "town": "Southmere"}] * 10
    assert faults("death", data) == {}


def test_a_firm_may_deal_with_the_estate_without_a_persons_name() -> None:
    assert faults("death", changed("death", "estate", {"organisation": "Sample & Co", "is_firm": True})) == {}
