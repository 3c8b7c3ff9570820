"""PostgreSQL and a broker for one machine: those of DATABASE_URL and REDIS_URL or BROKER_URL, or else our own."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from deploy import ports, postgres, rabbitmq, states, valkey

USUAL_POSTGRES_PORT, USUAL_VALKEY_PORT, USUAL_RABBITMQ_PORT = 54320, 63790, 56720

Running = TypeVar("Running")
CANNOT_START = (postgres.CannotStart, valkey.CannotStart, rabbitmq.CannotStart)


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are reached; what is our own carries its process, so that a test may hurt it."""

    database_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    cluster: postgres.Cluster | None = None
    broker: valkey.Broker | rabbitmq.Broker | None = None
    broker_url: str = field(default="", repr=False)

    def environment(self) -> dict[str, str]:
        """Give what the service's processes need."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "BROKER_URL": self.broker_url}

    def owner_environment(self) -> dict[str, str]:
        """Give what a migration needs: the same as the database's owner."""
        return {**self.environment(), "DATABASE_URL": self.owner_url}


@contextmanager
def running(directory: Path, *, is_durable: bool = True, broker: str = "valkey") -> Iterator[Servers]:
    """Run what is needed for as long as the block does; everything of ours lies in `directory`.

    Where no broker is named by the environment, it is one of our own: `valkey` or `rabbitmq`.
    The caller holds the directory (`states.alone`). Raises one of CANNOT_START.
    """
    states.prepare(directory)
    with ExitStack() as stack:
        cluster: postgres.Cluster | None = None
        database_url = owner_url = os.environ.get("DATABASE_URL", "")
        if database_url:
            owner_url = os.environ.get("DATABASE_OWNER_URL", "") or database_url
        else:
            database = partial(postgres.running, directory, is_durable=is_durable)
            cluster = on_a_port(stack, database, USUAL_POSTGRES_PORT)
            database_url, owner_url = cluster.url(postgres.APPLICATION), cluster.url(postgres.OWNER)
        redis_url, broker_url = os.environ.get("REDIS_URL", ""), os.environ.get("BROKER_URL", "")
        ours: valkey.Broker | rabbitmq.Broker | None = None
        if not redis_url and not broker_url:
            ours = _broker(stack, directory, broker)
            redis_url, broker_url = (ours.url, "") if isinstance(ours, valkey.Broker) else ("", ours.url)
        yield Servers(database_url, owner_url, redis_url, cluster, ours, broker_url)


def _broker(stack: ExitStack, directory: Path, which: str) -> valkey.Broker | rabbitmq.Broker:
    password = states.passwords(directory, which)[which]
    if which == "rabbitmq":
        begin = partial(rabbitmq.running, directory, password=password)
        return on_a_port(stack, begin, USUAL_RABBITMQ_PORT)
    return on_a_port(stack, partial(valkey.running, directory, password=password), USUAL_VALKEY_PORT)


def on_a_port(stack: ExitStack, start: Callable[..., AbstractContextManager[Running]], usual: int) -> Running:
    """Run something on its usual port or a free one; where somebody else was quicker to take that, on another."""
    while True:
        port = ports.free(usual)
        try:
            return stack.enter_context(start(port=port))
        except CANNOT_START:
            if ports.free(port) == port:  # that was not why
                raise


def forget(directory: Path) -> None:
    """Remove a directory and what lies elsewhere for it. Raises AlreadyRunning while somebody uses it."""
    if not directory.exists():
        return
    with states.alone(directory):
        home = directory / "postgres"
        if home.is_symlink():
            shutil.rmtree(home.resolve(), ignore_errors=True)
        shutil.rmtree(directory)
