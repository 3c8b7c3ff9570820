"""Every reason for which somebody is not told has its words."""

import pytest

from tellusonce import wording
from tellusonce.disclosure import Reason


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_words_of_its_own(reason: Reason) -> None:
    assert wording.explain(reason) == wording.BY_REASON[reason]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", ""),
        ("http-422", wording.FAILED),
        ("content-changed", wording.FAILED),
        ("outcome-unknown", wording.UNKNOWN),
        ("quarantined", wording.UNKNOWN),
    ],
)
def test_codes_of_the_wire_are_told_apart_by_what_they_mean_for_a_family(code: str, words: str) -> None:
    assert wording.explain(code) == words
