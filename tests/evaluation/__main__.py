"""Judge matching end to end: everything sealed, people found by blind keys alone, in a real PostgreSQL.

Weights were learnt on set 3 without labels, and the thresholds follow from the number of people (weights.json): nobody
looked at the labels of set 4 for either. "With cautions" is what the service does; "by the weights" is the sum
alone, as linkers are compared: the sets draw each person apart, so they have no twins and no father of the same name.
"""

import json
import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from identity import matching, weights
from identity.traits import Traits
from identity.weights import Answer, Weights
from tests.evaluation import febrl, ground, peer
from tests.evaluation.febrl import FebrlSet, Pair

POPULATION, LOOKUPS, STRANGERS, HOUSEHOLDS, WARM_UP = 100_000, 2_000, 10_000, 1_000, 200


@dataclass
class Tally:
    """What came of one set: pairs found at all, pairs held to be one person, records left to people."""

    true: set[Pair]
    found: set[Pair] = field(default_factory=set)
    same: set[Pair] = field(default_factory=set)
    undecided: int = 0
    asked: int = 0

    def figures(self) -> dict[str, float]:
        """Give the figures, all as shares of one."""
        right = len(self.same & self.true)
        precision = right / len(self.same) if self.same else 1.0
        recall = right / len(self.true)
        return {
            "f1": round(2 * right / (len(self.same) + len(self.true)), 4),
            "precision": round(precision, 5),
            "recall": round(recall, 4),
            "blocking_recall": round(len(self.found & self.true) / len(self.true), 4),
            "to_people": round(self.undecided / self.asked, 4),
        }


def judged(chosen: FebrlSet, *, using: Weights) -> Tally:
    """Look up every record of a set among those kept."""
    ids = list(chosen.known)
    kept = {person: ids[number] for person, number in ground.keep(chosen.known.values()).items()}
    tally = Tally(chosen.pairs)
    for asked, traits in chosen.asked.items():
        others = [each for each in matching.candidates(traits, using=using) if kept[each.person] != asked]
        answers = {pair(asked, kept[each.person]): each.answer for each in others}
        tally.found.update(answers)
        same = {each for each, answer in answers.items() if answer is Answer.SAME}
        tally.same |= same
        tally.asked += 1
        tally.undecided += not same and Answer.PERSON_DECIDES in answers.values()
    ground.forget()
    return tally


def pair(one: str, other: str) -> Pair:
    """Name a pair whichever way round."""
    return (one, other) if one < other else (other, one)


def explain_misses(tally: Tally, chosen: FebrlSet, *, using: Weights) -> None:
    """Count why pairs were missed: no shared key, or which answer the weights gave instead."""
    everybody = chosen.known | chosen.asked
    reasons: dict[str, int] = {}
    for one, other in tally.true - tally.same:
        answer, cautions = using.judge(using.score(everybody[one], everybody[other]))
        reason = "shares no key" if (one, other) not in tally.found else "; ".join((answer.value, *cautions))
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, number in sorted(reasons.items(), key=lambda each: -each[1]):
        print(f"    {number:5} missed: {reason}")


def measured(*, using: Weights) -> tuple[dict[str, float], dict[str, Any]]:
    """Time look-ups of people who are known, with slips, and of strangers, among very many."""
    known = list(febrl.invented(POPULATION, seed=7))
    kept = ground.keep(known)
    draw = random.Random(8)
    times, right = [], 0
    for place in draw.sample(range(POPULATION), LOOKUPS + WARM_UP):
        asked = febrl.slipped(known[place], draw=draw)
        start = time.perf_counter()
        found = matching.match(asked, using=using)
        times.append((time.perf_counter() - start) * 1000)
        right += found.person is not None and kept[found.person] == place
    times = sorted(times[WARM_UP:])
    strangers = list(febrl.invented(STRANGERS, seed=9))
    taken = sum(matching.match(each, using=using).answer is Answer.SAME for each in strangers)
    show_households(known, strangers=strangers, using=using)
    return (
        {"p50": round(statistics.median(times), 2), "p99": round(times[int(len(times) * 0.99)], 2)},
        {
            "recognised": round(right / (LOOKUPS + WARM_UP), 4),
            "strangers": STRANGERS,
            "strangers_taken_for_another": taken,
        },
    )


def show_households(known: list[Traits], *, strangers: list[Traits], using: Weights) -> None:
    """Look up relatives of people who are known, and print how many are taken for them."""
    taken: dict[str, list[int]] = {}
    pairs = [pair for pair in zip(known, strangers, strict=False) if febrl.are_named_apart(*pair)][:HOUSEHOLDS]
    for person, stranger in pairs:
        for who, asked in febrl.relatives(person, stranger=stranger).items():
            counts = taken.setdefault(who, [0, 0])
            for way, chosen in enumerate((using.without_cautions(), using)):
                counts[way] += matching.match(asked, using=chosen).answer is Answer.SAME
    for who, (plain, cautious) in taken.items():
        shown(f"{len(pairs):,} {who}", {"taken for the person by the weights": plain, "with cautions": cautious})


def shown(name: str, figures: dict[str, Any]) -> None:
    """Print one line."""
    print(f"{name:33}" + "  ".join(f"{key} {value}" for key, value in figures.items()))


def main() -> int:
    """Print all figures, the last line as JSON."""
    cautious = weights.current()
    plain = cautious.without_cautions()
    print(f"Weights {cautious.version}; same from {cautious.same_from} bits, to people from {cautious.decide_from}.")
    results: dict[str, dict[str, dict[str, float]]] = {}
    peers: dict[str, float] = {}
    with ground.database():
        for number in (1, 2, 3, 4):
            chosen = febrl.read(number)
            for way, using in (("by the weights", plain), ("with cautions", cautious)):
                tally = judged(chosen, using=using)
                results.setdefault(chosen.name, {})[way] = tally.figures()
                shown(f"{chosen.name} {way}", tally.figures())
                explain_misses(tally, chosen, using=using)
            found, true = peer.linked(number), chosen.pairs
            peers[chosen.name] = round(2 * len(found & true) / (len(found) + len(true)), 4)
            shown(f"{chosen.name} splink", {"f1": peers[chosen.name], "false": len(found - true)})
        times, strangers = measured(using=cautious)
    shown(f"one against {POPULATION:,}", {**{f"{key} ms": value for key, value in times.items()}, **strangers})
    febrl4 = results["FEBRL4"]
    last = {
        "febrl4": febrl4["by the weights"],
        "febrl4_with_cautions": febrl4["with cautions"],
        "splink_febrl4_f1": peers["FEBRL4"],
        "match_100000_ms": times,
        "false_same_in_10000": strangers["strangers_taken_for_another"],
    }
    print(json.dumps(last))
    return 0


if __name__ == "__main__":
    sys.exit(main())
