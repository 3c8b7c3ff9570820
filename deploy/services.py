"""The whole service on one machine: servers, migrations, web, two workers and the scheduler."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from deploy import assets, ports, processes, servers, states, translations
from identity import keyrings

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".demo"
USUAL_WEB_PORT = 8000
START_SECONDS = 60
TRIES = 3


class CannotStart(Exception):
    """Something did not start; the message says which, and where its log is."""


FAULTS = (CannotStart, states.AlreadyRunning, states.NotOurs, *servers.CANNOT_START, *assets.FAULTS)


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it is, what its processes are given, and who watches over them."""

    url: str
    directory: Path
    environment: Mapping[str, str] = field(repr=False)
    servers: servers.Servers
    supervisor: processes.Supervisor


@contextmanager
def running(directory: Path, **settings: str) -> Iterator[Service]:
    """Run the service for as long as the block does; further `settings` go into its environment.

    Everything of it is in `directory` and survives. Raises one of FAULTS. Call it from the main thread.
    """
    assets.build()
    translations.build()
    with states.alone(directory), servers.running(directory) as started, processes.Supervisor(directory) as supervisor:
        environment = {**given(directory), **started.environment(), **settings}
        migrate(supervisor, started, environment=environment)
        port = ports.claim(USUAL_WEB_PORT)
        environment["SERVICE_ADDRESS"] = environment.get("SERVICE_ADDRESS") or f"http://{ports.HOST}:{port}"
        supervisor.start(*programs(environment, port=port))
        wait(supervisor, "web", port=port)
        yield Service(f"http://{ports.HOST}:{port}", directory, environment, started, supervisor)


def given(directory: Path) -> dict[str, str]:
    """Give the environment of the service: what is set already, and else what one machine alone needs."""
    metrics = directory / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    keys = directory / "vault-keys.json"
    if not keys.exists():
        states.write_private(keys, keyrings.generate())
    for purpose in ("signing", "events"):
        if not getattr(keyrings.read(keys), purpose):  # kept since before there was anything to sign with it
            states.write_private(keys, keyrings.with_new_version(keys.read_text(), of=purpose))
    alone = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": states.passwords(directory, "secret-key", length=50)["secret-key"],
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "HTTPS_ONLY": "false",
        "DEMONSTRATION": "true",
        "VAULT_KEYS_FILE": str(keys.absolute()),
        # Outside the database; a whole service keeps them outside the machine too (docs/ledger.md, docs/keys.md).
        "LEDGER_HEADS_FILE": str((directory / "ledger-heads").absolute()),
        "ERASURES_FILE": str((directory / "erasures").absolute()),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics.absolute()),
    }
    # What may migrate is for migrations alone.
    return {name: value for name, value in {**alone, **os.environ}.items() if name != "DATABASE_OWNER_URL"}


def commands(supervisor: processes.Supervisor, *several: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run commands of ``manage.py`` one after the other, in one process. Raises CannotStart."""
    log = supervisor.log("manage")
    with log.open("ab") as output:
        result = subprocess.run(
            [sys.executable, ROOT / "manage.py", "steps"],
            env=environment,
            input=json.dumps(several).encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode:
        words = "` or `".join(" ".join(each) for each in several)
        raise CannotStart(f"`manage.py {words}` failed; {log} says why.")


def migrate(supervisor: processes.Supervisor, started: servers.Servers, *, environment: Mapping[str, str]) -> None:
    """Bring the database up to date as its owner, and give the application's role its rights."""
    as_owner = {**environment, **started.owner_environment(), "STATEMENT_SECONDS": "0"}
    steps = [["migrate", "--no-input"]]
    role = urlsplit(started.database_url).username
    if role and role != urlsplit(started.owner_url).username:
        steps.append(["grant_application_role", role])
    commands(supervisor, *steps, environment=as_owner)


def programs(environment: Mapping[str, str], *, port: int) -> list[processes.Program]:
    """Name what runs beside the servers."""
    web = ["gunicorn", "-c", "python:config.web", "--bind", f"{ports.HOST}:{port}", "config.wsgi"]
    celery = ["celery", "-A", "config", "--quiet"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle"]
    commands = {
        "web": web,
        "worker-prompt": [*worker, "-Q", "prompt", "-n", "prompt@%h"],
        "worker-slow": [*worker, "-Q", "prompt,slow", "-n", "slow@%h"],
        "beat": [*celery, "beat"],
    }
    here = {**environment, "PYTHONPATH": str(ROOT)}
    return [processes.Program(name, [sys.executable, "-m", *words], here) for name, words in commands.items()]


def wait(supervisor: processes.Supervisor, name: str, *, port: int) -> None:
    """Wait until a program listens on its port. Raises CannotStart."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection((ports.HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
        if supervisor.restarts()[name] >= TRIES:
            break
    raise CannotStart(f"{name} does not start; {supervisor.log(name)} says why.")
