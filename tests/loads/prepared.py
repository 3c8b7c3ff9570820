"""A database with every migration and the systems that may call, made once: it takes longer than most plays on it."""

import atexit
import functools
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy import postgres, processes, servers, services, states
from tests.loads import recipients

# The passwords of its roles and of the systems, and the keys that its first rows may be signed with.
SECRETS = ("passwords.json", "vault-keys.json")


@functools.cache
def _database() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="tuo-load-")) / "kept"
    atexit.register(forget)
    with (
        states.alone(directory),
        servers.running(directory, is_durable=False) as started,
        processes.Supervisor(directory) as supervisor,
    ):
        environment = {**services.given(directory), **started.environment(), "SERVICE_ADDRESS": "http://127.0.0.1"}
        services.migrate(supervisor, started, environment=environment)
        clients = recipients.clients(states.passwords(directory, *recipients.CLIENTS))
        states.write_private(directory / "clients.json", json.dumps(clients))
        services.commands(supervisor, ["client", "import", str(directory / "clients.json")], environment=environment)
    return directory


def forget() -> None:
    """Remove it, if it was made; a worker of pytest-xdist ends without what is registered for the end."""
    if _database.cache_info().currsize:
        directory = _database()
        servers.forget(directory)
        shutil.rmtree(directory.parent)
        _database.cache_clear()


def copy_into(directory: Path) -> None:
    """Let a new directory begin with that database; the caller holds it alone. Raises one of services.FAULTS."""
    of = _database()
    for name in SECRETS:
        shutil.copy2(of / name, directory / name)
    here = postgres.place(directory)
    subprocess.run(["/bin/cp", "-a", f"{(of / 'postgres').resolve()}/.", here], check=True)
