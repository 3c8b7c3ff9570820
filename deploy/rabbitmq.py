"""A RabbitMQ of our own, from the machine's package: all of it lies in one directory, and nothing of it stays behind.

It has a name server (epmd) of its own, since the one that Erlang would start by itself outlives whoever needed it.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import amqp

from deploy import leashes, ports, states

# Debian's command on the path is a wrapper that wants to be root and becomes another; this is the program itself.
DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
USER = "tellusonce"
START_SECONDS, STOP_SECONDS = 120, 20


class CannotStart(Exception):
    """No server was found or it did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running RabbitMQ, and with what it is started again."""

    url: str = field(repr=False)
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str] = field(repr=False)


def found_server() -> Path:
    """Find the program. Raises CannotStart."""
    if DEBIAN.exists():
        return DEBIAN
    if on_path := shutil.which("rabbitmq-server"):
        return Path(on_path)
    raise CannotStart(
        "No RabbitMQ was found: set BROKER_URL to one that runs, or install the package `rabbitmq-server`."
    )


@contextmanager
def running(directory: Path, *, port: int, password: str) -> Iterator[Broker]:
    """Run the broker for as long as the block does. Raises CannotStart."""
    server, name_server = found_server(), shutil.which("epmd")
    if name_server is None:
        raise CannotStart(
            "RabbitMQ needs Erlang's `epmd`, which is not on the path: install the package `erlang-base`."
        )
    home, names_port = directory / "rabbitmq", ports.free()
    home.mkdir(exist_ok=True)
    states.write_private(home / "rabbitmq.conf", _configuration(port, password))
    environment = _environment(home, names_port)
    log = directory / "rabbitmq.log"
    with ExitStack() as stack:
        names = leashes.start([name_server, "-port", str(names_port), "-address", ports.HOST], log=log)
        stack.callback(leashes.stop, names)
        process = leashes.start([server], log=log, environment=environment)
        stack.callback(leashes.stop, process, within_seconds=STOP_SECONDS)
        broker = Broker(f"amqp://{USER}:{password}@{ports.HOST}:{port}//", process, environment)
        wait(broker, log=log)
        yield broker


def _configuration(port: int, password: str) -> str:
    return (
        f"listeners.tcp.1 = {ports.HOST}:{port}\ndefault_user = {USER}\ndefault_pass = {password}\n"
        "default_user_tags.administrator = false\nlog.file = false\nlog.console = true\nlog.console.level = warning\n"
        "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 256MB\n"
    )


def _environment(home: Path, names_port: int) -> dict[str, str]:
    """Give all that decides where something lies or listens, and nothing of the machine's own settings."""
    return {
        "PATH": os.pathsep.join(os.get_exec_path()),
        "HOME": str(home.absolute()),  # of the secret that its commands share with it
        "LANG": "C.UTF-8",
        "RABBITMQ_NODENAME": "tellusonce@localhost",
        "RABBITMQ_CONFIG_FILE": str((home / "rabbitmq.conf").absolute()),
        "RABBITMQ_CONF_ENV_FILE": str((home / "none").absolute()),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str((home / "plugins").absolute()),
        "RABBITMQ_MNESIA_BASE": str((home / "kept").absolute()),
        "RABBITMQ_LOG_BASE": str((home / "logs").absolute()),
        "RABBITMQ_GENERATED_CONFIG_DIR": str((home / "generated").absolute()),
        "RABBITMQ_DIST_PORT": str(ports.free()),
        "ERL_EPMD_PORT": str(names_port),
        "ERL_EPMD_ADDRESS": ports.HOST,
        "ERL_CRASH_DUMP_BYTES": "0",
        # One thread is enough for hints.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        # The script becomes the server, instead of standing in front of it.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def wait(broker: Broker, *, log: Path) -> None:
    """Wait until it takes connections. Raises CannotStart."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and broker.process.poll() is None:
        if answers(broker):
            return
        time.sleep(0.1)
    raise CannotStart(f"RabbitMQ did not start; {log} says why.")


def answers(broker: Broker) -> bool:
    """Whether it lets us in."""
    at, _, host = broker.url.removeprefix("amqp://").rstrip("/").rpartition("@")
    try:
        with amqp.Connection(host, userid=USER, password=at.partition(":")[2], connect_timeout=2):
            return True
    except (OSError, amqp.AMQPError):
        return False
