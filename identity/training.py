"""How weights are learnt without anybody saying who is who, as Splink does it (its documentation, "Training", 2026).

u, how often two people agree by chance, is counted over pairs drawn at random. m, how often two records of one person
agree, is estimated by expectation and maximisation over the pairs that a block brings together, for the fields that
the block says nothing about; the estimates of the blocks are then weighed by how many matches each of them saw.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

from identity import blocks, comparisons
from identity.comparisons import FIELDS, MISSING, Levels
from identity.traits import Traits

ROUNDS = 50
RANDOM_PAIRS = 200_000
LARGEST_GROUP = 50  # a key that more people share says too little, and costs the square of them
MOST_PAIRS = 200_000  # of one block
LEAST = 1e-4  # no level is impossible only because the training never saw it
SEEN = 1.5 * LEAST
FIRST_GUESS = 0.1  # of the pairs in a block being of one person

Pattern = tuple[str, ...]
Chances = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Learnt:
    """The chances of each level, by field: between records of one person (m), and of two (u)."""

    m: Chances = field(default_factory=dict)
    u: Chances = field(default_factory=dict)

    def chances(self) -> dict[str, dict[str, dict[str, float]]]:
        """Give both by field and level, without the levels that the training hardly saw."""
        return {
            name: {level: {"m": m, "u": self.u[name][level]} for level, m in levels.items() if m > SEEN}
            for name, levels in self.m.items()
            if levels and self.u[name]
        }


def learn(people: Sequence[Traits], *, seed: int = 1) -> Learnt:
    """Learn from people of whom some are there twice; the same people and seed give the same result."""
    draw = random.Random(seed)  # noqa: S311  a sample, not a secret
    u = _chances(_compared(*draw.sample(people, 2)) for _ in range(RANDOM_PAIRS))
    sums: dict[str, Counter[str]] = {name: Counter() for name in FIELDS}
    for block in blocks.ALL:
        counted = Counter(_compared(*pair) for pair in _together(people, block=block))
        open_fields = [name for name in FIELDS if name not in block.fields]
        if counted:
            _add_matches(sums, counted, u=u, open_fields=open_fields)
    return Learnt(m={name: _smoothed(counts, FIELDS[name]) for name, counts in sums.items()}, u=u)


def _compared(one: Traits, other: Traits) -> Pattern:
    """Compare by the first name and address of each: training data has one."""
    levels: Levels = comparisons.facts(one, other)
    if one.names and other.names:
        levels |= comparisons.names(one.names[0], other.names[0])
    if one.places and other.places:
        levels |= comparisons.places(one.places[0], other.places[0])
    return tuple(levels.get(name, MISSING) for name in FIELDS)


def _together(people: Sequence[Traits], *, block: blocks.Block) -> Iterator[tuple[Traits, Traits]]:
    groups: defaultdict[str, list[Traits]] = defaultdict(list)
    for traits in people:
        for found, key in sorted(blocks.plain(traits)):
            if found == block:
                groups[key].append(traits)
    pairs = (pair for group in groups.values() if len(group) <= LARGEST_GROUP for pair in combinations(group, 2))
    return islice(pairs, MOST_PAIRS)


def _chances(patterns: Iterable[Pattern]) -> Chances:
    sums: dict[str, Counter[str]] = {name: Counter() for name in FIELDS}
    for pattern in patterns:
        for name, level in zip(FIELDS, pattern, strict=True):
            sums[name][level] += 1
    return {name: _smoothed(counts, FIELDS[name]) for name, counts in sums.items()}


def _smoothed(counts: Mapping[str, float], levels: Sequence[str]) -> dict[str, float]:
    whole = sum(counts.get(level, 0) for level in levels)
    if not whole:
        return {}
    raised = {level: max(counts.get(level, 0) / whole, LEAST) for level in levels}
    return {level: chance / sum(raised.values()) for level, chance in raised.items()}


def _add_matches(
    sums: dict[str, Counter[str]], counted: Counter[Pattern], *, u: Chances, open_fields: Sequence[str]
) -> None:
    """Estimate m from one block's pairs, and add how often each level was seen in what are likely matches."""
    usable = [name for name in open_fields if u[name]]
    m = {name: _first_guess(FIELDS[name]) for name in usable}
    matching, likely = FIRST_GUESS, dict.fromkeys(counted, 0.0)
    total = counted.total()
    for _ in range(ROUNDS):
        likely = {pattern: _likelihood(pattern, m=m, u=u, matching=matching) for pattern in counted}
        matching = min(max(sum(likely[p] * n for p, n in counted.items()) / total, LEAST), 1 - LEAST)
        seen = _seen(counted, likely, usable)
        m = {name: _smoothed(seen[name], FIELDS[name]) or m[name] for name in usable}
    for name, counts in _seen(counted, likely, usable).items():
        sums[name].update(counts)


def _first_guess(levels: Sequence[str]) -> dict[str, float]:
    return {level: 0.8 if number == 0 else 0.2 / (len(levels) - 1) for number, level in enumerate(levels)}


def _likelihood(pattern: Pattern, *, m: Chances, u: Chances, matching: float) -> float:
    same, chance = matching, 1 - matching
    for name, level in zip(FIELDS, pattern, strict=True):
        if name in m and level != MISSING:
            same *= m[name][level]
            chance *= u[name][level]
    return same / (same + chance)


def _seen(counted: Counter[Pattern], likely: Mapping[Pattern, float], names: Iterable[str]) -> dict[str, Counter[str]]:
    seen: dict[str, Counter[str]] = {name: Counter() for name in names}
    for pattern, number in counted.items():
        for name, level in zip(FIELDS, pattern, strict=True):
            if name in seen and level != MISSING:
                seen[name][level] += likely[pattern] * number  # type: ignore[assignment]  # Counter of shares
    return seen
