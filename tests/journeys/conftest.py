"""Where the demonstrations of these tests are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys import demos


def directory_for(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    directory = factory.mktemp(name) / "demo"
    directory.mkdir()
    yield directory
    demos.forget(directory)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory in which all goes well, or is mended; each run finds what the last one left."""
    yield from directory_for(tmp_path_factory, "kept")


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory in which things are left undone."""
    yield from directory_for(tmp_path_factory, "spoilt")
