"""The reckoning that every fault ends with: seen to find a loss, a second effect, a stray and a leak."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.loads import reckonings
from tests.loads.recipients import CANARY

OWED = {("R1", "libraries"), ("R1", "housing"), ("R2", "libraries")}
REFUSED = ("failed", "http-400")


def line(reference: str = "R1", recipient: str = "libraries", **changes: Any) -> dict[str, Any]:
    usual = {"event": "request", "ended": "taken", "applied": True, "message_id": "m-1", "sequence": 1}
    return {**usual, "reference": reference, "recipient": recipient, **changes}


WELL = [line(), line("R1", "housing"), line("R2")]


def test_all_that_is_owed_and_nothing_else_holds() -> None:
    assert not reckonings.lost(OWED, WELL)
    assert not reckonings.duplicates(WELL)
    assert not reckonings.misdirected(OWED, WELL)


@pytest.mark.parametrize(
    "instead", [[], [line("R2", ended="refused", applied=False)], [line("R2", recipient="housing")]]
)
def test_what_never_came_or_was_never_taken_is_lost(instead: list[dict[str, Any]]) -> None:
    assert reckonings.lost(OWED, [*WELL[:2], *instead]) == [("R2", "libraries")]


def test_what_was_acted_on_is_not_lost_whatever_they_then_said() -> None:
    assert not reckonings.lost(OWED, [*WELL[:2], line("R2", ended="drop")])


def test_what_was_rightly_withheld_is_not_lost_and_if_it_came_it_was_misdirected() -> None:
    assert not reckonings.lost(OWED, [WELL[0], WELL[2]], withheld={"housing"})
    assert reckonings.misdirected(OWED, WELL, withheld={"housing"}) == [("R1", "housing")]


@pytest.mark.parametrize(
    ("standing", "found"), [({}, 3), (dict.fromkeys(OWED, ("sent", "")), 3), (dict.fromkeys(OWED, REFUSED), 0)]
)
def test_what_was_never_taken_has_to_stand_where_a_person_looks(
    standing: dict[reckonings.Told, tuple[str, str]], found: int
) -> None:
    untold = dict.fromkeys(("libraries", "housing"), REFUSED)
    assert len(list(reckonings._misplaced(OWED, standing, untold))) == found


@pytest.mark.parametrize("again", [line(), line(message_id="m-2", applied=False, ended="duplicate")])
def test_a_second_effect_and_a_second_id_are_duplicates(again: dict[str, Any]) -> None:
    assert reckonings.duplicates([*WELL, again]) == [("R1", "libraries", 1)]


def test_a_second_try_under_the_same_id_without_effect_is_none() -> None:
    assert not reckonings.duplicates([*WELL, line(applied=False, ended="duplicate")])


@pytest.mark.parametrize("stray", [line("R2", "housing"), line("R9"), line("", message_id="")])
def test_what_came_to_another_or_of_nothing_owed_is_misdirected(stray: dict[str, Any]) -> None:
    assert reckonings.misdirected(OWED, [*WELL, stray]) == [(stray["reference"], stray["recipient"])]


@pytest.mark.parametrize("text", [f"told of {CANARY}abda", f"of {CANARY.lower()}", CANARY.upper()])
def test_what_was_told_is_found_in_a_text_and_packed(text: str) -> None:
    assert reckonings.is_in(text)
    assert reckonings.is_in(base64.b64encode(f"--- {text} ---".encode()).decode())
    assert not reckonings.is_in(base64.b64encode(b"nothing of anybody's is in here").decode())


def test_the_books_and_the_list_are_read_as_they_are_written(tmp_path: Path) -> None:
    owed, books = tmp_path / "owed.jsonl", tmp_path / "books.jsonl"
    owed.write_text(json.dumps({"reference": "R1", "recipients": ["libraries", "housing"]}) + "\n")
    books.write_text("\n".join(json.dumps(each) for each in [*WELL, {"event": "confirmation"}]) + '\n{"half')
    assert reckonings.read_owed(owed) == {("R1", "libraries"), ("R1", "housing")}
    assert list(reckonings.read_books(books)) == WELL
