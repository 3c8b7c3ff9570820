"""A database with every migration, made once: to migrate takes longer than most of what is played on it."""

import atexit
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy import postgres, processes, servers, services, states

# The passwords of its roles, and the keys that its first rows may be signed with.
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
