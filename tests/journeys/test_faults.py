"""Workers killed and the broker emptied in the middle of the story: nothing is lost, and nothing comes twice."""

import os
import signal
import time
from pathlib import Path

import pytest
import redis

from deploy.demo import players
from tests.journeys.demos import OWED, PATIENT, Demo
from tests.journeys.leaks import Listener

pytestmark = pytest.mark.journey

# Those that could not tell a repetition; a try that was cut short would be left to a person.
HEEDLESS = {each["name"] for each in players.played() if not each.get("detects_duplicates", True)}


def have_been_told(demo: Demo) -> bool:
    """Whether those who must not be told twice have been told; the slow are still at it."""
    return {line["recipient"] for line in demo.told()} >= HEEDLESS


def kill(demo: Demo, name: str) -> int:
    process_id = demo.process_ids()[name]
    os.kill(process_id, signal.SIGKILL)
    return process_id


def test_workers_that_are_killed_lose_nothing_and_send_nothing_twice(kept: Path) -> None:
    with Demo(kept, "--exit", **PATIENT) as demo:
        demo.wait_for(lambda: have_been_told(demo))
        time.sleep(0.3)
        told_before = len(demo.told())
        killed = {name: kill(demo, name) for name in ("worker-prompt", "worker-slow")}
        demo.wait_for(lambda: not killed.items() & demo.process_ids().items())
        assert demo.ended() == 0, demo.said
    figures = demo.figures
    assert (figures["lost"], figures["duplicates"], figures["closed"]) == (0, 0, len(OWED))
    assert told_before >= len(HEEDLESS), "the workers were killed before the story"


def test_a_broker_that_is_emptied_loses_nothing(kept: Path) -> None:
    with Demo(kept, "--exit", **PATIENT) as demo:
        demo.wait_for(demo.is_on_stage)
        url = demo.addresses()["broker"]
        with Listener(url) as listener, redis.Redis.from_url(url) as client:
            demo.wait_for(lambda: listener.has_heard(r"LPUSH.*tellusonce\.tasks\.(wake|drain)"))
            demo.wait_for(lambda: client.flushall() and len(demo.told()) >= 12)
        assert demo.ended() == 0, demo.said
    assert (demo.figures["lost"], demo.figures["duplicates"], demo.figures["closed"]) == (0, 0, len(OWED))
