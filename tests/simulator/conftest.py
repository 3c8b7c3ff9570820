"""A simulator in a process of its own, and a service for it to talk to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.simulator.peers import FakeService, Running


@pytest.fixture
def service() -> Iterator[FakeService]:
    """A service that hands out tokens, takes confirmations and has an inbox."""
    with FakeService() as fake:
        yield fake


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Running]:
    """A simulator to start, kill and start again; its books lie in the test's own folder."""
    running = Running(tmp_path)
    with contextmanager(running.lasting)():
        yield running
