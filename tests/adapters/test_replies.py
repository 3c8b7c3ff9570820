"""What a status means (F15), and what a reply mapping makes of an answer."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import mapping, replies
from adapters.contract import (
    Action,
    Ambiguous,
    Answer,
    Failure,
    Misconfigured,
    OwnNumber,
    Receipt,
    Refused,
    Response,
    Throttled,
    Transient,
)
from tests.adapters.examples import response


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_is_a_receipt(status: int) -> None:
    assert replies.judge(response(status)) == Receipt()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (408, Transient), (421, Transient), (425, Transient), (503, Transient), (429, Throttled),
        (500, Ambiguous), (502, Ambiguous), (504, Ambiguous), (599, Ambiguous), (100, Ambiguous), (0, Ambiguous),
        (400, Refused), (409, Refused), (413, Refused), (415, Refused), (422, Refused),
        (401, Misconfigured), (403, Misconfigured), (404, Misconfigured), (405, Misconfigured), (410, Misconfigured),
        (301, Misconfigured), (307, Misconfigured), (501, Misconfigured), (505, Misconfigured),
    ],
)  # fmt: skip
def test_each_status_has_its_class(status: int, kind: type[Failure]) -> None:
    with pytest.raises(Failure) as failed:
        replies.judge(response(status, b"Mrs Lee is not known"))
    assert (type(failed.value), failed.value.status) == (kind, status)
    assert failed.value.code == ("redirected" if 300 <= status < 400 else f"http-{status}")


@pytest.mark.parametrize(
    ("body", "marker", "is_duplicate"),
    [
        (b'{"error": "Duplicate message"}', "", True),
        (b"We ALREADY have this", "", True),
        (b'{"error": "version conflict"}', "", False),
        (b'{"code": "E-17"}', "e-17", True),
        (b'{"code": "duplicate"}', "e-17", False),
        (b"", "", False),
    ],
)
def test_a_conflict_is_a_duplicate_only_when_it_says_so(body: bytes, marker: str, is_duplicate: bool) -> None:  # noqa: FBT001
    try:
        assert replies.judge(response(409, body), duplicate_marker=marker) == Receipt(duplicate=True)
        assert is_duplicate
    except Refused:
        assert not is_duplicate


NOW = "Sat, 31 Jan 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "99999999999999999999"}, replies.LONGEST_WAIT),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"retry-after": "Sat, 31 Jan 2026 10:05:00 GMT", "date": NOW}, 300.0),
        ({"retry-after": "Sat, 31 Jan 2026 09:00:00 GMT", "date": NOW}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": NOW}, replies.LONGEST_WAIT),
        ({"retry-after": "Sat, 31 Jan 2026 10:05:00 GMT"}, None),
        ({"retry-after": "Sat, 31 Jan 2026 10:05:00", "date": NOW}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_within_bounds(status: int, headers: dict[str, str], seconds: float | None) -> None:
    with pytest.raises(Transient) as failed:
        replies.judge(Response(status, headers, b""))
    assert getattr(failed.value, "retry_after", None) == seconds
    assert isinstance(failed.value, Throttled) == (status == 429 or seconds is not None)


@given(st.text(), st.text())
def test_any_retry_after_is_within_bounds_or_nothing(wait: str, now: str) -> None:
    seconds = replies.retry_after({"retry-after": wait, "date": now})
    assert seconds is None or 0 <= seconds <= replies.LONGEST_WAIT


REPLY = mapping.compile("body")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, replies.Reading()),
        ({"outcome": None}, replies.Reading()),
        ({"duplicate": True}, replies.Reading(duplicate=True)),
        ({"duplicate": "yes"}, replies.Reading()),
        ({"outcome": "no_match"}, replies.Reading(Answer("no_match"))),
        ({"outcome": "vanished"}, replies.Reading(remark="answer-unknown-outcome")),
        ({"outcome": ["acted"]}, replies.Reading(remark="answer-unknown-outcome")),
        ("acted", replies.Reading(remark="answer-unreadable")),
        (
            {"outcome": "acted", "actions": ["account_closed", {"code": "name_removed", "on": "2026-01-31T00:00:00Z"}]},
            replies.Reading(Answer("acted", (Action("account_closed"), Action("name_removed", "2026-01-31")))),
        ),
        (
            {"outcome": "acted", "actions": {"code": "name_removed", "on": "31/01/2026"}},
            replies.Reading(Answer("acted", (Action("name_removed"),))),
        ),
        (
            {"outcome": "acted", "actions": ["card_eaten", None, 7]},
            replies.Reading(Answer("acted"), remark="answer-unknown-action"),
        ),
        (
            {
                "outcome": "matched",
                "their_reference": 17,
                "note": "two\nlines\x00",
                "occurred_at": "2026-01-31T10:00:00Z",
            },
            replies.Reading(
                Answer(
                    "matched",
                    occurred_at=datetime(2026, 1, 31, 10, tzinfo=UTC),
                    their_reference="17",
                    note="two lines",
                )
            ),
        ),
        (
            {"outcome": "matched", "numbers": [{"scheme": "library-card", "value": 17}, {"scheme": "x"}, "L1", None]},
            replies.Reading(Answer("matched", numbers=(OwnNumber("library-card", "17"),))),
        ),
        (
            {"outcome": "matched", "numbers": {"scheme": "own-reference", "value": "K1"}},
            replies.Reading(Answer("matched", numbers=(OwnNumber("own-reference", "K1"),))),
        ),
        ({"outcome": "matched", "occurred_at": "2026-01-31T10:00:00"}, replies.Reading(Answer("matched"))),
    ],
)
def test_a_reply_mapping_gives_an_answer_or_a_remark(told: Any, expected: replies.Reading) -> None:
    assert replies.read_answer(REPLY, status=200, body=told) == expected


def test_a_reply_mapping_that_fails_on_the_data_is_a_remark() -> None:
    reading = replies.read_answer(mapping.compile("uk_date(body)"), status=200, body={"not": "a date"})
    assert reading == replies.Reading(remark="answer-unreadable")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["acted", "name_removed"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["code", "on", "x"]), inner),
    max_leaves=12,
)
TOLD = st.dictionaries(
    st.sampled_from(["outcome", "actions", "occurred_at", "their_reference", "note", "numbers", "duplicate"]), ANYTHING
)


@given(ANYTHING | TOLD)
def test_no_reply_whatever_makes_reading_it_fail(told: Any) -> None:
    reading = replies.read_answer(REPLY, status=200, body=told)
    assert reading.answer is None or reading.answer.note.isprintable()
