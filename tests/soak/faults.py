"""What befalls the service during a soak: one fault after another, drawn at random, each mended before the next."""

import signal
import time
from collections.abc import Callable, Sequence
from random import Random

import redis

from tests.loads.stacks import WORKERS, Stack

Fault = Callable[[Stack, Random], None]


def worker_killed(stack: Stack, dice: Random) -> None:
    """Kill -9 a worker."""
    stack.kill(dice.choice(WORKERS))


def workers_killed(stack: Stack, _: Random) -> None:
    """Kill -9 all workers at once."""
    stack.kill(*WORKERS)


def worker_told_to_end(stack: Stack, dice: Random) -> None:
    """End a worker as a new version's rollout does."""
    stack.kill(dice.choice(WORKERS), by=signal.SIGTERM)


def worker_frozen(stack: Stack, dice: Random) -> None:
    """Stop a worker for longer than its lease, and let it go on."""
    name = dice.choice(WORKERS)
    stack.kill(name, by=signal.SIGSTOP)
    time.sleep(float(stack.environment["DRAIN_SECONDS"]) * 1.5 + 1)
    stack.kill(name, by=signal.SIGCONT)


def scheduler_killed(stack: Stack, _: Random) -> None:
    """Kill -9 the scheduler."""
    stack.kill("beat")


def broker_killed(stack: Stack, dice: Random) -> None:
    """Kill -9 the broker, and start it again, empty, a little later."""
    stack.stop_broker()
    time.sleep(dice.uniform(0, 3))
    stack.start_broker()


def broker_emptied(stack: Stack, _: Random) -> None:
    """Lose every hint."""
    with redis.Redis.from_url(stack.servers.redis_url) as client:
        client.flushall()


def broker_cut_off(stack: Stack, _: Random) -> None:
    """Reset all connections to the broker."""
    stack.broker.cut()


def broker_silent(stack: Stack, dice: Random) -> None:
    """Let nothing through to the broker or from it."""
    stack.broker.freeze()
    time.sleep(dice.uniform(1, 4))
    stack.broker.restore()


def database_killed(stack: Stack, dice: Random) -> None:
    """Kill -9 PostgreSQL in the middle of transactions, and start it again."""
    stack.stop_database()
    time.sleep(dice.uniform(0, 1))
    stack.start_database()


def database_cut_off(stack: Stack, _: Random) -> None:
    """Reset all connections to the database."""
    stack.database.cut()


def database_refusing(stack: Stack, dice: Random) -> None:
    """Let nobody connect to the database for a while."""
    stack.database.refuse()
    time.sleep(dice.uniform(0.5, 3))
    stack.database.restore()


KILLS: tuple[Fault, ...] = (
    worker_killed,
    worker_killed,
    workers_killed,
    worker_told_to_end,
    worker_frozen,
    scheduler_killed,
    broker_killed,
    broker_emptied,
    database_killed,
)
# These need the proxies between.
ALL: tuple[Fault, ...] = (*KILLS, broker_cut_off, broker_silent, database_cut_off, database_refusing)


def befall(stack: Stack, dice: Random, kinds: Sequence[Fault]) -> str:
    """Let one fault of these kinds happen and mend it; give its name as words."""
    kind = dice.choice(kinds)
    kind(stack, dice)
    return kind.__name__.replace("_", " ")
