"""A simulator in a process of its own, and a service for it to talk to."""

from collections.abc import Iterator
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
    """A simulator to start, on a thread; its books lie in the test's own folder."""
    running = Running(tmp_path)
    yield running
    running.end()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Running]:
    """A simulator to start as a process, to kill and to start again."""
    running = Running(tmp_path, is_process=True)
    yield running
    running.end()
