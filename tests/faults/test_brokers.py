"""F5, F6, F8, F9, F11: a broker that is away, empty, full, silent or stale; hints that are lost or come twice."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.faults import scenes
from tests.faults.conftest import Tally
from tests.loads import recipients, reckonings
from tests.loads.stacks import WORKERS, Stack

# A page may wait for a broker that says nothing, and no longer than this on a busy machine.
LONGEST_SECONDS = 15.0
AWAY_SECONDS = 8.0


@contextmanager
def broker(stack: Stack) -> Iterator["redis.Redis"]:
    """Give a client of the broker, past the proxy."""
    with redis.Redis.from_url(stack.servers.redis_url) as client:
        yield client


def lost(stack: Stack) -> float:
    """Say how many hints operators see lost."""
    return stack.metric("tellusonce_hints_total", fate="lost")


def recovered(stack: Stack) -> float:
    """Say how many lanes only the sweep found."""
    return stack.metric("tellusonce_hints_recovered_total")


def submits_quickly(stack: Stack, tally: Tally, *, part: int = 0) -> None:
    """Submit, and be answered without having to wait for the broker."""
    began = time.monotonic()
    scenes.submit(stack, tally, 2, part=part)
    assert time.monotonic() - began < LONGEST_SECONDS


@pytest.mark.fault("F5")
def test_the_broker_down_at_commit_and_for_long_and_back_with_nothing(tally: Tally) -> None:
    """F5: broker down at commit, down for long, and started again without what it had."""
    with scenes.playing() as stack:
        scenes.submit(stack, tally, 2)
        stack.stop_broker()
        submits_quickly(stack, tally, part=1)
        time.sleep(AWAY_SECONDS)
        submits_quickly(stack, tally, part=2)
        assert lost(stack) > 0
        assert stack.metric("tellusonce_oldest_due_seconds") > AWAY_SECONDS / 2
        stack.start_broker()
        tally.mended()
        scenes.settled(stack, tally)


@pytest.mark.fault("F5")
def test_the_broker_emptied_while_hints_wait_in_it(tally: Tally) -> None:
    """F5: FLUSHALL."""
    with scenes.playing(programs=scenes.WITHOUT_WORKERS) as stack:
        scenes.submit(stack, tally)
        with broker(stack) as client:
            assert client.llen(scenes.QUEUE)
            client.flushall()
        tally.mended()
        stack.start(*WORKERS)
        scenes.settled(stack, tally)
        assert recovered(stack) > 0


@pytest.mark.fault("F5")
def test_the_broker_without_memory_for_a_hint(tally: Tally) -> None:
    """F5: memory full, and it is told to throw nothing away."""
    with scenes.playing() as stack, broker(stack) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
        submits_quickly(stack, tally)
        assert lost(stack) > 0
        client.config_set("maxmemory", 0)
        tally.mended()
        scenes.settled(stack, tally)


@pytest.mark.fault("F5")
def test_a_broker_that_takes_connections_and_says_nothing(tally: Tally) -> None:
    """F5: half-open socket, as of a process that was stopped, and as of a network that has gone."""
    ways: tuple[tuple[Callable[[Stack], None], Callable[[Stack], None]], ...] = (
        (lambda stack: stack.broker.freeze(), lambda stack: stack.broker.restore()),
        (lambda stack: _signal(stack, signal.SIGSTOP), lambda stack: _signal(stack, signal.SIGCONT)),
    )
    with scenes.playing() as stack:
        for part, (stop, go_on) in enumerate(ways):
            stop(stack)
            try:
                submits_quickly(stack, tally, part=part)
            finally:
                go_on(stack)
        assert lost(stack) > 0
        tally.mended()
        scenes.settled(stack, tally)


def _signal(stack: Stack, by: signal.Signals) -> None:
    assert stack.servers.broker is not None
    stack.servers.broker.process.send_signal(by)


@pytest.mark.fault("F6")
def test_a_stale_queue_that_is_played_again(tally: Tally) -> None:
    """F6: broker back with a stale queue: what it hinted once it hints again, and nobody is told again."""
    with scenes.playing(programs=scenes.WITHOUT_WORKERS) as stack, broker(stack) as client:
        scenes.submit(stack, tally)
        stale = client.lrange(scenes.QUEUE, 0, -1)
        assert stale
        stack.start(*WORKERS)
        scenes.all_told(stack)
        told, drains = scenes.requests(stack), stack.metric("tellusonce_drains_total")
        client.rpush(scenes.QUEUE, *stale * 5)
        tally.mended()
        stack.wait_for(lambda: client.llen(scenes.QUEUE) == 0, why="Old hints stay in the queue.")
        stack.wait_for(lambda: stack.metric("tellusonce_drains_total") > drains, why="No old hint was followed.")
        scenes.settled(stack, tally)
        assert scenes.requests(stack) == told


@pytest.mark.fault("F8")
def test_a_crash_between_the_commit_of_a_report_and_its_hint(tally: Tally, tmp_path: Path) -> None:
    """F8: crash before the commit, and between commit and hint: all rows of a report or none, and all are told."""
    marks = tmp_path / "marks"
    marks.mkdir()
    settings: dict[str, Any] = {
        "DJANGO_SETTINGS_MODULE": "tests.loads.crashing",
        "CRASH_AT": "owed:1,hinting:2",
        "CRASH_MARKS": str(marks),
    }
    with scenes.playing(**settings) as stack:
        scenes.submit(stack, tally, 1)
        scenes.all_told(stack)  # nobody is still at work who would see to the second one without a hint
        scenes.submit(stack, tally, 1, part=1)
        assert {each.name for each in marks.iterdir()} == {"owed", "hinting"}
        tally.mended()
        scenes.settled(stack, tally)
        owed = stack.query("SELECT DISTINCT count(*) FROM tellusonce_delivery GROUP BY report_id")
        assert owed == [(len(stack.recipients),)]
        assert recovered(stack) > 0


@pytest.mark.fault("F9")
def test_without_a_scheduler_and_with_two(tally: Tally) -> None:
    """F9: no scheduler: the workers sweep by themselves; two schedulers, two sweepers: nobody is told twice."""
    with scenes.playing(programs=("web", *WORKERS, "simulator")) as stack, broker(stack) as client:
        stack.kill(*WORKERS, by=signal.SIGSTOP)
        scenes.submit(stack, tally)
        client.flushall()
        stack.kill(*WORKERS, by=signal.SIGCONT)
        scenes.all_told(stack)
        assert recovered(stack) > 0
        stack.start("beat")
        stack.supervisor.start(replace(stack.programs["beat"], name="beat-2"))
        for part in range(1, 4):
            scenes.submit(stack, tally, 2, part=part)
            client.flushall()
        tally.mended()
        scenes.settled(stack, tally)
        owed = len(reckonings.read_owed(stack.owed))
        assert scenes.requests(stack) == owed


@pytest.mark.fault("F11")
def test_the_queue_stays_short_however_often_recipients_fail(tally: Tally) -> None:
    """F11: the sweeper beside the retry loop: the queue's length stays bounded by the number of lanes."""
    failing = [{"fail_first": {"times": 3, "status": 503}}]
    with scenes.playing(recipients.several(6, behaviour=failing)) as stack, broker(stack) as client:
        scenes.submit(stack, tally, 20)
        longest = 0

        def all_told() -> bool:
            nonlocal longest
            longest = max(longest, int(client.llen(scenes.QUEUE)))
            scenes.hurry(stack)
            return not scenes.waiting(stack)

        stack.wait_for(all_told, why="Something stays on its way.")
        assert longest <= 2 * len(stack.recipients)
        assert stack.metric("tellusonce_attempt_failures_total", code="http-503") >= 6 * 20
        scenes.settled(stack, tally)
