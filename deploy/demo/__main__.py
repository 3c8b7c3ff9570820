"""``make demo``: tell a fictional county of a death once, and follow until everyone has confirmed."""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy import processes, services, states
from deploy.demo import loose_ends, reckonings, stages, stories, tellings, views, visits
from deploy.demo.calls import Unexpected
from deploy.demo.reckonings import Reckoning
from deploy.demo.stages import Stage
from deploy.demo.tellings import Telling

JSON = Any
DEFAULT_SECONDS = 180.0
NOT_AS_EXPECTED, CANNOT_START = 1, 2


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood when the story began: by our clock, by the books' and in the books."""

    clock: float
    moment: str
    unread: Mapping[str, int]


def main() -> int:
    """Run; 0 when all came as expected, 1 when not, 2 when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument(
        "--exit", action="store_true", help="end when everybody has confirmed, or DEMO_SECONDS are over"
    )
    parser.add_argument("--directory", type=Path, default=services.KEPT, help="where everything is kept")
    arguments = parser.parse_args()
    console = views.console()
    try:
        with processes.interruptible():
            return run(arguments.directory.absolute(), console=console, stays=not arguments.exit)
    except services.FAULTS as fault:
        print(fault, file=sys.stderr)
        return CANNOT_START


def run(directory: Path, *, console: Console, stays: bool) -> int:
    """Set the stage, tell the story, and stay or go."""
    console.print("Starting PostgreSQL, Valkey, the web service, two workers, the scheduler and the simulator ...")
    with stages.running(directory) as stage:
        try:
            standings, reckoning = perform(stage, console)
        except Unexpected as fault:
            print(fault, file=sys.stderr)
            return NOT_AS_EXPECTED
        for sentence in reckoning.all_faults:
            console.print(sentence, markup=False, highlight=False)
        if stays:
            loose_ends.leave(stage.service.url, stage.service.directory)
            views.explain(stage, console, is_as_expected=reckoning.is_as_expected)
            processes.stay()
    print(json.dumps(figures(standings, reckoning)), flush=True)
    return 0 if reckoning.is_as_expected else NOT_AS_EXPECTED


def perform(stage: Stage, console: Console) -> tuple[list[JSON], Reckoning]:
    """Tell the story, follow it, and compare the books with the story's own list. Raises Unexpected."""
    number = count_telling(stage.service.directory)
    story, owed = stories.story(telling=number), stories.owed(telling=number)
    url, directory = stage.service.url, stage.service.directory
    registrar = visits.staff(url, directory, visits.REGISTRAR)
    before = Before(time.monotonic(), moment(), stage.unread())
    telling = tellings.start(registrar, story)
    known = remember(directory, telling)
    journey = visits.informant(url, story, reference=telling.reference)
    receipts = tellings.answer(journey, telling, story)
    keep(directory, receipts)
    until = before.clock + float(os.environ.get("DEMO_SECONDS") or DEFAULT_SECONDS)
    with views.following(console, title=f"Report {telling.reference}: a death, told once") as show:
        standings = tellings.follow(journey, telling, owed=owed, show=show, until=until)
    seconds = time.monotonic() - before.clock
    books = stage.books()
    reckoning = reckonings.reckon(owed, books, reference=telling.reference)
    reckoning.seconds = round(seconds, 1)
    reckoning.faults += tellings.shortcomings(standings, owed)
    reckoning.faults += tellings.unverified(journey, receipts, story)
    reckoning.faults += reckonings.strays(books, known=known, since=before.moment)
    reckoning.faults += reckonings.unreadable(before.unread, stage.unread())
    return standings, reckoning


def count_telling(directory: Path) -> int:
    """Count the tellings in this directory, from 0, and this one among them."""
    file = directory / "tellings.txt"
    number = int(file.read_text(encoding="ascii")) if file.exists() else 0
    file.write_text(str(number + 1), encoding="ascii")
    return number


def moment() -> str:
    """Say the time as the books do."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def remember(directory: Path, telling: Telling) -> list[str]:
    """Keep the references of all stories told here, and give them."""
    file = directory / "told.txt"
    with file.open("a", encoding="ascii") as told:
        told.write(f"{telling.reference}\n")
    return file.read_text(encoding="ascii").split()


def keep(directory: Path, receipts: Mapping[str, str]) -> None:
    """Keep the receipts of consents as an informant would, each in a file."""
    for recipient, receipt in receipts.items():
        states.write_private(directory / f"receipt-{recipient}.jws", f"{receipt}\n")


def figures(standings: Sequence[JSON], reckoning: Reckoning) -> dict[str, float]:
    """Sum it up: the first five as the service says, the others as the books and the clock do."""
    states = [each["state"] for each in standings]
    return {
        "recipients": len(standings),
        "sent": sum(each["told_at"] is not None for each in standings),
        "closed": states.count("closed"),
        "withheld": states.count("withheld"),
        "failed": states.count("failed"),
        "lost": len(reckoning.lost),
        "duplicates": reckoning.duplicates,
        "repeats": reckoning.repeats,
        "seconds": reckoning.seconds,
    }


if __name__ == "__main__":
    sys.exit(main())
