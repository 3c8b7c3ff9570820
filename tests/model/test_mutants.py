"""The model finds what it is there to find: steps at which an engine with one thing wrong does not get by it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tellusonce import outbound
from tellusonce.deliveries import claims, settling
from tellusonce.models import Lane
from tests.model.machine import CHARITY, HEEDLESS, REFUSED, STEADY, Engine

Mutation = Callable[[pytest.MonkeyPatch], object]
LONGER_THAN_A_LEASE = dt.timedelta(seconds=70)


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


def a_frozen_worker_wakes(engine: Engine) -> None:
    """Let a worker sleep with bytes on the wire until another has the delivery, and then hear of a refusal."""
    engine.submit()
    engine.take(STEADY, Lane.FIRST)
    frozen, other = engine.workers
    engine.settle_and_claim(frozen)
    engine.prepare(frozen)
    engine.send(frozen)
    engine.wait(LONGER_THAN_A_LEASE)
    engine.take(STEADY, Lane.RETRY)
    engine.settle_and_claim(other)
    engine.reply(frozen, [REFUSED])
    engine.settle_and_claim(frozen)


def two_workers_look_at_one_mailbox(engine: Engine) -> None:
    """Let one claim what is due, and the other look in the lane for retries."""
    engine.submit()
    engine.take(STEADY, Lane.FIRST)
    engine.take(STEADY, Lane.RETRY)
    for worker in engine.workers:
        engine.settle_and_claim(worker)


def a_worker_dies_with_bytes_on_the_wire(engine: Engine) -> None:
    """Let it come to a recipient that cannot tell a repetition."""
    engine.submit()
    engine.take(HEEDLESS, Lane.FIRST)
    worker, _ = engine.workers
    engine.settle_and_claim(worker)
    engine.prepare(worker)
    engine.send(worker)
    engine.crash(0, comes=True)
    engine.what_came_was_written_down_before()


def a_consent_is_withdrawn_after_a_claim(engine: Engine) -> None:
    """Withdraw it when a worker has the delivery in hand, and has not judged it yet."""
    engine.submit()
    engine.take(CHARITY, Lane.FIRST)
    engine.settle_and_claim(engine.workers[0])
    engine.withdraw(0)
    engine.prepare(engine.workers[0])


def an_agreement_ends_after_a_claim(engine: Engine) -> None:
    """Let it end when a worker has the delivery in hand, and has not judged it yet."""
    engine.submit()
    engine.take(CHARITY, Lane.FIRST)
    engine.settle_and_claim(engine.workers[0])
    engine.end_agreement()
    engine.prepare(engine.workers[0])


grants_all = replaced(outbound, "_entitled", lambda claimed, _sheet: (claimed.agreement_id, claimed.fields))
keeps_all = replaced(claims, "still_held", lambda claimed: {each.id for each in claimed})
MUTANTS: dict[str, tuple[Mutation, Callable[[Engine], None]]] = {
    "settles under an old fence": (
        without(settling, "SETTLE", " AND d.fence = told.fence"),
        a_frozen_worker_wakes,
    ),
    "claims what is in somebody's hands": (
        without(claims, "CLAIM", "(d.leased_until IS NULL OR d.leased_until < (SELECT at FROM moment))", "true"),
        two_workers_look_at_one_mailbox,
    ),
    "keeps no account of attempts": (
        replaced(settling, "begin", lambda _tries: None),
        a_worker_dies_with_bytes_on_the_wire,
    ),
    "asks nobody's leave before it sends": (grants_all, an_agreement_ends_after_a_claim),
    "sends, unasked, what was taken out of its hands": (
        lambda monkeypatch: (keeps_all(monkeypatch), grants_all(monkeypatch)),
        a_consent_is_withdrawn_after_a_claim,
    ),
}


@pytest.fixture
def engine(transactional_db: None) -> Engine:
    """Give a machine that has begun."""
    made = Engine()
    made.begin()
    return made


@pytest.mark.parametrize("name", MUTANTS)
def test_the_model_finds_an_engine_that(name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation, steps = MUTANTS[name]
    mutation(monkeypatch)
    with pytest.raises(AssertionError):
        steps(engine)


@pytest.mark.parametrize("steps", [steps for _, steps in MUTANTS.values()])
def test_the_engine_as_it_is_gets_by(steps: Callable[[Engine], None], engine: Engine) -> None:
    steps(engine)
    engine.teardown()
