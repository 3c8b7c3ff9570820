"""What a service holds while it runs: memory, descriptors, connections, dead rows; and whether any of it only grows."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.loads.stacks import WORKERS, Stack

# Once it is warm, of the first and the last third of a run the medians are compared: what a fault leaves for a moment
# is no growth.
WARMING = 0.15
PARTS = 3
# What may come on top: caches fill, and the allocator keeps what it had.
SLACK: Mapping[str, float] = {"worker_mb": 25, "web_mb": 25, "descriptors": 150, "connections": 20, "dead_rows": 50_000}
MOST_GROWTH = 1.15


@dataclass(frozen=True, slots=True)
class Reading:
    """One look: the largest worker's and web process's memory, all their descriptors, the database's side."""

    worker_mb: float
    web_mb: float
    descriptors: int
    connections: int
    dead_rows: int


def read(stack: Stack) -> Reading:
    """Look now. Raises psycopg2.OperationalError while the database is away, psutil.NoSuchProcess for who just went."""
    ids = stack.supervisor.process_ids()
    workers = [psutil.Process(ids[name]) for name in WORKERS if name in ids]
    webs = psutil.Process(ids["web"]).children() or [psutil.Process(ids["web"])]
    ((connections, dead),) = stack.query(
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
        " (SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables)"
    )
    return Reading(
        worker_mb=max((_megabytes(each) for each in workers), default=0.0),
        web_mb=max(map(_megabytes, webs)),
        descriptors=sum(each.num_fds() for each in (*workers, *webs)),
        connections=int(connections),
        dead_rows=int(dead),
    )


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def peak_mb(stack: Stack) -> float:
    """Say how much memory the largest worker has ever held."""
    ids = stack.supervisor.process_ids()
    told = [Path(f"/proc/{ids[name]}/status").read_text(encoding="ascii") for name in WORKERS]
    return max(int(found[1]) / 1024 for each in told if (found := re.search(r"VmHWM:\s+(\d+)", each)))


def growth(readings: Sequence[Reading]) -> list[str]:
    """Say, a sentence each, what has grown from the first third of a warm run to its last."""
    readings = readings[int(len(readings) * WARMING) :]
    third = len(readings) // PARTS
    if not third:
        return []
    first, last = _medians(readings[:third]), _medians(readings[-third:])
    return [
        f"{name} grew from {first[name]:.0f} to {last[name]:.0f}."
        for name, slack in SLACK.items()
        if last[name] > first[name] * MOST_GROWTH + slack
    ]


def _medians(readings: Sequence[Reading]) -> dict[str, float]:
    rows = [asdict(each) for each in readings]
    return {name: float(statistics.median(row[name] for row in rows)) for name in SLACK}
