"""F12: workers whose clocks are wrong, and jump."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import scenes
from tests.faults.conftest import Tally
from tests.loads import reckonings
from tests.loads.stacks import WORKERS

TEN_MINUTES = 600


@pytest.mark.fault("F12")
def test_workers_whose_clocks_are_ten_minutes_off_and_jump(tally: Tally, tmp_path: Path) -> None:
    """F12: one worker's clock 10 minutes ahead, the other's 10 behind; then both jump, as NTP may let them.

    Daylight saving touches opening hours alone, which are the only local times there are (tests/engine).
    """
    clocks = {name: tmp_path / name for name in WORKERS}
    failing = [{"fail_first": {"times": 1, "status": 503}}]
    with scenes.playing(scenes.cast(behaviour=failing), programs=scenes.WITHOUT_WORKERS) as stack:
        for shift, (name, clock) in zip((TEN_MINUTES, -TEN_MINUTES), clocks.items(), strict=True):
            clock.write_text(str(shift))
            program = stack.programs[name]
            wrong = {"DJANGO_SETTINGS_MODULE": "tests.loads.shifted", "CLOCK_SHIFT": str(clock)}
            stack.supervisor.start(replace(program, environment={**program.environment, **wrong}))
        scenes.submit(stack, tally)
        stack.wait_for(lambda: scenes.requests(stack) > 0, why="Nobody was told anything.")
        for shift, clock in zip((-TEN_MINUTES, TEN_MINUTES), clocks.values(), strict=True):
            clock.write_text(str(shift))
        scenes.submit(stack, tally, part=1)
        tally.mended()
        scenes.all_told(stack, is_hurried=True)
        scenes.settled(stack, tally)
        owed = len(reckonings.read_owed(stack.owed))
        assert scenes.requests(stack) <= 2 * owed
        # Nothing that operators watch is thrown off: all times are the database's.
        ((early, late),) = stack.query(
            "SELECT count(*) FILTER (WHERE sent_at < created_at), count(*) FILTER (WHERE sent_at > now())"
            " FROM tellusonce_delivery"
        )
        assert (early, late) == (0, 0)
        assert stack.metric("tellusonce_wait_seconds_sum") < TEN_MINUTES
