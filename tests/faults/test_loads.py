"""F34 to F38: slow neighbours, a herd, ten times the load, a steady one, and an upgrade in the middle of it."""

import asyncio
import statistics
import subprocess
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest
import requests
from celery import Celery

from adapters.simulator.ways import Line
from deploy.demo import stages
from tests.faults import scenes, verdicts
from tests.faults.conftest import Tally
from tests.loads import gauges, older, recipients, reckonings, rogues, submitting
from tests.loads.rogues import Rogue
from tests.loads.stacks import QUICK, WORKERS, Stack

JSON = Any

# F34
OTHERS, HOLES, REPORTS, ROUNDS = 16, 3, 20, 3
REPLY_SECONDS = float(QUICK["REPLY_SECONDS"])
MOST_SLOWED = 1.1
TOOK = """
SELECT extract(epoch FROM d.sent_at - d.created_at)::float8
FROM tellusonce_delivery d JOIN tellusonce_recipient r ON r.id = d.recipient_id
WHERE r.slug LIKE 'rest-%%' AND d.created_at >= %s
"""


@dataclass(slots=True)
class Neighbours:
    """How some recipients behave at the moment: all well, one slow, or three of them black holes."""

    now: str = "well"

    async def slow(self, line: Line) -> None:
        """Take it, when slow only just in time."""
        if self.now == "slow":
            await asyncio.sleep(REPLY_SECONDS * 0.6)
        await rogues.well(line)

    async def hole(self, line: Line) -> None:
        """Take whatever is said, and as a black hole answer nothing."""
        if self.now == "holes":
            await line.wait()
        await rogues.well(line)


@pytest.mark.fault("F34")
def test_one_recipient_wholly_slow_and_then_three_black_holes(tally: Tally) -> None:
    """F34: one recipient wholly slow, then three of them black holes: 99 of 100 others come as quick as before."""
    parts, neighbours = count(1), Neighbours()
    holes = [f"hole-{number}" for number in range(1, HOLES + 1)]
    played = [Rogue("slow", neighbours.slow, neighbours.slow)]
    played += [Rogue(name, neighbours.hole, neighbours.hole) for name in holes]
    took: dict[str, list[float]] = {"well": [], "slow": [], "holes": []}
    with rogues.playing(*played) as server:
        cast = [*recipients.several(OTHERS), *(server.told(each.name) for each in played)]
        with scenes.playing(cast) as stack:
            server.keep(stack.books)
            quantile(stack, tally, next(parts))  # warms up
            for now in [*took] * ROUNDS:  # in turn: a machine is quicker at some times than at others
                neighbours.now = now
                took[now].append(quantile(stack, tally, next(parts)))
                if now == "holes":
                    stack.wait_for(lambda: stack.metric("tellusonce_breakers_open") == HOLES, why="No breaker opened.")
                    neighbours.now = "well"
                    tally.mended()
                scenes.all_told(stack, is_hurried=True)
            assert all(stack.metric("tellusonce_attempt_failures_total", recipient=name) >= ROUNDS for name in holes)
            tally.hold(reckonings.reckon(stack))
    # What repeated runs without them differ by is no doing of theirs, nor is one round that met something else.
    most = MOST_SLOWED * max(took["well"])
    assert min(took["slow"]) <= most, took
    assert min(took["holes"]) <= most, took


def quantile(stack: Stack, tally: Tally, part: int) -> float:
    """Submit at a steady pace, wait until all others are told, and say within how many seconds 99 of 100 were."""
    ((since,),) = stack.query("SELECT now()")
    scenes.submit(stack, tally, REPORTS, part=part)
    verdicts.see_told(stack, recipients.several(OTHERS))
    took = [seconds for (seconds,) in stack.query(TOOK, [since])]
    assert len(took) == REPORTS * OTHERS
    return float(statistics.quantiles(took, n=100, method="inclusive")[-1])


# F35
RATE, HERD = 4, 24


@pytest.mark.fault("F35")
def test_all_recipients_recover_at_once_after_hours(tally: Tally) -> None:
    """F35: all recipients recover at once after hours: their rates are honoured, probes are bounded."""
    limits = {"in_flight": 4, "rate_per_second": RATE}
    with scenes.playing(recipients.several(5, limits=limits), programs=("web", "beat", *WORKERS)) as stack:
        scenes.submit(stack, tally, HERD)
        names = {each.name for each in stack.recipients}
        stack.wait_for(lambda: _open(stack) == names, why="Some breaker did not open.")
        assert stack.metric("tellusonce_breakers_open") == len(names)
        for _ in range(3):
            before = _tries(stack)
            _let_hours_pass(stack)
            stack.wait_for(lambda: _open(stack) == names, why="Some breaker is not open again.")
            assert {name: tries - before[name] for name, tries in _tries(stack).items()} == dict.fromkeys(names, 1)
        stack.start("simulator")
        stages.wait(f"{stack.simulator_url}/books")
        _let_hours_pass(stack)
        tally.mended()
        scenes.all_told(stack)
        for name in names:
            assert _most_in_a_second(stack, name) <= 2 * RATE + 1, name  # a second's burst, a second's rate, the probe
        tally.hold(reckonings.reckon(stack))


def _open(stack: Stack) -> set[str]:
    """Name those whose breaker keeps everything back."""
    rows = stack.query(
        "SELECT r.slug FROM tellusonce_mailbox m JOIN tellusonce_recipient r ON r.id = m.recipient_id"
        " WHERE m.open_until > now() AND m.openings > 0 AND NOT EXISTS"
        " (SELECT 1 FROM tellusonce_lane l WHERE l.recipient_id = m.recipient_id AND l.leased_until > now())"
    )
    return {name for (name,) in rows}


def _tries(stack: Stack) -> dict[str, int]:
    return {name: len(tries) for name, tries in verdicts.heard(stack).items()}


def _let_hours_pass(stack: Stack) -> None:
    """Let everything be long due, and every breaker have waited for long enough."""
    stack.query("UPDATE tellusonce_delivery SET due_at = now() - interval '3 hours' WHERE state = 'pending'")
    stack.query("UPDATE tellusonce_mailbox SET open_until = now() WHERE open_until IS NOT NULL")


def _most_in_a_second(stack: Stack, name: str) -> int:
    """Say how many requests came to one recipient within any second."""
    books = reckonings.read_books(stack.books)
    came = sorted(datetime.fromisoformat(line["at"]).timestamp() for line in books if line["recipient"] == name)
    return max(sum(at <= other < at + 1 for other in came) for at in came)


# F36
WAITED_SECONDS, TIMES = 3, 10
CREATED, UNAVAILABLE = 201, 503
ANSWERED_WITHIN = 2.0  # on a busy machine


@pytest.mark.fault("F36")
def test_ten_times_the_reports_that_can_be_delivered(tally: Tally) -> None:
    """F36: ten times the normal reports: answers stay quick, some say when to come again, nothing is dropped."""
    settings: dict[str, Any] = {"PUT_OFF_SECONDS": str(WAITED_SECONDS), "CLIENT_REQUESTS_PER_MINUTE": "0"}
    with scenes.playing(programs=scenes.WITHOUT_WORKERS, **settings) as stack:
        drafts = [submitting.drafted(stack, number, seed=tally.seed) for number in range(scenes.REPORTS * TIMES)]
        answers = [ask(stack, draft) for draft in drafts]
        taken = [each for each in answers if each.is_taken]
        refused = [each for each in answers if not each.is_taken]
        assert taken
        assert refused
        assert max(each.seconds for each in answers) < ANSWERED_WITHIN
        assert all(30 <= each.come_again <= 60 for each in refused)
        assert stack.metric("tellusonce_put_off_total", reason="backlog") == len(refused)
        assert stack.metric("tellusonce_waits_for_us_seconds") >= WAITED_SECONDS
        assert stack.has_logged("submissions are put off", by="web")
        assert stack.query("SELECT count(*) FROM tellusonce_delivery") == [(len(taken) * len(stack.recipients),)]
        stack.start(*WORKERS)
        tally.mended()
        scenes.all_told(stack)
        stack.wait_for(lambda: ask(stack, refused[0].draft).is_taken, why="It is still put off.")
        assert all(ask(stack, each.draft).is_taken for each in refused[1:])
        assert stack.has_logged("submissions are taken again", by="web")
        scenes.settled(stack, tally)


@dataclass(frozen=True, slots=True)
class Answered:
    """A draft, whether its submission was taken, in how many seconds to come again, and how long the answer took."""

    draft: JSON
    is_taken: bool
    come_again: int
    seconds: float


def ask(stack: Stack, draft: JSON) -> Answered:
    """Submit a draft, and write down what is owed by that."""
    names = [each.name for each in stack.recipients]
    submitting.note(stack.owed, draft["reference"], names)
    headers = {"Authorization": f"Bearer {stack.office._bearer()}", "Idempotency-Key": str(uuid.uuid4())}
    began = time.monotonic()
    at = f"{stack.url}/api/v1/reports/{draft['id']}/submission"
    heard = requests.post(at, json={"recipients": None}, headers=headers, timeout=30)
    took = time.monotonic() - began
    assert heard.status_code in (CREATED, UNAVAILABLE), heard.status_code
    if heard.status_code == CREATED:
        return Answered(draft, is_taken=True, come_again=0, seconds=took)
    submitting.note(stack.owed, draft["reference"], [])
    return Answered(draft, is_taken=False, come_again=int(heard.headers["Retry-After"]), seconds=took)


# F37
STEADY_SECONDS, PER_SECOND = 60.0, 2.0


@pytest.mark.fault("F37")
def test_a_steady_load_after_which_nothing_has_grown(tally: Tally) -> None:
    """F37: a minute of load, and `make soak` for hours: memory, descriptors, connections and dead rows stay flat."""
    reports = int(STEADY_SECONDS * PER_SECOND)
    with scenes.playing(recipients.several(10)) as stack:
        readings = []
        with submitting.beside(stack, reports, seed=tally.seed, more=["--per-second", str(PER_SECOND)]) as process:
            while process.poll() is None:
                readings.append(gauges.read(stack))
                with suppress(subprocess.TimeoutExpired):
                    process.wait(1)
        assert process.returncode == 0
        tally.mended()
        scenes.all_told(stack)
        assert len(readings) > STEADY_SECONDS / 3
        assert gauges.growth(readings) == []
        assert stack.metric("tellusonce_oldest_due_seconds") == 0
        tally.hold(reckonings.reckon(stack))


# F38
UNKNOWN = "tellusonce.tasks.never"
OLD_MESSAGES: Sequence[tuple[str, list[JSON]]] = (
    *((name, []) for name in (UNKNOWN, older.VANISHED)),
    ("tellusonce.tasks.drain", [1]),  # had no lane yet
    ("tellusonce.tasks.drain", [1, "urgent"]),  # had another one
    ("tellusonce.tasks.drain", [999_999, "first"]),  # was of somebody who is gone
    ("tellusonce.tasks.wake", [[[999_999, "first"]]]),
)


@pytest.mark.fault("F38")
def test_old_and_new_workers_side_by_side_and_messages_that_neither_knows(tally: Tally) -> None:
    """F38: old and new workers side by side during an upgrade; an unknown task name; an old message."""
    parts = count()
    with scenes.playing(programs=scenes.WITHOUT_WORKERS) as stack:
        prompt = stack.programs["worker-prompt"]
        before = [word if word != "config" else "tests.loads.older" for word in map(str, prompt.command)]
        stack.supervisor.start(replace(prompt, command=before))
        stack.start("worker-slow")
        with Celery(broker=stack.environment["BROKER_URL"], set_as_current=False) as app:
            app.conf.broker_transport_options = {"global_keyprefix": "tell-us-once:"}
            for name, said in OLD_MESSAGES:
                app.send_task(name, said, queue="prompt")
        stack.wait_for(lambda: _is_unknown(stack, UNKNOWN, by="worker"), why="Nobody says what is unknown.")
        stack.wait_for(
            lambda: scenes.submit(stack, tally, 1, part=next(parts)) and _is_unknown(stack, older.NOT_YET),
            why="The old one never heard of what is new.",
        )
        stack.kill("worker-prompt")
        tally.mended()
        scenes.settled(stack, tally)
        assert stack.metric("tellusonce_hints_recovered_total") > 0


def _is_unknown(stack: Stack, name: str, *, by: str = "worker-prompt") -> bool:
    """Whether an operator sees that a worker threw this away."""
    return stack.has_logged(f"a message asks for {name}, which this version does not know", by=by)
