"""What the demonstration says while it goes on: the words of the table, and what is not as it should be."""

import io
from typing import Any

import pytest
import yaml
from rich.console import Console

from deploy.demo import loose_ends, players, stories, tables, tellings
from deploy.demo.stories import Owed


def standing(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "recipient": "library",
        "name": "Northmoor - Libraries",
        "state": "sent",
        "reason": "",
        "reason_in_words": "",
        "may_have_been_told": True,
        "outcome": "",
        "told_at": "2026-11-22T14:02:11+00:00",
        "actions": [],
    }
    return {**usual, **changes}


def action(code: str, on: str | None = "2026-11-22") -> dict[str, Any]:
    return {"code": code, "on": on}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "pending", "told_at": None, "may_have_been_told": False}, ("Waiting", "", "")),
        ({"state": "pending", "told_at": None}, ("Trying again", "", "")),
        ({"state": "available", "told_at": None, "may_have_been_told": False}, ("To be fetched", "", "")),
        ({"state": "withheld", "told_at": None, "reason_in_words": "No consent."}, ("Not told", "", "No consent.")),
        ({"state": "failed", "told_at": None, "reason_in_words": "Nobody knows."}, ("Not told", "", "Nobody knows.")),
    ],
)
def test_who_has_not_been_told_is_said_why(changes: dict[str, Any], words: tuple[str, ...]) -> None:
    assert tuple(each.plain for each in tables.row(standing(**changes))) == words


def test_who_has_been_told_has_a_time_and_what_it_said() -> None:
    told, said, done = tables.row(standing(outcome="no_match", state="closed"))
    assert told.plain.endswith(":02:11")
    assert (said.plain, done.plain) == ("Not known to them", "")


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([], ""),
        ([action("account_closed")], "Account closed on 22 November"),
        ([action("account_closed"), action("bill_reissued")], "Account closed, new bill sent on 22 November"),
        ([action("account_closed"), action("account_closed")], "Account closed on 22 November"),
        ([action("record_updated", None)], "Record updated"),
        (
            [action("payment_stopped", "2026-11-03"), action("something_new")],
            "Payment stopped on 3 November; something new on 22 November",
        ),
    ],
)
def test_what_was_done_is_told_in_a_sentence(actions: list[dict[str, Any]], words: str) -> None:
    assert tables.done(actions) == words


def test_a_line_says_the_same_as_a_row() -> None:
    line = tables.line(standing(outcome="acted", state="closed", actions=[action("account_closed")]))
    assert line.startswith("Northmoor - Libraries: told ")
    assert line.endswith(":02:11, they found the record, account closed on 22 November")
    assert tables.line(standing(state="pending", told_at=None)) == "Northmoor - Libraries: trying again"


def test_the_table_has_everybody_and_counts_them() -> None:
    out = io.StringIO()
    rows = [standing(state="closed"), standing(name="The Trust", state="withheld", told_at=None)]
    Console(file=out, width=100).print(tables.table(rows, title="Report"))
    assert "The Trust" in out.getvalue()
    assert "1 told, 1 confirmed, 0 to come, 1 withheld." in out.getvalue()


OWED = [
    Owed("library", told={}, outcome="acted", actions=("account_closed",)),
    Owed("trust", withheld="consent-needed"),
]
WELL = [
    standing(state="closed", outcome="acted", actions=[action("account_closed")]),
    standing(recipient="trust", state="withheld", reason="consent-needed"),
]


def test_nothing_is_short_when_all_ended_as_the_list_has_it() -> None:
    assert tellings.shortcomings(WELL, OWED) == []


@pytest.mark.parametrize(
    ("standings", "sentence"),
    [
        (WELL[:1], "trust is not among the recipients."),
        ([*WELL, standing(recipient="bank")], "bank is not on the story's list."),
        ([standing(), WELL[1]], "library should be closed acted account_closed and is sent ."),
        (
            [standing(state="closed", outcome="acted"), WELL[1]],
            "library should be closed acted account_closed and is closed acted.",
        ),
        (
            [WELL[0], standing(recipient="trust", state="closed", outcome="acted")],
            "trust should be withheld consent-needed and is closed acted.",
        ),
    ],
)
def test_what_did_not_end_so_is_said(standings: list[dict[str, Any]], sentence: str) -> None:
    assert tellings.shortcomings(standings, OWED) == [sentence]


def test_the_storys_list_and_the_players_have_every_recipient_of_the_catalogue() -> None:
    files = (stories.HERE / "catalogue").glob("*.yaml")
    listed = [each["slug"] for file in files for each in yaml.safe_load(file.read_text()).get("recipients", ())]
    listed.remove(loose_ends.FOR_OFFICER)  # which waits for whoever explores
    assert sorted(each.recipient for each in stories.owed()) == sorted(listed)
    assert sorted(each["name"] for each in players.played()) == sorted(listed)
    assert len(listed) >= 24
