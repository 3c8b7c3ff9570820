"""F1 to F4, F10: workers that die, are stopped, or are killed by what they are to send."""

import signal
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.faults import scenes
from tests.faults.conftest import Tally
from tests.loads import crashing, recipients, reckonings, submitting
from tests.loads.stacks import WORKERS, Stack

MOST_REPORTS = 80
UNSETTLED = """
SELECT count(*) FROM tellusonce_attempt t
WHERE NOT EXISTS (SELECT 1 FROM tellusonce_result r WHERE r.attempt_id = t.id)
"""


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
@pytest.mark.parametrize("third", [0, 1, 2])
def test_a_worker_killed_at_each_step_of_a_drain(third: int, tally: Tally, tmp_path: Path) -> None:
    """F1: kill -9 a worker before and after each commit, each sending and each settling.

    Not at all of them in one run: what five have died with in hand, one after another, waits for a person (F4).
    """
    dies_at_each(tally, tmp_path / "marks", *crashing.POINTS[third::3])


@pytest.mark.fault("F2")
def test_workers_killed_with_a_hint_in_their_hands(tally: Tally) -> None:
    """F2: kill -9 workers while they wait, with a hint just published: the broker has given it out, and it is gone."""
    with scenes.playing(programs=("web", *WORKERS, "simulator")) as stack:
        given_out(stack, tally)
        stack.wait_for(lambda: stack.metric("tellusonce_oldest_due_seconds") > 1, why="Nobody sees what waits.")
        stack.kill(*WORKERS)
        tally.mended()
        scenes.settled(stack, tally)
        assert stack.metric("tellusonce_hints_recovered_total") > 0
        assert all(stack.restarted(name) == 1 for name in WORKERS)


def given_out(stack: Stack, tally: Tally) -> None:
    """Stop the workers while they wait at the broker, and submit until it has given a hint to one of them."""
    drafts = [submitting.drafted(stack, number, seed=tally.seed) for number in range(scenes.REPORTS)]
    with redis.Redis.from_url(stack.servers.redis_url) as client:
        for draft in drafts:
            listening(stack)
            stack.kill(*WORKERS, by=signal.SIGSTOP)
            submitting.submit(stack, draft)
            if not client.llen(scenes.QUEUE):  # who asked a second ago or longer is given nothing more
                return
            stack.kill(*WORKERS, by=signal.SIGCONT)
            scenes.all_told(stack)
    raise AssertionError("The broker gave no hint to anybody who was stopped.")


def listening(stack: Stack) -> None:
    """Wait until all workers wait at the broker."""
    with redis.Redis.from_url(stack.servers.redis_url) as client:

        def count() -> int:
            return sum(each["cmd"] == "brpop" for each in client.client_list())

        stack.wait_for(lambda: count() >= len(WORKERS), why="The workers do not listen.")


@pytest.mark.fault("F3")
def test_workers_told_to_end_in_the_middle_of_a_drain(tally: Tally) -> None:
    """F3: SIGTERM, SIGQUIT, SIGTERM twice during a drain; a rolling restart under load."""
    ways = ((signal.SIGTERM,), (signal.SIGQUIT,), (signal.SIGTERM, signal.SIGTERM))
    with scenes.playing(scenes.cast(behaviour=[{"delay_s": 0.5}])) as stack:
        for part, way in enumerate(ways):
            listening(stack)  # until it does, a worker knows no signal
            told = scenes.requests(stack)
            scenes.submit(stack, tally, 3, part=part)
            stack.wait_for(lambda told=told: scenes.requests(stack) > told, why="Nobody was told anything.")  # type: ignore[misc]
            before = {name: stack.restarted(name) for name in WORKERS}
            for by in way:
                stack.kill(*WORKERS, by=by)
            stack.wait_for(
                lambda before=before: all(stack.restarted(name) > before[name] for name in WORKERS),  # type: ignore[misc]
                why=f"Workers did not end by {way}.",
            )
        scenes.submit(stack, tally, 3, part=len(ways))
        rolled(stack)
        tally.mended()
        scenes.settled(stack, tally)
        assert stack.metric("tellusonce_drain_errors_total") == 0  # nobody is woken by an upgrade


def rolled(stack: Stack) -> None:
    """End one program after another, each when the one before is back, as an upgrade does."""
    for name in ("web", *WORKERS, "beat"):
        before = stack.restarted(name)
        stack.kill(name, by=signal.SIGTERM)
        stack.wait_for(lambda name=name, before=before: stack.restarted(name) > before, why=f"{name} did not end.")  # type: ignore[misc]


@pytest.mark.fault("F4")
def test_a_payload_that_kills_whoever_says_it_is_left_to_a_person(tally: Tally, tmp_path: Path) -> None:
    """F4: a payload that crashes its worker: after a few tries it waits for a person, and all others flow."""
    deadly = tmp_path / "deadly"
    settings = {"DJANGO_SETTINGS_MODULE": "tests.loads.crashing", "CRASH_ON": str(deadly)}
    with scenes.playing(recipients.several(3), **settings) as stack:
        poisoned = submitting.drafted(stack, 0, seed=tally.seed)
        deadly.write_text(f"{poisoned['reference']} rest-1\n")
        submitting.submit(stack, poisoned)
        stack.wait_for(lambda: stack.restarted("worker-prompt") + stack.restarted("worker-slow"), why="Nobody died.")
        scenes.submit(stack, tally, part=1)
        scenes.all_told(stack, seconds=300)
        found = stack.query(
            "SELECT state, reason, crashes FROM tellusonce_delivery WHERE state NOT IN ('sent', 'closed')"
        )
        assert [(state, reason) for state, reason, _ in found] == [("failed", "quarantined")]
        assert stack.metric("tellusonce_failed_deliveries") == 1
        deadly.unlink()
        ((delivery,),) = stack.query("SELECT id::text FROM tellusonce_delivery WHERE state = 'failed'")
        stack.manage("deliveries", "replay", delivery)
        tally.mended()
        scenes.settled(stack, tally)
        assert stack.metric("tellusonce_failed_deliveries") == 0


@pytest.mark.fault("F10")
def test_a_worker_stopped_for_longer_than_its_lease_settles_nothing_of_others(tally: Tally) -> None:
    """F10: a worker stopped for twice its lease, then continued; what its recipients confirmed meanwhile counts."""
    confirming = [{"delay_s": 1}, {"confirm": {"outcome": "acted", "after_s": 0.2}}]
    programs = ("web", "worker-prompt", "beat", "simulator")
    with scenes.playing(scenes.cast(behaviour=confirming), programs=programs) as stack:
        stopped_with_something_on_the_wire(stack, tally)
        stack.start("worker-slow")
        tally.mended()
        scenes.all_told(stack)
        stack.wait_for(lambda: stack.metric("tellusonce_confirmations_total") >= 3, why="Nobody confirmed.")
        stack.kill("worker-prompt", by=signal.SIGCONT)
        # What it had in hand is fenced off, or its drain ends where its session, or its time, was over before that.
        signs = ("tellusonce_settlings_fenced_total", "tellusonce_drain_errors_total")
        stack.wait_for(lambda: sum(map(stack.metric, signs)) > 0, why="Nothing was fenced off.")
        tally.hold(reckonings.reckon(stack, undetected={"heedless"}))


def stopped_with_something_on_the_wire(stack: Stack, tally: Tally) -> None:
    """Submit, and stop the worker, until it was stopped while it waited for a reply."""
    for part in range(scenes.REPORTS):
        told = scenes.requests(stack)
        scenes.submit(stack, tally, 3, part=part)
        stack.wait_for(lambda told=told: scenes.requests(stack) > told, why="Nobody was told anything.")  # type: ignore[misc]
        stack.kill("worker-prompt", by=signal.SIGSTOP)
        if stack.query(UNSETTLED) != [(0,)]:
            return
        stack.kill("worker-prompt", by=signal.SIGCONT)
        scenes.all_told(stack)
    raise AssertionError("The worker never waited for anybody when it was stopped.")
