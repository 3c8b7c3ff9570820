"""The rules of a move."""

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
        *("subject", "children", "moved_on", "old_address", "new_address", "services")
    }
