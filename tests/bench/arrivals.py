"""From the commit of a report to the first byte at a recipient: idle, with the hint lost, and beside a slow neighbour.

Times run from when the submission began to write (`created_at`), so that they hold a little more than the way from the
commit. They count only where all that was owed arrived: both numbers are printed.
"""

import asyncio
import statistics
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.table import Table

from deploy import ports, services
from tests.bench import callers, intake, sinks, staging
from tests.bench.callers import Client
from tests.loads import recipients, submitting
from tests.loads.stacks import Stack

RECIPIENTS, SLOW, SLOW_SECONDS = 20, "rest-20", 5
IDLE, PAUSE_SECONDS = 60, 0.15
LOST = 4
PER_SECOND, LOADED = 5.0, 40
RUNS = ("warming", "without", "without", "without", "with", "with")
NOBODY = "redis://127.0.0.1:9/0"
LATEST_SECONDS = 60.0
SENT = """
SELECT d.id::text, r.slug, d.report_id::text, extract(epoch FROM d.created_at)::float8
FROM tellusonce_delivery d JOIN tellusonce_recipient r ON r.id = d.recipient_id WHERE d.created_at >= to_timestamp(%s)
"""


@contextmanager
def running() -> Iterator[tuple[Stack, int]]:
    """Run a service with its workers, all of whose recipients are one sink."""
    port = ports.free()
    played = [
        recipients.Played(each.name, address=f"http://127.0.0.1:{port}/rest/{each.name}")
        for each in recipients.several(RECIPIENTS)
    ]
    with staging.running(played, programs=("web", *staging.WORKERS)) as stack:
        sinks.start(stack, port=port)
        yield stack, port


def measure(stack: Stack, port: int) -> dict[str, Any]:
    """Measure in turn."""
    numbers = iter(range(500_000, 10**6))
    idle = asyncio.run(_idle(stack, port, numbers))
    return {"idle": idle, "lost": _lost(stack, port), "neighbour": asyncio.run(_neighbours(stack, port, numbers))}


async def _idle(stack: Stack, port: int, numbers: Iterator[int]) -> dict[str, Any]:
    client = Client(stack.url, stack.office._bearer())
    for count in (10, IDLE):  # the first ones warm up
        begun = time.time()
        for _ in range(count):
            await client.ask(intake.whole(next(numbers)), due=time.perf_counter())
            await asyncio.sleep(PAUSE_SECONDS)
        arrived = _arrived(stack, port, since=begun)
    client.close()
    firsts, lasts = _by_report(arrived, min), _by_report(arrived, max)
    owed = IDLE * RECIPIENTS
    return {**_quantiles(firsts), "last_of_twenty": _quantiles(lasts), "owed": owed, "arrived": len(arrived)}


def _lost(stack: Stack, port: int) -> dict[str, Any]:
    """Submit where no broker is: nobody is told, and the sweeper finds it."""
    begun = time.time()
    for number in range(LOST):
        subprocess.run(
            submitting.command(stack, 1, seed=900 + number),
            env={**stack.environment, "REDIS_URL": NOBODY, "PYTHONPATH": str(services.ROOT)},
            check=True,
            capture_output=True,
        )
    arrived = _arrived(stack, port, since=begun)
    firsts = _by_report(arrived, min)
    period = float(staging.USUAL["SWEEP_SECONDS"])
    return {
        "sweep_s": period,
        "longest_s": round(max(firsts), 2),
        "is_in_time": max(firsts) <= period + 1,
        "owed": LOST * RECIPIENTS,
        "arrived": len(arrived),
    }


async def _neighbours(stack: Stack, port: int, numbers: Iterator[int]) -> dict[str, Any]:
    client = Client(stack.url, stack.office._bearer())
    runs = [(name, await _run(stack, client, port, name, numbers)) for name in RUNS]
    client.close()
    sinks.ask(port, "POST", f"/slow/{SLOW}/0")
    without = [each for name, each in runs if name == "without"]
    beside = [each for name, each in runs if name == "with"]
    usual = {name: statistics.median(each[name] for each in without) for name in ("p50_ms", "p99_ms")}
    slowed = {name: statistics.median(each[name] for each in beside) for name in ("p50_ms", "p99_ms")}
    spread = max(each["p99_ms"] for each in without) / usual["p99_ms"]
    return {
        "without": without,
        "with": beside,
        "p50_ratio": round(slowed["p50_ms"] / usual["p50_ms"], 3),
        "p99_ratio": round(slowed["p99_ms"] / usual["p99_ms"], 3),
        "p99_spread": round(spread, 3),
    }


async def _run(stack: Stack, client: Client, port: int, name: str, numbers: Iterator[int]) -> dict[str, Any]:
    seconds = SLOW_SECONDS if name == "with" else 0
    sinks.ask(port, "POST", f"/slow/{SLOW}/{seconds}")
    begun = time.time()
    asked = [intake.whole(next(numbers)) for _ in range(LOADED)]
    await callers.open_loop(client, asked, per_second=PER_SECOND)
    arrived = [each for each in _arrived(stack, port, since=begun, but=SLOW) if each[0] != SLOW]
    return {**_quantiles(took for _, _, took in arrived), "owed": LOADED * (RECIPIENTS - 1), "arrived": len(arrived)}


def _arrived(stack: Stack, port: int, *, since: float, but: str = "") -> list[tuple[str, str, float]]:
    """Wait until all that is owed since then has come, and give recipient, report and how long it took; once each."""
    came: dict[str, float] = {}
    until = time.monotonic() + LATEST_SECONDS
    while True:
        for _, message, at in sinks.ask(port, "GET", "/arrivals"):
            came.setdefault(message, at)
        owed = stack.query(SENT, [since])
        missing = [each for each in owed if each[0] not in came and each[1] != but]
        if not missing or time.monotonic() > until:
            return [(slug, report, came[key] - at) for key, slug, report, at in owed if key in came]
        time.sleep(0.2)


def _by_report(arrived: Sequence[tuple[str, str, float]], which: Any) -> list[float]:
    by_report: dict[str, list[float]] = {}
    for _, report, took in arrived:
        by_report.setdefault(report, []).append(took)
    return [which(each) for each in by_report.values()]


def _quantiles(took: Iterable[float]) -> dict[str, float]:
    ms = [each * 1000 for each in took]
    hundredths = statistics.quantiles(ms, n=100, method="inclusive")
    return {"p50_ms": round(statistics.median(ms), 1), "p99_ms": round(hundredths[-1], 1)}


def table(figures: dict[str, Any]) -> Table:
    """Put the figures as a table."""
    made = Table("From commit to arrival", "Median", "99 of 100 within", "Arrived", "Owed", title="Arrivals")
    idle, lost, neighbour = figures["idle"], figures["lost"], figures["neighbour"]
    _add(made, "first of twenty, idle", idle, idle)
    _add(made, "last of twenty, idle", idle["last_of_twenty"], idle)
    late = f"{lost['longest_s']} s at most"
    made.add_row(f"first, hint lost (sweep {lost['sweep_s']:.0f} s)", "", late, str(lost["arrived"]), str(lost["owed"]))
    for name in ("without", "with"):
        for each in neighbour[name]:
            _add(made, f"19 recipients, {name} a slow one", each, each)
    made.add_row("ratio", f"{neighbour['p50_ratio']}", f"{neighbour['p99_ratio']} (spread {neighbour['p99_spread']})")
    return made


def _add(made: Table, name: str, times: dict[str, Any], counts: dict[str, Any]) -> None:
    figures = f"{times['p50_ms']} ms", f"{times['p99_ms']} ms"
    made.add_row(name, *figures, str(counts["arrived"]), str(counts["owed"]))
