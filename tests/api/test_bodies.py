"""JSON is read strictly: whatever two readers could understand differently is refused, and never quoted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.api import bodies
from tellusonce.api.problems import Problem

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_whatever_is_json_is_read_as_it_stands(value: Any) -> None:
    assert bodies.parse(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_a_sentence(body: bytes) -> None:
    words = refusal(body)
    assert not words or words.endswith((".", "?"))


def refusal(body: bytes) -> str:
    """Give what a refusal says; nothing where there is none. Anything else that is raised fails the test."""
    try:
        bodies.parse(body)
    except Problem as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": 1, "a": 2}', "one name stands twice"),
        (b'{"b": {"a": 1, "a": 1}}', "one name stands twice"),
        (b'{"a": NaN}', "NaN or Infinity"),
        (b'{"a": -Infinity}', "NaN or Infinity"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        (b"[" * 33 + b"]" * 33, "more than 32 deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "more than 32 deep"),
        (b"[" * 100_000, "more than 32 deep"),
        (b'{"a": "Quillfeather"', "line 1, column"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(Problem, match=words) as caught:
        bodies.parse(body)
    assert caught.value.status == 400
    assert "Quillfeather" not in str(caught.value)


def test_thirty_two_deep_is_not_too_deep() -> None:
    assert bodies.parse(b"[" * 32 + b"]" * 32)
