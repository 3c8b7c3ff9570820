"""The rules of a move."""

from typing import Any

import pytest

from tellusonce import events
from tests.events.examples import changed, complete, faults

MOVE = events.find("move")


def test_a_citizens_word_is_enough() -> None:
    assert MOVE.evidence == ()
    assert MOVE.registered == ("subject.name", "subject.born_on")


def test_what_is_needed_is_asked_for_at_once() -> None:
    assert faults("move", {}) == {
        "subject.name.family": "Enter the family name of the person who moves",
        "moved_on": "Enter the date of the move",
        "old_address": "Enter the old address",
        "new_address": "Enter the new address",
    }


def test_a_move_goes_somewhere_else() -> None:
    data = complete("move")
    data["new_address"] = data["old_address"]
    assert faults("move", data) == {"new_address": "New address must be different from the old address"}


def test_a_move_may_be_announced() -> None:
    assert faults("move", changed("move", "moved_on", "2027-01-31")) == {}


def test_a_move_has_a_day() -> None:
    found = faults("move", changed("move", "moved_on", "2027-01"))
    assert found == {"moved_on": "Date of the move must be a real date, written like 2026-01-31"}


def test_children_come_too_and_other_adults_are_asked_themselves() -> None:
    """Design, section 3: a move covers oneself and one's children."""
    assert "children.name.family" in events.vocabulary(MOVE)
    assert {path.split(".")[0] for path in events.vocabulary(MOVE)} == {
        *("subject", "children", "others", "moved_on", "old_address", "new_address", "services")
    }


def test_nobody_else_may_be_granted_more_than_an_invitation_needs() -> None:
    theirs = {path for path, field in events.vocabulary(MOVE).items() if field.is_for_inviting}
    assert theirs == events.expand(MOVE, "others")


def test_an_invitation_has_a_way_to_go() -> None:
    others = [{"name": {"family": "Example"}}, {"name": {"family": "Sample"}, "phone": "01632 960118"}]
    said = "Enter the e-mail address or the telephone number to which the invitation goes"
    assert faults("move", changed("move", "others", others)) == {"others.0.email": said}
    assert events.validate_partial(MOVE, {"others": others[:1]})


@pytest.mark.parametrize(("born_on", "is_grown_up"), [("2008-12-01", True), ("2008-12-02", False)])
def test_whoever_is_grown_up_on_the_day_is_no_child(born_on: str, is_grown_up: bool) -> None:  # noqa: FBT001
    """Family Law Reform Act 1969, section 1: of full age on the eighteenth birthday."""
    said = "A child must be under 18 on the day of the move; invite an adult under other adults"
    expected = {"children.0.born_on": said} if is_grown_up else {}
    assert faults("move", changed("move", "children.0.born_on", born_on)) == expected


@pytest.mark.parametrize("path", ["subject.born_on", "children.0.born_on"])
def test_whoever_moves_has_been_born(path: str) -> None:
    assert faults("move", changed("move", path, "2026-11-23")) == {path: "Date of birth must be today or in the past"}


@pytest.mark.parametrize("value", ["x", 3, ["x"], [["x"]], {"0": "x"}])
def test_what_is_no_list_of_people_is_no_accident_either(value: Any) -> None:
    assert all(path.startswith("children") for path in faults("move", changed("move", "children", value)))
    assert all(path.startswith("others") for path in faults("move", changed("move", "others", value)))
