"""What is decided purely: retries, verdicts, outcomes, deadlines, references, allowances."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contract import Ambiguous, Endpoint, Failure, Misconfigured, Refused, Throttled, Transient
from tellusonce import deadlines, references, verdicts
from tellusonce.deliveries import closing, mailboxes, retries
from tellusonce.models import Mailbox, Recipient

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)  # a Monday


@pytest.mark.parametrize(
    ("tries", "longest"),
    [(1, 0), (2, 5), (3, 30), (4, 300), (5, 1800), (6, 7200), (7, 18000), (8, 36000), (9, 86400), (500, 86400)],
)
def test_pauses_grow_and_end_at_a_day(tries: int, longest: float) -> None:
    assert retries.pause_after(tries, draw=1.0).total_seconds() == longest
    assert retries.pause_after(tries, draw=0.0).total_seconds() == 0


def test_the_schedule_covers_75_hours_of_trying() -> None:
    waited = sum((retries.pause_after(tries, draw=1.0) for tries in range(1, 12)), dt.timedelta())
    assert waited >= dt.timedelta(hours=75)


@pytest.mark.parametrize(("wish", "seconds"), [(120, 120), (-5, 0), (10**9, 86400), (0.5, 0.5)])
def test_a_wish_for_time_is_honoured_within_bounds(wish: float, seconds: float) -> None:
    assert retries.pause_after(1, wish=wish, draw=0.0).total_seconds() == seconds


@pytest.mark.parametrize(
    ("failure", "state", "outcome", "counts_as_failure"),
    [
        (Transient("http-503"), "pending", "transient", True),
        (Throttled("http-429", retry_after=7), "pending", "throttled", None),
        (Ambiguous("no-reply"), "pending", "ambiguous", True),
        (Refused("http-422"), "failed", "refused", False),
        (Misconfigured("http-401"), "pending", "misconfigured", False),
        (Transient("not-started"), "pending", "unsent", False),
    ],
)
def test_each_class_of_failure_has_its_verdict(
    failure: Failure, state: str, outcome: str, counts_as_failure: object
) -> None:
    verdict = verdicts.of_failure(failure, tries=3)
    assert (verdict.state, verdict.outcome, verdict.speaks_against_health) == (state, outcome, counts_as_failure)
    assert verdict.stops_mailbox == isinstance(failure, Misconfigured)
    assert verdict.is_spared == (outcome == "unsent")


def test_an_unknown_outcome_is_repeated_only_where_duplicates_are_detected() -> None:
    def endpoint(*, detects_duplicates: bool) -> Endpoint:
        return Endpoint("x", "rest", "", {}, detects_duplicates=detects_duplicates)

    lost = Ambiguous("no-reply")
    assert verdicts.of_failure(lost, tries=1, endpoint=endpoint(detects_duplicates=True)).state == "pending"
    assert verdicts.of_failure(lost, tries=1, endpoint=endpoint(detects_duplicates=False)).state == "failed"


AT = [NOON + dt.timedelta(minutes=minute) for minute in range(4)]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ([(0, "received")], "received"),
        ([(0, "received"), (1, "matched")], "matched"),
        ([(1, "matched"), (0, "received")], "matched"),
        ([(0, "acted"), (1, "received")], "acted"),
        ([(0, "acted"), (1, "acted")], "acted"),
        ([(0, "acted"), (1, "declined")], "contested"),
        ([(0, "declined"), (1, "acted")], "contested"),
        ([(0, "manual_review"), (1, "no_match"), (2, "needs_information")], "no_match"),
    ],
)
def test_outcomes_are_summed_up(said: list[tuple[int, str]], outcome: str) -> None:
    """F25 and F26: duplicates, done then refused, completed before received."""
    assert closing.outcome_of([(AT[at], word) for at, word in said]) == outcome


@given(st.permutations([(0, "received"), (1, "matched"), (2, "acted"), (3, "received")]))
def test_the_order_in_which_confirmations_arrive_is_of_no_account(said: list[tuple[int, str]]) -> None:
    assert closing.outcome_of([(AT[at], word) for at, word in said]) == "acted"


@pytest.mark.parametrize(
    ("nation", "start", "days", "last"),
    [
        ("england", "2026-11-23", 5, "2026-11-30"),
        ("england", "2026-12-24", 2, "2026-12-30"),  # Christmas Day; Boxing Day falls on a Saturday, moved to the 28th
        ("scotland", "2026-12-31", 1, "2027-01-05"),  # 2 January is a Scottish holiday, moved to Monday the 4th
        ("england", "2026-12-31", 1, "2027-01-04"),
        ("northern-ireland", "2026-03-16", 1, "2026-03-18"),  # Saint Patrick's Day
        ("wales", "2026-03-16", 1, "2026-03-17"),
    ],
)
def test_confirmations_are_due_in_working_days_of_the_nation(nation: str, start: str, days: int, last: str) -> None:
    moment = dt.datetime.fromisoformat(start).replace(hour=15, tzinfo=dt.UTC)
    assert deadlines.confirm_by(moment, working_days=days, nation=nation).isoformat() == last


def test_a_summer_evening_counts_as_its_own_day_in_uk_time() -> None:
    """F12: daylight saving."""
    assert deadlines.today(dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)) == dt.date(2026, 7, 2)


@given(st.integers(0, 11), st.sampled_from(references.ALPHABET))
def test_one_wrong_character_in_a_reference_is_found(place: int, character: str) -> None:
    reference = references.make().replace("-", "")
    mistyped = reference[:place] + character + reference[place + 1 :]
    if mistyped == reference:
        assert references.parse(mistyped)
    else:
        with pytest.raises(references.BadReference):
            references.parse(mistyped)


@given(st.integers(0, 10))
def test_two_neighbours_exchanged_in_a_reference_are_found(place: int) -> None:
    reference = references.make().replace("-", "")
    swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
    if swapped != reference:
        with pytest.raises(references.BadReference):
            references.parse(swapped)


def test_references_are_taken_as_people_type_them() -> None:
    reference = references.make()
    assert references.parse(f" {reference.lower().replace('-', ' ')} ") == reference
    assert not set("AEIOU01LSB") & set(reference)


@pytest.mark.parametrize(
    ("mailbox", "recipient", "limit", "why"),
    [
        ({}, {}, 50, ""),
        ({"paused_at": NOON}, {}, 0, "paused"),
        ({"open_until": NOON + dt.timedelta(seconds=1)}, {}, 0, "breaker"),
        ({"open_until": NOON}, {}, 1, ""),
        ({}, {"opening_hours": {"days": [1], "from": "08:00", "until": "18:00"}}, 50, ""),
        ({}, {"opening_hours": {"days": [2], "from": "08:00", "until": "18:00"}}, 0, "closed"),
        ({}, {"opening_hours": {"days": [1], "from": "08:00", "until": "12:00"}}, 0, "closed"),
        ({}, {"rate_per_second": 10.0}, 10, ""),
        ({"tokens": 0.0, "refilled_at": NOON}, {"rate_per_second": 10.0}, 0, "rate"),
        ({"tokens": 0.0, "refilled_at": NOON - dt.timedelta(seconds=0.3)}, {"rate_per_second": 10.0}, 3, ""),
        ({"tokens": 0.0, "refilled_at": NOON - dt.timedelta(days=1)}, {"rate_per_second": 10.0}, 10, ""),
    ],
)
def test_a_mailbox_lets_through_what_it_allows(
    mailbox: dict[str, Any], recipient: dict[str, Any], limit: int, why: str
) -> None:
    allowed = mailboxes.allowance(Mailbox(**mailbox), Recipient(**recipient), at=NOON, wanted=50)
    assert (allowed.limit, allowed.why) == (limit, why)
