"""What people are recognised by, written in one way: without accents, capitals, spaces and punctuation.

Two spellings of one thing become equal here where they can; how alike the rest is, `comparisons` says.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Self

_NUMBER = re.compile(r"(?:(?:flat|unit|apartment)\s*\w+,?\s*)?(\d+\s*[a-z]?)\b[\s,]*(.*)", re.IGNORECASE)
_SOUNDS = {
    letter: digit
    for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), start=1)
    for letter in letters
}
_SOUND_LENGTH = 4
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})


class Name(NamedTuple):
    """Given names, one after the other, and the family name; both folded."""

    given: str = ""
    family: str = ""


class Place(NamedTuple):
    """An address, folded, its house number apart from its street."""

    house: str = ""
    street: str = ""
    extra: str = ""
    town: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Traits:
    """One person, or what is told of one: every name and address known, the birth date as far as it is known."""

    names: tuple[Name, ...] = ()
    born_on: str = ""
    sex: str = ""
    places: tuple[Place, ...] = ()
    identifiers: frozenset[tuple[str, str]] = field(default=frozenset())

    def packed(self) -> list[Any]:
        """Give what `unpacked` reads: short, because it is decrypted for each candidate."""
        identifiers = [list(each) for each in sorted(self.identifiers)]
        return [[list(n) for n in self.names], self.born_on, self.sex, [list(p) for p in self.places], identifiers]

    @classmethod
    def unpacked(cls, packed: list[Any]) -> Self:
        """Give the traits that were packed."""
        names, born_on, sex, places, identifiers = packed
        return cls(
            names=tuple(Name(*each) for each in names),
            born_on=born_on,
            sex=sex,
            places=tuple(Place(*each) for each in places),
            identifiers=frozenset((scheme, value) for scheme, value in identifiers),
        )


def name(given: Iterable[str], family: str | None) -> Name:
    """Fold a name; given names stay apart by a space."""
    return Name(" ".join(filter(None, map(folded, given))), folded(family or ""))


def born(on: str | None) -> str:
    """Write a whole or partial date in digits alone: ``19540411``, ``195404`` or ``1954``."""
    return "".join(filter(str.isdigit, on or ""))


def place(lines: Iterable[str], *, town: str | None = None, postcode: str | None = None) -> Place:
    """Fold an address; the first line with a number in front is the street."""
    given = [line for line in lines if line.strip()]
    at = next((number for number, line in enumerate(given) if _NUMBER.match(line)), 0)
    first, rest = (given[at], given[:at] + given[at + 1 :]) if given else ("", [])
    found = _NUMBER.match(first)
    house, street = (found[1], found[2]) if found else ("", first)
    return Place(folded(house), folded(street), folded(" ".join(rest)), folded(town or ""), folded(postcode or ""))


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Keep letters and digits alone, small and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(filter(str.isalnum, plain))


@lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """Give the code of how a folded word sounds in English: Soundex, United States National Archives, May 2007."""
    letters = [letter for letter in word if letter.isascii() and letter.isalpha()]
    if not letters:
        return word[:_SOUND_LENGTH]
    code, last = letters[0], _SOUNDS.get(letters[0])
    for letter in letters[1:]:
        digit = _SOUNDS.get(letter)
        if digit is not None and digit != last:
            code += str(digit)
        if letter not in "hw":
            last = digit
    return code[:_SOUND_LENGTH].ljust(_SOUND_LENGTH, "0")
