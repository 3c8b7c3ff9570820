"""``make demo``: tell a fictional county of a death once, and follow until everyone has confirmed."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy import processes, services
from deploy.demo import players, reckonings, stages, stories, tellings, views
from deploy.demo.calls import Unexpected
from deploy.demo.reckonings import Reckoning
from deploy.demo.stages import Stage
from deploy.demo.tellings import Telling

JSON = Any
DEFAULT_SECONDS = 180.0
NOT_AS_EXPECTED, CANNOT_START = 1, 2


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
            status = perform(stage, console)
        except Unexpected as fault:
            print(fault, file=sys.stderr)
            status = NOT_AS_EXPECTED
        if stays:
            views.explain(stage, console)
            signal.pause()
        return status


def perform(stage: Stage, console: Console) -> int:
    """Tell the story, follow it, and compare the books with the story's own list. Raises Unexpected."""
    story, owed = stories.story(), stories.owed()
    began, since = time.monotonic(), moment()
    unread = stage.unread()
    telling = tellings.start(stage.system(players.REGISTRAR), story)
    known = remember(stage.service.directory, telling)
    tellings.answer(stage.system(players.JOURNEY), telling, story)
    until = began + float(os.environ.get("DEMO_SECONDS") or DEFAULT_SECONDS)
    with views.following(console, title=f"Report {telling.reference}: a death, told once") as show:
        journey = stage.system(players.JOURNEY)
        standings = tellings.follow(journey, telling, owed=owed, show=show, until=until)
    seconds = time.monotonic() - began
    books = stage.books()
    reckoning = reckonings.reckon(owed, books, reference=telling.reference)
    reckoning.faults += tellings.shortcomings(standings, owed)
    reckoning.faults += [
        f"{each} was sent a report unknown." for each in reckonings.strays(books, known=known, since=since)
    ]
    reckoning.faults += [f"{name} got what it cannot read." for name, n in stage.unread().items() if n > unread[name]]
    return conclude(standings, reckoning, seconds=seconds, console=console)


def moment() -> str:
    """Say the time as the books do."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def remember(directory: Path, telling: Telling) -> list[str]:
    """Keep the references of all stories told here, and give them."""
    file = directory / "told.txt"
    with file.open("a", encoding="ascii") as told:
        told.write(f"{telling.reference}\n")
    return file.read_text(encoding="ascii").split()


def conclude(standings: Sequence[JSON], reckoning: Reckoning, *, seconds: float, console: Console) -> int:
    """Say what was found, in sentences and then as one line of JSON, and whether all is as expected."""
    faults = [*reckoning.faults, *(f"{each} never got what it is owed." for each in reckoning.lost)]
    for fault in faults:
        console.print(fault, markup=False, highlight=False)
    states = [each["state"] for each in standings]
    print(
        json.dumps(
            {
                "recipients": len(standings),
                "sent": sum(each["told_at"] is not None for each in standings),
                "closed": states.count("closed"),
                "withheld": states.count("withheld"),
                "failed": states.count("failed"),
                "lost": len(reckoning.lost),
                "duplicates": reckoning.duplicates,
                "repeats": reckoning.repeats,
                "seconds": round(seconds, 1),
            }
        ),
        flush=True,
    )
    return NOT_AS_EXPECTED if faults or reckoning.duplicates else 0


if __name__ == "__main__":
    sys.exit(main())
