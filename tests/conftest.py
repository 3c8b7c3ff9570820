"""Servers for the tests: started when the first test asks, gone when the last one ends.

Tests connect as `tuo_test`, which has the rights of the application's role, so that a write to an append-only table
fails in a test as it would in service. It has two more: it may truncate, as the end of a transactional test does, and
the clock of the database listens to it alone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, settings
from psycopg2.sql import SQL, Identifier, Literal
from pytest_django.plugin import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from adapters.egress import Egress
from deploy import assets, ports, postgres, servers, states, translations
from deploy import valkey as valkeys
from tests import environment
from tests.simulator.peers import Running

# How long a machine takes over an example says nothing about the code; nor is a build there to look for new ones.
settings.register_profile(
    "ours", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.register_profile("fuzz", parent=settings.get_profile("ours"), max_examples=2000)
settings.load_profile("ours")
TESTS = Path(__file__).parent
KEPT = TESTS.parent / ".test"
# Tests that stay together and come first when tests run side by side, by their folder: what they start is costly, is
# started once, and takes the usual ports. The tests of any other file stay together, and need nothing of another's.
TOGETHER = {"journeys": "processes", "ground": "processes", "browser": "browser"}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make ready what every test finds: the pages' styles and scripts, translations, nothing of runs that were killed.

    Before any test is read, since reading some makes the application; and once, by the process that starts the others.
    """
    if hasattr(session.config, "workerinput"):
        return
    assets.build()
    translations.build()
    for directory in KEPT.glob("*"):
        forget(directory)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those first that take longest."""
    places = {folder: place for place, folder in enumerate(TOGETHER)}
    items.sort(key=lambda item: places.get(_folder(item.nodeid), len(places)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Say which tests stay together."""
    return Together(config, log)


class Together(LoadScopeScheduling):
    """Gives a process all that stays together."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER.get(_folder(nodeid), nodeid.split("::", maxsplit=1)[0])


def _folder(nodeid: str) -> str:
    return nodeid.split("/")[1]


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Stretch no password: in service that is to take a quarter of a second each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1000)
        yield


@pytest.fixture(autouse=True)
def usual_language() -> Iterator[None]:
    """Leave no language to the next test that a page was asked for in this one."""
    with translation.override("en-gb"):
        yield


@pytest.fixture(scope="session")
def state() -> Iterator[Path]:
    """Give the directory of this run's servers."""
    directory = KEPT / str(os.getpid())
    forget(directory)
    with states.alone(directory):
        yield directory
    servers.forget(directory)


def forget(directory: Path) -> None:
    """Remove what a run left, unless it still runs."""
    try:
        servers.forget(directory)
    except states.AlreadyRunning:
        return


@dataclass(frozen=True, slots=True)
class Authority:
    """Addresses of the server: under a role that may create databases and roles, and under the database's owner."""

    administrator: str
    owner: str


@pytest.fixture(scope="session")
def authority(state: Path) -> Iterator[Authority]:
    """Start PostgreSQL, unless one was given."""
    if given := environment.given_database_url:
        yield Authority(given, given)
        return
    port = ports.number(environment.held_for_postgres)
    environment.held_for_postgres.close()
    with postgres.running(state, port=port, is_durable=False) as cluster:
        yield Authority(cluster.url(postgres.ADMINISTRATOR, database="postgres"), cluster.url(postgres.OWNER))


def run(url: str, *statements: Any) -> None:
    """Execute statements, each in its own transaction."""
    administrator = psycopg2.connect(url)
    administrator.autocommit = True
    try:
        with administrator.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        administrator.close()


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Let Django connect as the one whom an address names for as long as the block runs."""
    whom = urlsplit(url)
    usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=whom.username, PASSWORD=whom.password)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


@pytest.fixture(scope="session")
def django_db_setup(authority: Authority, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make the tests' database: migrated by its owner, rights granted, and from then on reached as `tuo_test`."""
    role, database = Identifier(environment.ROLE), Identifier(environment.DATABASE)
    owner = Identifier(str(urlsplit(authority.owner).username))
    make_roles(authority)
    run(authority.administrator, SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
    with django_db_blocker.unblock(), connected(authority.owner):
        call_command("migrate", verbosity=0)
        call_command("grant_application_role", postgres.APPLICATION)
        with connection.cursor() as cursor:
            cursor.execute(SQL("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {}").format(role))
    yield
    with django_db_blocker.unblock():
        connection.close()
    run(authority.administrator, SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def make_roles(authority: Authority) -> None:
    """Make the application's role, and the tests' as a member of it."""
    application, role = Identifier(postgres.APPLICATION), Identifier(environment.ROLE)
    unless_there = SQL("DO $$ BEGIN CREATE ROLE {}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    run(
        authority.administrator,
        unless_there.format(application),
        unless_there.format(role),
        SQL("ALTER ROLE {} LOGIN INHERIT PASSWORD {}").format(role, Literal(environment.PASSWORD)),
        SQL("GRANT {} TO {}").format(application, role),
    )


@pytest.fixture
def as_owner(authority: Authority, transactional_db: None) -> Iterator[None]:
    """Let the whole test connect as the owner of the database."""
    with connected(authority.owner):
        yield


@pytest.fixture(scope="session")
def broker(state: Path) -> Iterator[str]:
    """Give the address of a running Valkey."""
    if environment.given_redis_url:
        yield environment.given_redis_url
        return
    port = ports.number(environment.held_for_valkey)
    environment.held_for_valkey.close()
    with valkeys.running(state, port=port, password=environment.valkey_password) as running:
        yield running.url


@pytest.fixture
def valkey(broker: str) -> Iterator[redis.Redis]:
    """Give a client of an empty Valkey."""
    with redis.Redis.from_url(broker) as client:
        client.flushall()
        yield client


@pytest.fixture
def far_end(tmp_path: Path) -> Iterator[Running]:
    """Give a simulator that is not yet playing anybody."""
    running = Running(tmp_path)
    yield running
    running.end()
    Egress.shared().close()
    Egress._forget()
