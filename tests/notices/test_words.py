"""What notices say, in both languages."""

import string

import pytest

from tellusonce.notices import words

EACH = [(name, language) for name in words.KINDS for language in words.LANGUAGES]
TWO_TEXTS = 306


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(("name", "language"), EACH)
def test_every_kind_says_the_same_in_both_languages(name: str, language: str) -> None:
    kind = words.KINDS[name]
    said = kind.words[language]
    assert places(said.body) == kind.needs
    assert not said.text or places(said.text) == kind.needs


@pytest.mark.parametrize(("name", "language"), EACH)
def test_no_subject_has_a_place_for_anything_personal(name: str, language: str) -> None:
    subject = words.KINDS[name].words[language].subject
    assert places(subject) == set()
    assert "{" not in subject


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_text_fits_into_two_messages(name: str, language: str) -> None:
    said = words.render(words.KINDS[name], language, dict.fromkeys(words.KINDS[name].needs, "K7MD-4RTW-X9QF"))
    assert len(said.text) <= TWO_TEXTS


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_text_has_only_letters_that_every_telephone_counts_as_one(name: str, language: str) -> None:
    """3GPP TS 23.038 section 6.2.1: one letter beyond its alphabet, and only 70 fit into a message."""
    plain = string.ascii_letters + string.digits + " .,:;'!?()-/@{}_\n"
    assert set(words.KINDS[name].words[language].text) <= set(plain)


def test_what_is_in_a_value_is_never_a_place_itself() -> None:
    said = words.render(words.REFERENCE, "en", {"reference": "{reference.__class__}"})
    assert "{reference.__class__}" in said.body
