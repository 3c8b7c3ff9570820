"""Three recipients that never answer cost the others nothing."""

import statistics
from datetime import datetime
from pathlib import Path

import pytest

from tests.journeys.demos import UNHURT, Demo
from tests.mutants.silent import SILENT

pytestmark = pytest.mark.journey

# Half of what is waited for a reply: who is behind one that never answers comes that late, and no busy machine is.
LATER = 7.5


def first_tries(demo: Demo) -> dict[str, float]:
    """Say after how many seconds each recipient was first tried, counted from the report's start."""
    began = (demo.directory / "told.txt").stat().st_mtime
    found: dict[str, float] = {}
    for line in demo.told():
        found.setdefault(line["recipient"], datetime.fromisoformat(line["at"]).timestamp() - began)
    return {name: after for name, after in found.items() if name not in SILENT}


def test_three_that_never_answer_leave_the_times_of_the_others_as_they_were(spoilt: Path) -> None:
    with Demo(spoilt, "--exit", **UNHURT) as usual:
        assert usual.ended() == 0, usual.said
    before = first_tries(usual)
    with Demo(spoilt, "--exit", module="tests.mutants.silent", **UNHURT) as silent:
        assert silent.ended() == 1, silent.said
    after = first_tries(silent)
    assert before.keys() == after.keys()
    assert silent.figures["closed"] == usual.figures["closed"] - len(SILENT), silent.said
    assert statistics.median(after.values()) < statistics.median(before.values()) + LATER
    assert {name: after[name] for name in after if after[name] > before[name] + LATER} == {}
