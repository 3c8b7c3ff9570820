"""``--faults`` plays the whole suite, without it what is marked `short`; the figures go into a table at the end."""

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from tests.faults import tables
from tests.faults.tables import Row
from tests.loads import prepared
from tests.loads.reckonings import Reckoning

HERE = Path(__file__).parent
rows: list[Row] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say what `make faults` adds."""
    parser.addoption("--faults", action="store_true", help="run all of the fault suite, and print its table")
    parser.addoption("--seed", type=int, default=1, help="what the fault suite draws its chances from")


def is_whole(config: pytest.Config) -> bool:
    """Whether all faults are to be played; no option of ours is known where pytest was not told of this folder."""
    return bool(config.getoption("--faults", default=False))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long ones to `make faults`."""
    if is_whole(config):
        return
    ours = [item for item in items if HERE in item.path.parents]
    long = [item for item in ours if item.get_closest_marker("fault") and not item.get_closest_marker("short")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in set(long)]


@dataclass(slots=True)
class Tally:
    """What a test says of the fault that it played, for the table."""

    fault: str
    what: str
    seed: int
    began: float = field(default_factory=time.monotonic)
    recovered: float | None = None
    reckonings: list[Reckoning] = field(default_factory=list)

    def mended(self) -> None:
        """Say that the fault is over: from now on it counts how long the service takes to recover."""
        self.began, self.recovered = time.monotonic(), None

    def well(self) -> None:
        """Say that all is told."""
        self.recovered = time.monotonic() - self.began

    def hold(self, reckoning: Reckoning) -> None:
        """Note what was found, and let the test fail where an invariant does not hold."""
        if self.recovered is None:
            self.well()
        self.reckonings.append(reckoning)
        assert reckoning.holds, reckoning


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Remove the database from which the plays began."""
    yield
    prepared.forget()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Give the test's line of the table: the fault that its mark names, and its own name as a sentence."""
    mark = request.node.get_closest_marker("fault")
    made = Tally(
        mark.args[0],
        request.node.name.removeprefix("test_").replace("_", " "),
        int(request.config.getoption("--seed", 1)),
    )
    yield made
    report = getattr(request.node, "report", None)
    rows.append(tables.row(made.fault, made.what, made.reckonings, made.recovered, held=bool(report and report.passed)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the tally know how its test ended."""
    report = yield
    if report.when == "call":
        item.report = report  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Print the table."""
    if is_whole(config) and rows:
        Console(width=160).print(tables.table(rows))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the figures, as the last line of all."""
    if is_whole(config) and rows:
        print(json.dumps(tables.figures(rows)))  # noqa: T201 - the last line is for machines
