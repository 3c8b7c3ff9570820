"""The weights in use, held against a set they were not learnt on; `make evaluate-matching` does all of them, sealed."""

from collections import defaultdict
from itertools import combinations

from identity import blocks, weights
from identity.weights import Answer
from tests.evaluation import febrl


def test_nobody_in_set_1_is_taken_for_another_and_almost_everybody_is_recognised() -> None:
    chosen, using = febrl.read(1), weights.current().without_cautions()
    sharing: defaultdict[object, set[str]] = defaultdict(set)
    for each, traits in chosen.known.items():
        for key in blocks.plain(traits):
            sharing[key].add(each)
    found = {pair for group in sharing.values() for pair in combinations(sorted(group), 2)}
    same = {pair for pair in found if answer(*pair, using=using) is Answer.SAME}
    assert len(chosen.pairs) == 500
    assert len(found & chosen.pairs) >= 498
    assert same <= chosen.pairs
    assert len(same) >= 495


def answer(one: str, other: str, *, using: weights.Weights) -> Answer:
    known = febrl.read(1).known
    return using.judge(using.score(known[one], known[other]))[0]


def test_cautions_let_nobody_pass_whom_the_weights_would_not() -> None:
    using = weights.current()
    people = list(febrl.read(1).known.values())[:60]
    for one, other in combinations(people, 2):
        score = using.score(one, other)
        answers = using.judge(score)[0], using.without_cautions().judge(score)[0]
        assert answers[0] == answers[1] or answers == (Answer.PERSON_DECIDES, Answer.SAME)
