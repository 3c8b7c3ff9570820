"""No database connection crosses a fork: two processes on one socket would read each other's replies."""

import os
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from config import forks

forks.guard()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def in_child(ask: Callable[[], int]) -> int:
    """Give what a forked child answers; 0 stands for a child that failed."""
    read, write = os.pipe()
    if os.fork() == 0:
        answer = 0
        try:
            answer = ask()
        finally:
            os.write(write, str(answer).encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        answer = int(told.read())
    os.wait()
    return answer


@pytest.mark.django_db(transaction=True)
def test_an_idle_connection_is_closed_before_a_fork() -> None:
    before = backend()
    assert in_child(backend) not in {0, before}
    assert backend() != before


@pytest.mark.django_db(transaction=True)
def test_a_fork_in_the_middle_of_a_transaction_leaves_it_to_the_parent() -> None:
    with transaction.atomic():
        before = backend()
        assert in_child(backend) not in {0, before}
        assert backend() == before


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_the_child_would_share_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    before = backend()
    shared = connection.connection
    monkeypatch.setattr(connections, "all", lambda **_: [])

    def same_socket() -> int:
        return 1 if connection.connection is shared and connection.connection.fileno() == shared.fileno() else 2

    assert in_child(same_socket) == 1
    assert backend() == before
