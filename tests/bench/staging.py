"""The service as it is measured: real processes with their usual settings, and nothing between them and the servers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from tests.loads import stacks
from tests.loads.recipients import Played
from tests.loads.stacks import Stack

WORKERS = ("worker-prompt", "worker-slow")
USUAL = {
    "DRAIN_SECONDS": "40",
    "REPLY_SECONDS": "15",
    "SWEEP_SECONDS": "5",
    "LEDGER_SEAL_SECONDS": "10",
    "LOG_LEVEL": "WARNING",
    "CLIENT_REQUESTS_PER_MINUTE": "0",
}


@contextmanager
def running(played: Sequence[Played], *, programs: Sequence[str], **settings: str) -> Iterator[Stack]:
    """Run the service for as long as the block does; `settings` go into the environment after the usual ones.

    One client asks for all, so that its allowance is lifted.
    """
    given: dict[str, Any] = {"is_direct": True, **USUAL, **settings}
    with stacks.running(played, programs=programs, **given) as stack:
        yield stack


def families(stack: Stack, *names: str) -> list[psutil.Process]:
    """Give the processes of these programs with their children."""
    ids = stack.supervisor.process_ids()
    parents = [psutil.Process(ids[name]) for name in names]
    return [each for parent in parents for each in (parent, *parent.children(recursive=True))]


def database(stack: Stack) -> list[psutil.Process]:
    """Give the processes of PostgreSQL."""
    assert stack.servers.cluster is not None
    parent = psutil.Process(stack.servers.cluster.process.pid)
    return [parent, *parent.children(recursive=True)]


def seconds(processes: Iterable[psutil.Process]) -> float:
    """Say how much processor time these have taken, and the children that they have seen end."""
    return sum(map(_seconds, processes))


def _seconds(process: psutil.Process) -> float:
    """Give nothing for one that ends this moment: its parent has it."""
    with suppress(psutil.NoSuchProcess):
        taken = process.cpu_times()
        return float(taken.user + taken.system + taken.children_user + taken.children_system)
    return 0.0


@contextmanager
def administrator(stack: Stack) -> Iterator[Any]:
    """Give a cursor of the database's administrator, each statement of which is a transaction."""
    with stacks.administrator(stack.servers) as cursor:
        yield cursor
