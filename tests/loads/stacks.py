"""The service under load: servers, web, workers, scheduler and simulator as real processes, which a test may hurt.

Between the service and its database, and between it and its broker, stands a proxy each (`proxies`). Whatever is killed
of the programs is started again within a second, as whoever runs the service would see to.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2

from deploy import (
    assets,
    leashes,
    ports,
    postgres,
    processes,
    rabbitmq,
    servers,
    services,
    states,
    translations,
    valkey,
)
from deploy.demo import calls, stages
from deploy.demo.calls import Login, System
from deploy.demo.players import RECIPIENT_SCOPES
from tests.loads import prepared, proxies, recipients
from tests.loads.proxies import Proxy
from tests.loads.recipients import Played

JSON = Any
ALL = ("web", "worker-prompt", "worker-slow", "beat", "simulator")
WORKERS = ("worker-prompt", "worker-slow")
# A lease that is over soon, so that what a killed worker had in hand is soon taken up again.
QUICK = {"DRAIN_SECONDS": "4", "REPLY_SECONDS": "2", "SWEEP_SECONDS": "1", "LEDGER_SEAL_SECONDS": "2"}
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 120.0


class TooLong(AssertionError):
    """Something did not come to be in time; the message says what."""


@dataclass(slots=True)
class Stack:
    """A running service under load."""

    directory: Path
    url: str
    simulator_url: str
    environment: Mapping[str, str] = field(repr=False)
    servers: servers.Servers
    supervisor: processes.Supervisor
    database: Proxy
    broker: Proxy
    recipients: Sequence[Played]
    logins: Mapping[str, Login] = field(repr=False)
    office: System = field(repr=False)  # acts as whoever starts and submits reports
    programs: Mapping[str, processes.Program] = field(repr=False)
    exits: ExitStack

    @property
    def books(self) -> Path:
        """The simulator's books."""
        return self.directory / "books.jsonl"

    @property
    def owed(self) -> Path:
        """What is owed, a line for each report, written before it is submitted."""
        return self.directory / "owed.jsonl"

    def start(self, *names: str) -> None:
        """Start programs that were not started yet."""
        self.supervisor.start(*(self.programs[name] for name in names))

    def kill(self, *names: str, by: signal.Signals = signal.SIGKILL) -> None:
        """Send programs a signal; one that ends is started again."""
        for name in names:
            os.kill(self.supervisor.process_ids()[name], by)

    def restarted(self, name: str) -> int:
        """Say how often a program had to be started again."""
        return self.supervisor.restarts()[name]

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask the database as its administrator, past the proxy."""
        with administrator(self.servers) as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def wait_for(self, what: Callable[[], object], *, seconds: float = PATIENCE_SECONDS, why: str = "") -> None:
        """Wait until something is so. Raises TooLong."""
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until:
                raise TooLong(why or "It did not come to be in time.")
            time.sleep(LOOK_SECONDS)

    def metric(self, name: str, **labels: str) -> float:
        """Read a metric as Prometheus does: the sum over all label values that are not named; 0 if there is none."""
        heard = calls.insist("GET", f"{self.url}/metrics", headers={}).body.decode()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        lines = [line for line in heard.splitlines() if line.split("{")[0].split(" ")[0] == name]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if all(each in line for each in wanted))

    def has_logged(self, words: str, *, by: str = "") -> bool:
        """Whether some program wrote this into its log; `by` begins the program's name."""
        files = (self.directory / "logs").glob(f"{by}*.log")
        return any(words in file.read_text(errors="replace") for file in files)

    def stop_database(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End PostgreSQL: at once, or by SIGINT as an operator does."""
        cluster = self.servers.cluster
        assert cluster is not None
        # The children of one that was killed hold the shared memory for a moment.
        children = psutil.Process(cluster.process.pid).children()
        cluster.process.send_signal(by)
        cluster.process.wait(60)
        psutil.wait_procs(children, timeout=60)

    def start_database(self) -> None:
        """Start PostgreSQL again, on the files that are there."""
        cluster = self.servers.cluster
        assert cluster is not None
        log = self.directory / "postgres.log"
        user = postgres.unprivileged()
        process = leashes.start(list(cluster.process.args), log=log, user=user, farewell=signal.SIGINT)  # type: ignore[arg-type]
        self.exits.callback(leashes.stop, process, by=signal.SIGINT, within_seconds=60)
        again = replace(cluster, process=process)
        self.servers = replace(self.servers, cluster=again)
        postgres.wait(again, log=log)

    def stop_broker(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End the broker; whatever it held is gone."""
        assert self.servers.broker is not None
        self.servers.broker.process.send_signal(by)
        self.servers.broker.process.wait(20)

    def start_broker(self) -> None:
        """Start the broker again: a Valkey empty, a RabbitMQ with what it had kept."""
        broker = self.servers.broker
        assert broker is not None
        is_rabbitmq = isinstance(broker, rabbitmq.Broker)
        log = self.directory / ("rabbitmq.log" if is_rabbitmq else "valkey.log")
        environment = broker.environment if isinstance(broker, rabbitmq.Broker) else None
        process = leashes.start(list(broker.process.args), log=log, environment=environment)  # type: ignore[arg-type]
        self.exits.callback(leashes.stop, process)
        again = replace(broker, process=process)
        self.servers = replace(self.servers, broker=again)
        if isinstance(again, rabbitmq.Broker):
            rabbitmq.wait(again, log=log)
        else:
            valkey.wait(again, log=log)

    def manage(self, *command: str) -> None:
        """Run a command of ``manage.py``. Raises services.CannotStart when it fails."""
        services.commands(self.supervisor, command, environment=self.environment)

    def apply(self, changed: Sequence[Played]) -> None:
        """Bring another catalogue into force, as an operator does."""
        self.recipients = changed
        folder = self.directory / "catalogue"
        folder.mkdir(exist_ok=True)
        (folder / "loads.yaml").write_text(recipients.catalogue(changed), encoding="utf-8")
        self.manage("catalogue", "apply", str(folder), "--set", f"simulator={self.simulator_url}")


@contextmanager
def administrator(started: servers.Servers) -> Iterator[Any]:
    """Give a cursor of the database's administrator, each statement of which is a transaction."""
    assert started.cluster is not None
    connection = psycopg2.connect(started.cluster.url(postgres.ADMINISTRATOR))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def running(
    played: Sequence[Played],
    *,
    programs: Sequence[str] = ALL,
    is_durable: bool = True,
    is_direct: bool = False,
    broker: str = "valkey",
    **settings: str,
) -> Iterator[Stack]:
    """Run it for as long as the block does, in a new directory; raises one of services.FAULTS.

    `broker` is `valkey` or `rabbitmq`. `programs` are those to start; the others may be started later. `settings` go
    into the environment, after QUICK. With `is_direct` nothing goes through the proxies, which cost time.
    """
    assets.build()
    translations.build()
    with ExitStack() as exits:
        directory = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="tuo-load-"))) / "kept"
        exits.callback(servers.forget, directory)
        exits.enter_context(_without_given_servers())
        exits.enter_context(states.alone(directory))
        prepared.copy_into(directory)
        started = exits.enter_context(servers.running(directory, is_durable=is_durable, broker=broker))
        supervisor = processes.Supervisor(directory)
        if is_direct:
            settings = {**started.environment(), **settings}
        stack = _stack(directory, played, started, supervisor, exits, settings)
        exits.enter_context(supervisor)  # its programs end before the proxies do: whoever called one then was left over
        stack.start(*(name for name in ALL if name in programs))
        stack.apply(played)  # while the programs start: each of both keeps a core busy for seconds
        _wait(stack, programs)
        yield stack


@contextmanager
def _without_given_servers() -> Iterator[None]:
    """Start servers of our own, whichever the environment names: they are to be hurt."""
    kept = {name: os.environ.pop(name) for name in GIVEN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


# Of the tests' own environment nothing is to be seen here.
GIVEN = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY", "ALLOWED_HOSTS", "HTTPS_ONLY"),
    *("VAULT_KEYS", "SERVICE_ADDRESS", "DJANGO_SETTINGS_MODULE", "LOG_LEVEL"),
)


def _stack(
    directory: Path,
    played: Sequence[Played],
    started: servers.Servers,
    supervisor: processes.Supervisor,
    exits: ExitStack,
    settings: Mapping[str, str],
) -> Stack:
    assert started.cluster is not None
    database = exits.enter_context(proxies.running(started.cluster.port))
    broker_url = started.broker_url or started.redis_url
    broker = exits.enter_context(proxies.running(int(urlsplit(broker_url).port or 0)))
    web_port, simulator_port = ports.free(), ports.free()
    url = f"http://{ports.HOST}:{web_port}"
    environment = {
        **services.given(directory),
        "DATABASE_URL": _through(started.database_url, database),
        "REDIS_URL": "",
        "BROKER_URL": _through(broker_url, broker),
        "SERVICE_ADDRESS": url,
        "EGRESS_PRIVATE_NETWORKS": "127.0.0.0/8",
        **QUICK,
        **settings,
    }
    secrets = states.passwords(directory, *recipients.CLIENTS)
    logins = {name: Login(name, secret) for name, secret in secrets.items()}
    programs = {each.name: each for each in services.programs(environment, port=web_port)}
    command: list[str | Path] = [sys.executable, "-m", "adapters.simulator", "--config", directory / "simulator.yaml"]
    programs["simulator"] = processes.Program("simulator", command, {**environment, "PYTHONPATH": str(services.ROOT)})
    stack = Stack(
        directory,
        url,
        f"http://{ports.HOST}:{simulator_port}",
        environment,
        started,
        supervisor,
        database,
        broker,
        played,
        logins,
        System(url, logins[recipients.OFFICE]),
        programs,
        exits,
    )
    _write_simulator(stack, simulator_port)
    return stack


def _through(url: str, proxy: Proxy) -> str:
    at = urlsplit(url)
    return at._replace(netloc=f"{at.netloc.rpartition(':')[0]}:{proxy.port}").geturl()


def _write_simulator(stack: Stack, port: int) -> None:
    system = stack.logins[recipients.SYSTEM]
    config = {
        "port": port,
        "books": str(stack.books),
        "service": {"url": stack.url, "token_url": f"{stack.url}/oauth/token/", "longest_pause_s": 2},
        "clients": {
            recipients.ORGANISATION: {
                "id": system.client_id,
                "secret": system.secret,
                "scope": " ".join(RECIPIENT_SCOPES),
            }
        },
        "recipients": [each.as_played() for each in stack.recipients],
    }
    states.write_private(stack.directory / "simulator.yaml", json.dumps(config, default=str))


def _wait(stack: Stack, programs: Sequence[str]) -> None:
    if "web" in programs:
        stages.wait(f"{stack.url}/healthz")
    if "simulator" in programs:
        stages.wait(f"{stack.simulator_url}/books")
