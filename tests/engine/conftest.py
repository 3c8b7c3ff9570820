"""A far end for the engine's tests: the simulator, in a thread, with any recipients they ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.egress import Egress
from tests.simulator.peers import Running


@pytest.fixture
def far_end(tmp_path: Path) -> Iterator[Running]:
    """Give a simulator that is not yet playing anybody."""
    running = Running(tmp_path)
    yield running
    running.end()
    Egress.shared().close()
    Egress._forget()
