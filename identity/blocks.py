"""Under which keys a person is found again: eight compounds of what rarely changes, each a blind index.

Two people are compared only where they share a key, so a key must survive a slip in the rest. No key stands for one
field of few values: whoever held the index keys could try them out (design.md, section 7).
"""

from collections.abc import Iterator
from typing import NamedTuple

from identity import vault
from identity.traits import Name, Place, Traits, sound

_WHOLE_DATE = 8
KEY_LENGTH = 12  # the version of the index key, and 88 bits: no two keys of 100 million people meet by chance


class Block(NamedTuple):
    """One way to be found: its number in the table, and the fields that those it brings together agree in."""

    number: int
    name: str
    fields: frozenset[str]


IDENTIFIER = Block(0, "identifier", frozenset({"identifier"}))
NAMES = Block(1, "sounds of given and family name", frozenset({"given", "family"}))
NAME_AND_BIRTH = Block(2, "sound of a name, birth date", frozenset({"given", "family", "born_on"}))
NAME_AND_POSTCODE = Block(3, "sound of a name, postcode", frozenset({"given", "family", "postcode"}))
BIRTH_AND_TOWN = Block(4, "birth date, sound of the town", frozenset({"born_on", "town"}))
BIRTH_AND_POSTCODE = Block(5, "birth date, postcode", frozenset({"born_on", "postcode"}))
STREET_AND_POSTCODE = Block(6, "sound of the street, postcode", frozenset({"street", "extra", "postcode"}))
STREET_AND_TOWN = Block(7, "sounds of street and town", frozenset({"street", "extra", "town"}))
ALL = (
    IDENTIFIER,
    NAMES,
    NAME_AND_BIRTH,
    NAME_AND_POSTCODE,
    BIRTH_AND_TOWN,
    BIRTH_AND_POSTCODE,
    STREET_AND_POSTCODE,
    STREET_AND_TOWN,
)


def keys(traits: Traits) -> frozenset[tuple[int, bytes]]:
    """Give the keys to keep of a person: numbers of blocks, and blind indexes cut short."""
    return frozenset(
        (block.number, vault.blind_index(f"block {block.number}", value)[:KEY_LENGTH]) for block, value in plain(traits)
    )


def asked(traits: Traits) -> frozenset[tuple[int, bytes]]:
    """Give the keys to ask by: under every version of the index key, so that nobody is missed while it is replaced."""
    return frozenset(
        (block.number, blind[:KEY_LENGTH])
        for block, value in plain(traits)
        for blind in vault.blind_indexes(f"block {block.number}", value)
    )


def renewed(number: int, value: bytes, *, traits: Traits) -> bytes | None:
    """Give the key that takes this one's place under the newest index key; None if the traits do not have it."""
    for block, text in plain(traits):
        if block.number == number:
            newest, *older = (each[:KEY_LENGTH] for each in vault.blind_indexes(f"block {number}", text))
            if value in {newest, *older}:
                return newest
    return None


def plain(traits: Traits) -> frozenset[tuple[Block, str]]:
    """Give the keys before they are made blind: they hold personal data, and never leave the process."""
    return frozenset((*_by_identifier(traits), *_by_name(traits), *_by_birth(traits), *_by_street(traits)))


def _by_identifier(traits: Traits) -> Iterator[tuple[Block, str]]:
    for scheme, value in traits.identifiers:
        yield IDENTIFIER, f"{scheme}:{value}"


def _by_name(traits: Traits) -> Iterator[tuple[Block, str]]:
    born = _whole(traits.born_on)
    postcodes = {place.postcode for place in traits.places if place.postcode}
    for name in traits.names:
        halves = _sounds(name)
        if all(halves):
            # Sorted, so that a name the wrong way round is found too; so is it below, where either half will do.
            yield NAMES, "|".join(sorted(halves))
        for half in filter(None, halves):
            if born:
                yield NAME_AND_BIRTH, f"{half}|{born}"
            for postcode in postcodes:
                yield NAME_AND_POSTCODE, f"{half}|{postcode}"


def _by_birth(traits: Traits) -> Iterator[tuple[Block, str]]:
    if born := _whole(traits.born_on):
        for place in traits.places:
            if place.town:
                yield BIRTH_AND_TOWN, f"{born}|{sound(place.town)}"
            if place.postcode:
                yield BIRTH_AND_POSTCODE, f"{born}|{place.postcode}"


def _by_street(traits: Traits) -> Iterator[tuple[Block, str]]:
    for place in traits.places:
        for street in _streets(place):
            if place.postcode:
                yield STREET_AND_POSTCODE, f"{street}|{place.postcode}"
            if place.town:
                yield STREET_AND_TOWN, f"{street}|{sound(place.town)}"


def _sounds(name: Name) -> tuple[str, str]:
    return sound(name.given.partition(" ")[0]), sound(name.family)


def _streets(place: Place) -> set[str]:
    return {sound(line) for line in (place.street, place.extra) if line}


def _whole(born_on: str) -> str:
    return born_on if len(born_on) == _WHOLE_DATE else ""
