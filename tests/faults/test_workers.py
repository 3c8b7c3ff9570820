"""F1 to F4, F10: workers that die, are stopped, or are killed by what they are to send."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults import scenes
from tests.faults.conftest import Tally
from tests.loads import crashing, reckonings, submitting

MOST_REPORTS = 80


def crashing_at(folder: Path, *points: str) -> dict[str, Any]:
    """Give the settings of a stack whose workers die at these points, once at each."""
    folder.mkdir(exist_ok=True)
    at = ",".join(f"{point}:1" for point in points)
    return {"DJANGO_SETTINGS_MODULE": "tests.loads.crashing", "CRASH_AT": at, "CRASH_MARKS": str(folder)}


def dies_at_each(tally: Tally, folder: Path, *points: str) -> None:
    """Submit report after report until workers have died at each of these points; then all has to be told."""
    with scenes.playing(**crashing_at(folder, *points)) as stack:
        for number in range(MOST_REPORTS):
            submitting.by_interface(stack, 1, seed=tally.seed * MOST_REPORTS + number)
            if len(list(folder.iterdir())) == len(points):
                break
        stack.wait_for(lambda: len(list(folder.iterdir())) == len(points), why="Not everybody died who was to.")
        tally.mended()
        scenes.all_told(stack)
        tally.hold(reckonings.reckon(stack, undetected={"heedless"}))


@pytest.mark.short
@pytest.mark.fault("F1")
def test_a_worker_killed_after_the_bytes_went_and_before_settling(tally: Tally, tmp_path: Path) -> None:
    """F1: kill -9 a worker: after the bytes went; after the reply and before settling."""
    dies_at_each(tally, tmp_path / "marks", "sent", "settled")


@pytest.mark.fault("F1")
def test_a_worker_killed_at_each_step_of_a_drain(tally: Tally, tmp_path: Path) -> None:
    """F1: kill -9 a worker before and after each commit, each sending and each settling."""
    dies_at_each(tally, tmp_path / "marks", *crashing.POINTS)
