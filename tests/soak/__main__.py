"""``make soak``: a steady load with random faults, and then the reckoning; fails on any loss, duplicate or growth.

``--minutes N`` holds a load of some reports a second for so long; ``--count N`` gets so many deliveries done as quick
as it goes, with nothing between the programs and their servers, so that killing is all that befalls them. Twenty
recipients, two of which say at once what they did, are played by one quick process.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil
import psycopg2
from rich.console import Console
from rich.table import Table

from deploy import processes, services
from tests.loads import gauges, reckonings, sinks, stacks, submitting
from tests.loads.gauges import Reading
from tests.loads.recipients import Played
from tests.loads.stacks import Stack
from tests.soak import faults
from tests.soak.faults import Fault

RECIPIENTS = 20
SUBMITTERS = 6
PER_SECOND = 0.7  # reports, of each submitter, where the load is to be steady
# Deliveries that may wait, where it is to be quick; workers begin at half of it: a batch costs little more than one.
BACKLOG = 100_000
FIRST_FAULT_AFTER, SHORTEST_PEACE, LONGEST_PEACE = 10.0, 10.0, 60.0
LOOK_EVERY = 2.0
DRAINED_WITHIN = 1800.0
SHOW_EVERY = 60.0
STARTING = ("web", "beat")  # and the workers when there is something to do
# In the usual four seconds a drain of twenty that share two processors gets little done, and a lease ends soon enough.
SWIFT: Mapping[str, Any] = {"DRAIN_SECONDS": "12", "REPLY_SECONDS": "3", "WORKER_THREADS": "12"}


@dataclass(slots=True)
class Soak:
    """What happened so far."""

    dice: Random
    kinds: Sequence[Fault]
    came: Callable[[], int] = int
    befallen: Counter[str] = field(default_factory=Counter)
    readings: list[Reading] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)


def main() -> int:
    """Run; 0 when everything held, 1 when not, 2 when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--count", type=int, default=0, help="deliveries, instead of minutes")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    try:
        with processes.interruptible():
            figures = run(arguments)
    except services.FAULTS as fault:
        print(fault, file=sys.stderr)
        return 2
    Console(width=120).print(table(figures))
    print(json.dumps(figures))
    return int(not figures["held"])


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Submit and let faults happen until all is told, then reckon."""
    kinds = faults.KILLS if arguments.count else faults.ALL
    soak = Soak(Random(arguments.seed), kinds)  # noqa: S311 - faults, no secrets
    with stage(is_swift=bool(arguments.count)) as (stack, url, books):
        submitters = submitting_all(stack, arguments)
        if arguments.count:
            enough = min(arguments.count, BACKLOG) // 2
            stack.wait_for(lambda: is_waiting(stack, enough), seconds=DRAINED_WITHIN, why="Too little was owed.")
        stack.start(*stacks.WORKERS)
        soak.came = lambda: sinks.counted(url)["effects"]
        endure(stack, soak, until=lambda: all(each.poll() is not None for each in submitters))
        if any(each.returncode for each in submitters):
            raise services.CannotStart(f"A submitter failed; {stack.directory / 'logs'} says why.")
        owed = reckonings.read_owed(stack.owed)
        endure(stack, soak, until=lambda: soak.came() >= len(owed))
        settle(stack)
        return figures(stack, soak, owed, books)


@contextmanager
def stage(*, is_swift: bool) -> Iterator[tuple[Stack, str, Path]]:
    """Run the service and the recipients; swiftly, with nothing between the programs and their servers."""
    with tempfile.TemporaryDirectory(prefix="tuo-soak-") as folder:
        books = Path(folder) / "books.tsv"
        with (
            sinks.running(books) as (url, _),
            stacks.running(cast(url), programs=STARTING, is_direct=is_swift, **(SWIFT if is_swift else {})) as stack,
        ):
            yield stack, url, books


def cast(url: str) -> list[Played]:
    """Give the recipients: of ten one answers at once, and one is told by SOAP."""
    return [_told(url, number) for number in range(RECIPIENTS)]


def _told(url: str, number: int) -> Played:
    if number % 10 == 9:
        return sinks.told(url, f"soap-{number}", style="soap")
    return sinks.told(url, f"{sinks.ANSWERS if number % 10 == 4 else 'takes-'}{number}")


def submitting_all(stack: Stack, arguments: argparse.Namespace) -> list[subprocess.Popen[bytes]]:
    """Let processes submit, each other people."""
    deliveries = arguments.count or int(arguments.minutes * 60 * PER_SECOND * SUBMITTERS * RECIPIENTS)
    each = -(-deliveries // (RECIPIENTS * SUBMITTERS))
    how = ["--pause-above", str(BACKLOG)] if arguments.count else ["--per-second", str(PER_SECOND)]
    seeds = [arguments.seed * 100 + number for number in range(SUBMITTERS)]
    return [stack.exits.enter_context(submitting.beside(stack, each, seed=seed, more=how)) for seed in seeds]


def endure(stack: Stack, soak: Soak, *, until: Any) -> None:
    """Let faults happen, and look in between, until something is so."""
    next_fault, next_show = time.monotonic() + FIRST_FAULT_AFTER, time.monotonic()
    while not until():
        time.sleep(LOOK_EVERY)
        look(stack, soak)
        if time.monotonic() > next_fault:
            soak.befallen[faults.befall(stack, soak.dice, soak.kinds)] += 1
            next_fault = time.monotonic() + soak.dice.uniform(SHORTEST_PEACE, LONGEST_PEACE)
        if time.monotonic() > next_show:
            show(soak)
            next_show = time.monotonic() + SHOW_EVERY


def is_waiting(stack: Stack, count: int) -> bool:
    """Whether so many deliveries wait; never counts further."""
    due = "SELECT count(*) >= %s FROM (SELECT 1 FROM tellusonce_delivery WHERE state = 'pending' LIMIT %s) AS found"
    return bool(stack.query(due, [count, count])[0][0])


def look(stack: Stack, soak: Soak) -> None:
    """Take a reading, unless what is read is away at the moment."""
    with suppress(psycopg2.OperationalError, psutil.NoSuchProcess):
        soak.readings.append(gauges.read(stack))


def show(soak: Soak) -> None:
    """Say how far it is."""
    last = soak.readings[-1] if soak.readings else None
    came, befallen = soak.came(), sum(soak.befallen.values())
    print(f"{time.monotonic() - soak.began:6.0f} s  {befallen} faults  {came:,} told  {last}", flush=True)


def settle(stack: Stack) -> None:
    """Wait, without further faults, until the database knows of all."""
    pending = "SELECT EXISTS (SELECT 1 FROM tellusonce_delivery WHERE state = 'pending')"
    stack.wait_for(lambda: not stack.query(pending)[0][0], seconds=DRAINED_WITHIN, why="Something stays on its way.")


def figures(stack: Stack, soak: Soak, owed: set[reckonings.Told], books: Path) -> dict[str, Any]:
    """Reckon up."""
    took = time.monotonic() - soak.began
    states = dict(stack.query("SELECT state || ' ' || reason, count(*) FROM tellusonce_delivery GROUP BY 1"))
    found = {
        "lost": len(reckonings.lost(owed, sinks.read(books))),
        "duplicates": len(reckonings.duplicates(sinks.read(books))),
        "misdirected": len(reckonings.misdirected(owed, sinks.read(books))),
        "ledger": list(reckonings.ledger(stack)),
        "leaks": reckonings.leaked_in_files(stack),
        "growth": gauges.growth(soak.readings),
    }
    tries = sum(1 for _ in sinks.read(books))
    is_whole = sum(states.values()) == len(owed) and not {each.split()[0] for each in states} - {"sent", "closed"}
    return {
        "owed": len(owed),
        "requests": tries,
        "seconds": round(took),
        "per_second": round(len(owed) / took),
        "faults": sum(soak.befallen.values()),
        "befallen": dict(soak.befallen),
        **found,
        "states": states,
        "first": asdict(soak.readings[0]),
        "last": asdict(soak.readings[-1]),
        "held": is_whole and not any(found.values()),
    }


def table(figures: dict[str, Any]) -> Table:
    """Put them as a table."""
    made = Table("What", "How much", title="Soak")
    for name, each in figures.items():
        several: dict[str, Any] = each if isinstance(each, dict) else {}
        made.add_row(name, "" if several else str(each))
        for key, value in several.items():
            made.add_row(f"  {key}", str(value))
    return made


if __name__ == "__main__":
    sys.exit(main())
