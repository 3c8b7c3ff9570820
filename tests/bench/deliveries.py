"""Deliveries a second, and the processor time of each, from rows that are due to rows that are settled.

Ours, with one worker and with two, stands beside one Celery task for each delivery (`plain`), in turn and in one run,
to the same sink, whose books say whether anything was lost or came twice; and beside what neither can do without
(`peers`). Medians of three.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from deploy import processes, services
from tests.bench import owing, peers, staging
from tests.bench.owing import KEPT, OURS, PLAIN, Wanted
from tests.loads import sinks
from tests.loads.stacks import Stack

JSON = Any
RECIPIENTS, ROUNDS = 20, 3
# So many reports that a run takes some seconds.
REPORTS: Mapping[str, int] = {OURS: 150, PLAIN: 25, KEPT: 50}
NAMES: Mapping[str, str] = {OURS: "ours", PLAIN: "one task for each", KEPT: "the same, connections kept"}
WARMING = 10
SETTLED_WITHIN = 120.0
IS_PENDING = "SELECT EXISTS (SELECT 1 FROM tellusonce_delivery WHERE state = 'pending')"
CPU_PARTS = ("worker", "database", "broker")


def measure() -> dict[str, JSON]:
    """Measure both styles by both engines, and what stands beside."""
    figures: dict[str, JSON] = {}
    for style in ("rest", "soap"):
        figures[style] = {engine: _by_workers(style, engine) for engine in NAMES}
    return {**figures, **peers.measure()}


def _by_workers(style: str, engine: str) -> list[JSON]:
    with _service(style) as (stack, url):
        found = []
        for workers in (1, 2):
            _start(stack, engine, workers)
            wanted = Wanted(engine, style, workers, REPORTS[engine])
            _run(stack, url, replace(wanted, count=WARMING), seed=workers * 100)
            runs = [_run(stack, url, wanted, seed=workers * 100 + number) for number in range(1, ROUNDS + 1)]
            found.append({"workers": workers, **_middle(runs), "runs": runs})
        return found


@contextmanager
def _service(style: str) -> Iterator[tuple[Stack, str]]:
    """Run servers and sink alone; workers are started by whoever measures."""
    with tempfile.TemporaryDirectory(prefix="tuo-bench-") as folder, sinks.running(Path(folder) / "books") as (url, _):
        played = [sinks.told(url, f"{style}-{number}", style=style) for number in range(1, RECIPIENTS + 1)]
        with staging.running(played, programs=()) as stack:
            yield stack, url


def _start(stack: Stack, engine: str, number: int) -> None:
    """Start another worker; whoever owes waits until it listens."""
    name = f"{engine}-{number}"
    celery = [sys.executable, "-m", "celery", "-A", "config" if engine == OURS else "tests.bench.plain", "--quiet"]
    worker = ["worker", "--without-gossip", "--without-mingle", "-n", f"{name}@%h"]
    queue = ["-Q", "prompt"] if engine == OURS else ["-Q", "quiet"]
    here = {**stack.environment, "PYTHONPATH": str(services.ROOT), "KEPT": "1" if engine == KEPT else ""}
    stack.supervisor.start(processes.Program(name, [*celery, *worker, *queue], here))


def _run(stack: Stack, url: str, wanted: Wanted, *, seed: int) -> JSON:
    """Owe, let go, and watch until all is settled."""
    owed, before = wanted.count * RECIPIENTS, sinks.counted(url)
    with owing.owed(stack, wanted, seed=seed) as process:
        spent = _spent(stack, wanted.engine)
        begun = owing.go(process)
        why = "Not all was settled."
        stack.wait_for(lambda: stack.query(IS_PENDING) == [(False,)], seconds=SETTLED_WITHIN, why=why)
        wall = time.time() - begun
        taken = {name: seconds - spent[name] for name, seconds in _spent(stack, wanted.engine).items()}
    came = sinks.counted(url)
    requests, effects = (came[name] - before[name] for name in ("requests", "effects"))
    return {
        "owed": owed,
        "per_s": round(owed / wall, 1),
        **{f"{name}_cpu_ms": round(each / owed * 1000, 3) for name, each in taken.items()},
        "cpu_ms": round(sum(taken.values()) / owed * 1000, 3),
        "lost": owed - effects,
        "duplicates": requests - effects,
    }


def _spent(stack: Stack, engine: str) -> dict[str, float]:
    """Give the processor seconds of each part until now."""
    names = [name for name in stack.supervisor.process_ids() if name.startswith(engine)]
    assert stack.servers.broker is not None
    broker = psutil.Process(stack.servers.broker.process.pid)
    whose = (staging.families(stack, *names), staging.database(stack), [broker])
    return dict(zip(CPU_PARTS, map(staging.seconds, whose), strict=True))


def _middle(runs: list[JSON]) -> JSON:
    names = ("per_s", "cpu_ms", *(f"{name}_cpu_ms" for name in CPU_PARTS))
    sums = {name: sum(each[name] for each in runs) for name in ("owed", "lost", "duplicates")}
    return {**{name: statistics.median(each[name] for each in runs) for name in names}, **sums}


def table(figures: Mapping[str, JSON]) -> Table:
    """Put the figures as a table."""
    made = Table(
        *("Deliveries", "Workers", "A second", "Processor time of each", "Worker", "Database", "Broker"),
        *("Owed", "Lost", "Twice"),
        title=f"{RECIPIENTS} recipients, medians of {ROUNDS}",
    )
    for style in ("rest", "soap"):
        for engine in NAMES:
            for each in figures[style][engine]:
                times = (f"{each[name]:.2f} ms" for name in ("cpu_ms", *(f"{part}_cpu_ms" for part in CPU_PARTS)))
                counts = (str(each[name]) for name in ("owed", "lost", "duplicates"))
                name = f"{style.upper()}, {NAMES[engine]}"
                made.add_row(name, str(each["workers"]), f"{each['per_s']:.0f}", *times, *counts)
    for name, each in figures["peers"].items():
        rate = f"{each['per_s']:.0f}" if "per_s" in each else ""
        made.add_row(name, "", rate, f"{each['cpu_ms']:.2f} ms")
    return made


def told(figures: Mapping[str, JSON]) -> dict[str, JSON]:
    """Give the figures that there are targets for: at the better number of workers each, and processor time by one."""
    made: dict[str, JSON] = {}
    for style in ("rest", "soap"):
        ours, plain = figures[style][OURS], figures[style][PLAIN]
        rate, usual = (max(each["per_s"] for each in runs) for runs in (ours, plain))
        made |= {
            f"{style}_per_s": rate,
            **({"plain_per_s": usual} if style == "rest" else {}),
            f"{style}_vs_plain": round(rate / usual, 2),
            f"{style}_vs_kept": round(rate / max(each["per_s"] for each in figures[style][KEPT]), 2),
            f"{style}_cpu_vs_plain": round(ours[0]["cpu_ms"] / plain[0]["cpu_ms"], 3),
        }
    made["rest_cpu_vs_raw"] = round(
        figures["rest"][OURS][0]["worker_cpu_ms"] / figures["peers"][peers.RAW]["cpu_ms"], 2
    )
    everything = [run for style in ("rest", "soap") for runs in figures[style].values() for run in runs]
    return {**made, **{name: sum(each[name] for each in everything) for name in ("lost", "duplicates")}}
