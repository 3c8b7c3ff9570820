"""What each level of likeness is worth, read from ``weights.json``, and the sum of it for two people.

Fellegi and Sunter, A Theory for Record Linkage, JASA 64 (1969): a level counts log2(m/u) bits, m being how often two
records of one person show it and u how often those of two people do. Two thresholds part three answers, and cautions
hold back a "same" that the sum alone would give: it takes fields as independent, and within a household they are not.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import product
from math import log2
from pathlib import Path
from typing import Any, NamedTuple, Self

from identity import comparisons
from identity.comparisons import FIELDS, MISSING, Levels
from identity.traits import Traits

FILE = Path(__file__).with_name("weights.json")
Counts = Mapping[str, Mapping[str, Mapping[str, float]]]


class Answer(StrEnum):
    """What a comparison of two people comes to."""

    SAME = "same"
    PERSON_DECIDES = "person decides"
    DIFFERENT = "different"


class Evidence(NamedTuple):
    """What one field says: how alike it is, and for how many bits that counts; below zero, against."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Score:
    """How much speaks for two people being one, and why: the explanation has no personal value in it."""

    bits: float
    evidence: tuple[Evidence, ...]

    def explained(self) -> list[dict[str, Any]]:
        """Give the evidence as plain JSON, the strongest first."""
        by_strength = sorted(self.evidence, key=lambda each: -abs(each.bits))
        return [{"field": each.field, "level": each.level, "bits": round(each.bits, 2)} for each in by_strength]


class Caution(NamedTuple):
    """A pattern of levels in which relatives look like one person; `when` gives the levels that it needs by field."""

    name: str
    when: Mapping[str, tuple[str, ...]]

    def holds(self, levels: Levels) -> bool:
        """Say whether every field named shows one of its levels."""
        return all(levels.get(field, MISSING) in wanted for field, wanted in self.when.items())


@dataclass(frozen=True)
class Weights:
    """One file of weights: bits by field and level, and from how many bits on two people are the same or undecided."""

    version: str
    bits: Mapping[str, Mapping[str, float]]
    same_from: float
    decide_from: float
    cautions: tuple[Caution, ...] = ()

    def without_cautions(self) -> Self:
        """Give the same weights and thresholds alone, as linkers are compared."""
        return replace(self, cautions=())

    def judge(self, score: Score) -> tuple[Answer, tuple[str, ...]]:
        """Say what a score comes to, and which cautions hold."""
        levels = {each.field: each.level for each in score.evidence}
        cautions = tuple(caution.name for caution in self.cautions if caution.holds(levels))
        if score.bits < self.decide_from:
            return Answer.DIFFERENT, cautions
        return (Answer.PERSON_DECIDES if cautions or score.bits < self.same_from else Answer.SAME), cautions

    def score(self, one: Traits, other: Traits) -> Score:
        """Compare two people: the most alike of their names, and of their addresses, count."""
        levels = comparisons.facts(one, other)
        if one.names and other.names:
            levels |= self._best(comparisons.names(*pair) for pair in product(one.names, other.names))
        if one.places and other.places:
            levels |= self._best(comparisons.places(*pair) for pair in product(one.places, other.places))
        evidence = tuple(
            Evidence(field, levels[field], self.bits[field][levels[field]])
            for field in FIELDS
            if levels.get(field, MISSING) != MISSING
        )
        return Score(sum(each.bits for each in evidence), evidence)

    def _best(self, candidates: Iterable[Levels]) -> Levels:
        return max(candidates, key=self._sum)

    def _sum(self, levels: Levels) -> float:
        return sum(self.bits[field][level] for field, level in levels.items() if level != MISSING)


@cache
def current() -> Weights:
    """Give the weights that this service decides by."""
    return parse(FILE.read_text())


def parse(text: str) -> Weights:
    """Read weights. Raises KeyError or ValueError where a level has none."""
    given = json.loads(text)
    chances: Counts = given["fields"]
    bits = {
        field: {level: log2(chances[field][level]["m"] / chances[field][level]["u"]) for level in levels}
        for field, levels in FIELDS.items()
    }
    cautions = tuple(
        Caution(each["name"], {field: tuple(levels) for field, levels in each["when"].items()})
        for each in given["cautions"]
    )
    thresholds = given["thresholds"]
    return Weights(given["version"], bits, thresholds["same_from"], thresholds["decide_from"], cautions)


def dumped(chances: Counts, *, like: str, version: str, learnt_from: str) -> str:
    """Write newly learnt chances into a file like another: what was not learnt, and what people fixed, stays."""
    given = json.loads(like)
    fixed = given["fixed"]["levels"]
    for field, levels in chances.items():
        for level, found in levels.items():
            if level in fixed.get(field, ()):
                continue
            given["fields"][field][level] = {name: float(f"{value:.4g}") for name, value in found.items()}
    return json.dumps(given | {"version": version, "learnt_from": learnt_from}, indent=2) + "\n"
