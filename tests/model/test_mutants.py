"""The model finds what it is there to find: an engine with one thing wrong does not get by it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tellusonce import outbound
from tellusonce.deliveries import claims, settling
from tests.model.machine import Engine

Mutation = Callable[[pytest.MonkeyPatch], None]
MOST_EXAMPLES, STEPS = 60, 60


def without(module: Any, name: str, words: str, instead: str = "") -> Mutation:
    """Leave words out of a statement."""

    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        statement = getattr(module, name)
        assert words in statement
        monkeypatch.setattr(module, name, statement.replace(words, instead))

    return mutate


def replaced(module: Any, name: str, instead: Callable[..., Any]) -> Mutation:
    """Do something else instead."""
    return lambda monkeypatch: monkeypatch.setattr(module, name, instead)


def pins_alone(tries: Any) -> None:
    """Write no attempt."""


MUTANTS = {
    "settles under an old fence": without(settling, "SETTLE", " AND d.fence = told.fence"),
    "claims what is in somebody's hands": without(
        claims, "CLAIM", "(d.leased_until IS NULL OR d.leased_until < (SELECT at FROM moment))", "true"
    ),
    "keeps no account of attempts": replaced(settling, "begin", pins_alone),
    "sends what was taken out of its hands": replaced(
        claims, "still_held", lambda claimed: {each.id for each in claimed}
    ),
    "asks nobody's leave before it sends": replaced(
        outbound, "_entitled", lambda claimed, _sheet: (claimed.agreement_id, claimed.fields)
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", MUTANTS)
def test_the_model_finds_an_engine_that(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    bounded = settings(
        max_examples=MOST_EXAMPLES,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        print_blob=False,
    )
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(Engine, settings=bounded)
