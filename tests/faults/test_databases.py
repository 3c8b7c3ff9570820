"""F7, F13, F14: a database that dies, throws out, refuses or cancels; commits out of order; a long backlog."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

from deploy import postgres
from tests.faults import scenes
from tests.faults.conftest import Tally
from tests.loads import recipients, submitting
from tests.loads.stacks import WORKERS, Stack

SLOW = [{"delay_s": 0.3}]
# By which signal PostgreSQL ends, and for how many seconds it is away; the last one for longer than a lease.
DEATHS = ((signal.SIGKILL, 0.0), (signal.SIGINT, 0.0), (signal.SIGKILL, 8.0))
# The deadlock (40P01) and the serialization failure (40001) that PostgreSQL would report, to one change in four.
UNLUCKY = """
CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < 0.25 THEN
        RAISE EXCEPTION 'unlucky' USING ERRCODE = CASE WHEN random() < 0.5 THEN '40P01' ELSE '40001' END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER unlucky AFTER UPDATE ON tellusonce_delivery FOR EACH STATEMENT EXECUTE FUNCTION unlucky()
"""
LUCKY_AGAIN = "DROP TRIGGER unlucky ON tellusonce_delivery; DROP FUNCTION unlucky()"
THROW_OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = %s AND state <> 'idle'"


def application(stack: Stack) -> str:
    """Name the role that the service works under."""
    return str(urlsplit(stack.environment["DATABASE_URL"]).username)


@contextmanager
def transaction(stack: Stack) -> Iterator[Any]:
    """Hold one transaction of the administrator's open for as long as the block does."""
    assert stack.servers.cluster is not None
    connection = psycopg2.connect(stack.servers.cluster.url(postgres.ADMINISTRATOR))
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.rollback()
        connection.close()


def in_the_middle(stack: Stack, tally: Tally, part: int) -> None:
    """Submit, and wait until recipients are being told."""
    before = scenes.requests(stack)
    scenes.submit(stack, tally, 4, part=part)
    stack.wait_for(lambda: scenes.requests(stack) > before, why="Nobody was told anything.")


@pytest.mark.fault("F7")
def test_postgresql_killed_restarted_and_down_for_a_while(tally: Tally) -> None:
    """F7: PostgreSQL restarted in mid-transaction, down for longer than a lease."""
    with scenes.playing(scenes.cast(behaviour=SLOW)) as stack:
        for part, (by, seconds) in enumerate(DEATHS):
            in_the_middle(stack, tally, part)
            stack.stop_database(by)
            time.sleep(seconds)
            if seconds:
                assert stack.metric("tellusonce_database_up") == 0
            stack.start_database()
        tally.mended()
        scenes.settled(stack, tally)
        assert stack.metric("tellusonce_database_up") == 1


@pytest.mark.fault("F7")
def test_everybody_thrown_out_refused_and_cancelled(tally: Tally) -> None:
    """F7: connections terminated, the network cut, no connection left in the pool, statements that take too long."""
    with scenes.playing(scenes.cast(behaviour=SLOW), STATEMENT_SECONDS="3") as stack:
        in_the_middle(stack, tally, 0)
        role = application(stack)
        faults: tuple[Callable[[], object], ...] = (
            lambda: _thrown_out(stack, role),
            stack.database.cut,
            lambda: _crowded(stack, role),
            lambda: _repeatedly(lambda: stack.query(CANCEL, [role]), seconds=3),
            lambda: _locked(stack, seconds=6),
        )
        for part, fault in enumerate(faults, 1):
            in_the_middle(stack, tally, part)
            fault()
        tally.mended()
        scenes.settled(stack, tally)
        assert stack.has_logged("database lost in a drain", by="worker")


def _thrown_out(stack: Stack, role: str) -> None:
    stack.query(THROW_OUT, [role])


def _crowded(stack: Stack, role: str) -> None:
    """Let the application have no new connection for a while."""
    stack.query(f'ALTER ROLE "{role}" CONNECTION LIMIT 1')
    stack.query(THROW_OUT, [role])
    time.sleep(3)
    stack.query(f'ALTER ROLE "{role}" CONNECTION LIMIT -1')


def _repeatedly(work: Callable[[], object], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        work()


def _locked(stack: Stack, *, seconds: float) -> None:
    """Let nobody write a delivery for longer than a statement may take."""
    with transaction(stack) as cursor:
        cursor.execute("LOCK TABLE tellusonce_delivery IN EXCLUSIVE MODE")
        time.sleep(seconds)


@pytest.mark.fault("F7")
def test_deadlocks_and_serialization_failures(tally: Tally) -> None:
    """F7: deadlock; serialization failure: one change of deliveries in four is undone by the database."""
    with scenes.playing() as stack:
        stack.query(UNLUCKY)
        scenes.submit(stack, tally)
        stack.wait_for(lambda: stack.has_logged("database lost in a drain", by="worker"), why="Nobody was unlucky.")
        stack.query(LUCKY_AGAIN)
        tally.mended()
        scenes.settled(stack, tally)


@pytest.mark.fault("F13")
def test_a_lower_number_that_is_committed_later(tally: Tally, tmp_path: Path) -> None:
    """F13: a report that was begun before others and is committed after them is told like them."""
    held, marks = tmp_path / "held", tmp_path / "marks"
    marks.mkdir()
    held.touch()
    settings: dict[str, Any] = {
        "DJANGO_SETTINGS_MODULE": "tests.loads.crashing",
        "HOLD_AT": "owed",
        "HOLD_WHILE": str(held),
        "CRASH_MARKS": str(marks),
    }
    with scenes.playing(**settings) as stack:
        first = submitting.drafted(stack, 0, seed=tally.seed)
        slow = threading.Thread(target=submitting.submit, args=(stack, first))
        slow.start()
        stack.wait_for((marks / "owed").exists, why="The first one never came to its commit.")
        scenes.submit(stack, tally, part=1)
        stack.wait_for(lambda: scenes.requests(stack) > 0, why="Nobody was told anything.")
        scenes.all_told(stack)
        held.unlink()
        slow.join()
        tally.mended()
        scenes.settled(stack, tally)
        times = stack.query("SELECT min(d.created_at), min(d.sent_at) FROM tellusonce_delivery d GROUP BY report_id")
        assert len(times) == 1 + scenes.REPORTS
        assert stack.metric("tellusonce_oldest_due_seconds") == 0


@pytest.mark.fault("F14")
def test_a_backlog_drained_while_nothing_can_be_vacuumed(tally: Tally) -> None:
    """F14: a backlog of 20,000 (not 100,000, for want of time) drained with vacuum held back: it grows no slower."""
    played = recipients.several(20)
    with scenes.playing(played, programs=("web", "simulator"), is_direct=True) as stack:
        submitting.many(stack, 1000, seed=tally.seed)
        assert scenes.waiting(stack) == 1000 * len(played)
        waited = stack.metric("tellusonce_oldest_due_seconds")
        assert waited > 0
        with transaction(stack) as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tellusonce_delivery")
            tally.mended()
            stack.start(*WORKERS, "beat")
            times = [_when(stack, left) for left in (18_000, 10_000, 2_000)]
            scenes.all_told(stack, seconds=300)
        scenes.settled(stack, tally)
        first, second = times[1] - times[0], times[2] - times[1]
        assert second < 2 * first, times


def _when(stack: Stack, left: int) -> float:
    """Say when no more than so many were left."""
    stack.wait_for(lambda: scenes.waiting(stack) <= left, seconds=300, why=f"More than {left} stay on their way.")
    return time.monotonic()
