"""Wordings are registered by version, in both languages, and never change once they are published."""

import hashlib
import json

import pytest

from identity import wordings

VALUES = {"recipient": "R", "controller": "C", "contact": "c@r.example", "fields": "F"}
# What was published: a change needs a new version, because receipts name the one that was shown.
PUBLISHED = {"tell-recipient/1": "0e64f61ceea5b4e8"}


def test_every_version_that_was_published_is_still_as_it_was() -> None:
    found = {f"{slug}/{version}": _digest(texts) for (slug, version), texts in wordings._all().items()}
    assert found == PUBLISHED


def _digest(texts: object) -> str:
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", wordings.names())
def test_every_wording_is_there_in_both_languages_with_all_its_parts(name: str) -> None:
    english, welsh = (wordings.shown(name, language=each, values=VALUES) for each in wordings.LANGUAGES)
    for shown in (english, welsh):
        assert shown.question.endswith("?")
        assert "R" in shown.question
        assert any("F" in line for line in shown.notice)
        assert any("c@r.example" in line for line in shown.rights)
        assert "{" not in json.dumps([shown.question, shown.notice, shown.withdrawal, shown.rights])
    assert (len(english.notice), len(english.rights)) == (len(welsh.notice), len(welsh.rights))


def test_what_is_put_in_is_not_read_as_a_place_for_something_else() -> None:
    shown = wordings.shown("tell-recipient/1", language="en", values={**VALUES, "recipient": "{controller}"})
    assert shown.question == "May we tell {controller}?"


def test_the_newest_version_is_found_by_number() -> None:
    assert wordings.newest("tell-recipient") == "tell-recipient/1"
    with pytest.raises(wordings.UnknownWording):
        wordings.newest("nonsense")
