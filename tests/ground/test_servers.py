"""PostgreSQL and Valkey of our own, and those that were given."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

from deploy import leashes, ports, postgres, rabbitmq, servers, states, valkey
from tests.ground.test_processes import has_gone, until

LAUNCHER = """
import signal, sys
from pathlib import Path
from deploy import servers, states
directory = Path(sys.argv[1])
with states.alone(directory), servers.running(directory) as started:
    print(started.cluster.process.pid, started.broker.process.pid, started.owner_url, flush=True)
    signal.pause()
"""


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BROKER_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Give a directory that nobody else can enter, so that PostgreSQL's files have to lie elsewhere for root."""
    yield tmp_path / "closed" / "kept"
    servers.forget(tmp_path / "closed" / "kept")


def ask(url: str, statement: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def test_what_was_committed_survives_a_killed_launcher_and_nothing_keeps_running(directory: Path) -> None:
    directory.parent.mkdir(mode=0o700)
    command = [sys.executable, "-c", LAUNCHER, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout
        database, broker, owner_url = launcher.stdout.readline().split()
        ask(owner_url, "CREATE TABLE kept AS SELECT 'still here' AS word")
        launcher.kill()
    assert until(lambda: has_gone(int(database)) and has_gone(int(broker)))
    with states.alone(directory), servers.running(directory) as started:
        assert ask(started.owner_url, "SELECT word FROM kept") == ("still here",)
        assert ask(started.owner_url, "SHOW fsync") == ("on",)
        assert ask(started.owner_url, "SHOW max_connections") == ("200",)
        with redis.Redis.from_url(started.redis_url) as client:
            assert client.ping()
        assert_roles_are_apart(started)
        assert_files_are_private(directory)


def assert_roles_are_apart(started: servers.Servers) -> None:
    rights = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert ask(started.database_url, rights) == (False, False, False, False)
    assert ask(started.owner_url, rights) == (False, False, False, True)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(started.database_url, "CREATE TABLE mine (id int)")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(started.database_url.replace("://tuo_application:", "://tuo_application:x"), rights)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(started.redis_url.replace("://:", "://:x")).ping()
    assert started.environment()["DATABASE_URL"] == started.database_url
    assert started.owner_environment()["DATABASE_URL"] == started.owner_url
    assert "tuo_owner" not in repr(started)


def assert_files_are_private(directory: Path) -> None:
    for name in ("passwords.json", "valkey.conf"):
        assert (directory / name).stat().st_mode & 0o077 == 0
    data = (directory / "postgres").resolve() / "data"
    assert data.stat().st_mode & 0o077 == 0
    assert (data.stat().st_uid != 0) or os.geteuid() != 0


def test_a_directory_is_held_by_one_launcher_at_a_time(tmp_path: Path) -> None:
    with states.alone(tmp_path):
        with pytest.raises(
            states.AlreadyRunning, match=rf"already running .*process {os.getpid()}\): stop that one first"
        ):
            states.alone(tmp_path).__enter__()
        with pytest.raises(states.AlreadyRunning):
            servers.forget(tmp_path)
    servers.forget(tmp_path)
    assert not tmp_path.exists()
    servers.forget(tmp_path)


def test_servers_that_were_given_are_used_and_none_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://application@db.example/service")
    monkeypatch.setenv("REDIS_URL", "redis://broker.example/1")
    with servers.running(tmp_path) as started:
        assert started.database_url == started.owner_url == "postgresql://application@db.example/service"
        assert started.redis_url == "redis://broker.example/1"
        assert (started.cluster, started.broker) == (None, None)
    monkeypatch.setenv("BROKER_URL", "amqp://broker.example//")
    with servers.running(tmp_path) as started:
        assert (started.broker, started.environment()["BROKER_URL"]) == (None, "amqp://broker.example//")
    monkeypatch.delenv("BROKER_URL")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@db.example/service")
    with servers.running(tmp_path) as started:
        assert started.owner_environment()["DATABASE_URL"] == "postgresql://owner@db.example/service"


def test_a_port_that_is_taken_is_left_to_its_holder() -> None:
    with ports.hold() as held:
        assert ports.free(ports.number(held)) != ports.number(held)
        assert ports.claim(ports.number(held)) != ports.number(held)
    usual = ports.number(held := ports.hold())
    held.close()
    assert ports.free(usual) == usual


def test_of_two_that_start_at_once_each_claims_a_port_of_its_own() -> None:
    with ports.hold() as held:
        usual = ports.number(held)
    told = f"from deploy import ports; print(ports.claim({usual}), flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdin is not None
    assert other.stdout is not None
    with other:
        assert int(other.stdout.readline()) == usual
        assert ports.claim(usual) != usual, "it has been chosen, although nobody listens yet"
        other.stdin.write("\n")
    assert ports.claim(usual) == usual
    assert ports.claim(usual) == usual


def test_a_server_that_cannot_start_is_said_in_a_sentence(tmp_path: Path) -> None:
    with (
        ports.hold() as held,
        pytest.raises(valkey.CannotStart, match=r"valkey\.log says why"),
        valkey.running(states.prepare(tmp_path), port=ports.number(held), password="x"),
    ):
        pass


def test_a_missing_server_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("pathlib.Path.glob", lambda *_: iter(()))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(postgres.CannotStart, match="set DATABASE_URL"):
        postgres.found_binaries()
    with pytest.raises(valkey.CannotStart, match="set REDIS_URL"):
        valkey.found_server()
    monkeypatch.setattr("deploy.rabbitmq.DEBIAN", tmp_path / "nothing")
    with pytest.raises(rabbitmq.CannotStart, match="set BROKER_URL"):
        rabbitmq.found_server()


def test_a_program_of_the_machine_does_where_the_wheel_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    embedded = postgres.found_binaries()
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {embedded}/{name} "$@"\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "redis-server").touch(mode=0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("pathlib.Path.glob", lambda *_: iter(()))
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert postgres.found_binaries() == tmp_path
    assert valkey.found_server() == tmp_path / "redis-server"


def test_programs_that_an_unprivileged_account_cannot_reach_are_copied(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "unprivileged", lambda: "nobody")
    monkeypatch.setattr(postgres, "can_use", lambda _, **__: False)
    copied = postgres.usable_binaries(tmp_path)
    assert copied.is_relative_to(tmp_path)
    assert postgres.version(copied) == postgres.version(postgres.found_binaries())
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in (copied, copied / "postgres"))
    (copied / "postgres").touch()
    made = (copied / "postgres").stat().st_mtime
    assert postgres.usable_binaries(tmp_path) == copied
    assert (copied / "postgres").stat().st_mtime == made


def test_a_data_directory_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "unprivileged", lambda: None)
    monkeypatch.setattr(postgres, "version", lambda _: 16)
    (tmp_path / "initdb").write_text("#!/bin/sh\nmkdir $2; echo 'No space left on device' >&2; exit 1\n")
    (tmp_path / "initdb").chmod(0o755)
    with pytest.raises(postgres.CannotStart, match="No space left on device"):
        postgres.initialise(tmp_path, tmp_path, password="secret")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.draft", "initdb"]
    assert not (tmp_path / "data").exists()


def test_a_database_that_cannot_start_is_said_in_a_sentence(tmp_path: Path) -> None:
    process = leashes.start([sys.executable, "-c", ""], log=tmp_path / "log")
    process.wait()
    with pytest.raises(postgres.CannotStart, match="did not start"):
        postgres.wait(postgres.Cluster(ports.free(), {"tuo_admin": "x"}, process), log=tmp_path / "log")


def test_a_directory_of_somebody_else_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    with pytest.raises(states.NotOurs, match="belongs to another account"):
        states.prepare(tmp_path)


def test_passwords_are_made_once(tmp_path: Path) -> None:
    first = states.passwords(tmp_path, "one")
    both = states.passwords(tmp_path, "one", "two")
    assert both["one"] == first["one"] != both["two"]
    assert states.passwords(tmp_path, "two") == {"two": both["two"]}


def test_a_broker_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    with valkey.running(states.prepare(tmp_path), port=ports.free(), password="secret") as broker:
        os.kill(broker.process.pid, signal.SIGSTOP)
        os.kill(broker.process.pid, signal.SIGCONT)
        assert broker.process.poll() is None
    assert has_gone(broker.process.pid)


def test_whoever_finds_the_port_taken_meanwhile_starts_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = ports.hold()
    given = iter([ports.number(taken)])
    usually = ports.free
    monkeypatch.setattr(ports, "free", lambda usual=0: next(given, None) or usually(usual))

    @contextmanager
    def start(*, port: int) -> Iterator[int]:
        if port == ports.number(taken):
            raise valkey.CannotStart("It did not start.")
        yield port

    with ExitStack() as stack, taken:
        assert servers.on_a_port(stack, start, 0) != ports.number(taken)


def test_what_does_not_start_for_another_reason_is_not_tried_again() -> None:
    tries: list[int] = []

    def start(*, port: int) -> ExitStack:
        tries.append(port)
        raise valkey.CannotStart("It did not start.")

    with ExitStack() as stack, pytest.raises(valkey.CannotStart):
        servers.on_a_port(stack, start, 0)
    assert len(tries) == 1
