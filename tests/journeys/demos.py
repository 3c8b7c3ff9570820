"""Demonstrations as real processes, for tests to watch and to hurt."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psutil

from deploy import servers, states
from deploy.demo import stories

JSON = Any
ROOT = Path(__file__).parents[2]
MEASURES = "COVERAGE_PROCESS_CONFIG"  # set while coverage is measured, for processes that start meanwhile
# Set for the tests themselves; a demonstration makes its own, and is as quick as usual.
OURS = {
    MEASURES,
    "ALLOWED_HOSTS",
    "BROKER_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "EGRESS_PRIVATE_NETWORKS",
    "HTTPS_ONLY",
    "REDIS_URL",
    "SECRET_KEY",
    "VAULT_KEYS",
}
QUICK = {"DRAIN_SECONDS": "8", "SWEEP_SECONDS": "1", "DEMO_SECONDS": "60"}
PATIENT = {**QUICK, "DEMO_SECONDS": "180"}  # after a fault, recipients' own retries may take their time
UNHURT = {**PATIENT, "DRAIN_SECONDS": "40"}  # no lease has to end soon, so that a reply may take its time too
# Far more than it takes: a busy machine is slow, and a fault waits for ever.
START_SECONDS, END_SECONDS, GONE_SECONDS = 300, 400, 60
OWED = [each for each in stories.owed() if each.told is not None]


class Demo:
    """One run of the demonstration in a directory, which may have seen runs before."""

    def __init__(self, directory: Path, *arguments: str, module: str = "deploy.demo", **settings: str) -> None:
        self.directory = directory
        self.output = directory.parent / f"{time.monotonic_ns()}.out"
        for stale in ("addresses.json", "told.txt"):
            (directory / stale).unlink(missing_ok=True)
        self.already = len(self.lines())
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, "--directory", str(directory), *arguments],
                cwd=ROOT,
                env=surroundings(**settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop it as Ctrl-C does, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(END_SECONDS)

    def ended(self) -> int:
        """Wait for it to end by itself, and give its status."""
        return self.process.wait(END_SECONDS)

    @property
    def said(self) -> str:
        """All that it has written."""
        return self.output.read_text()

    @property
    def figures(self) -> dict[str, Any]:
        """The last line."""
        figures: dict[str, Any] = json.loads(self.said.splitlines()[-1])
        return figures

    def is_on_stage(self) -> bool:
        """Whether everything runs."""
        return (self.directory / "addresses.json").exists()

    def addresses(self) -> dict[str, str]:
        """Where everything is."""
        found: dict[str, str] = json.loads((self.directory / "addresses.json").read_text())
        return found

    def process_ids(self) -> dict[str, int]:
        """The processes under the supervisor, by name."""
        found: dict[str, int] = json.loads((self.directory / "processes.json").read_text())
        return found

    def family(self) -> list[psutil.Process]:
        """The launcher's process and all below it."""
        launcher = psutil.Process(self.process.pid)
        return [launcher, *launcher.children(recursive=True)]

    def lines(self) -> list[JSON]:
        """The lines of the simulator's books about requests."""
        books = self.directory / "books.jsonl"
        # The last one may be half written.
        lines = books.read_bytes().split(b"\n")[:-1] if books.exists() else []
        return [line for line in map(json.loads, lines) if line["event"] == "request"]

    def told(self) -> list[JSON]:
        """Those of this run."""
        return self.lines()[self.already :]

    def wait_for(self, what: Callable[[], object], *, seconds: float = START_SECONDS) -> None:
        """Wait until something is so, as long as it runs."""
        until = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.03)


def named(processes: Iterable[psutil.Process]) -> dict[psutil.Process, str]:
    """Say what each of them runs, which nobody can say of one that is ending."""
    found = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found[process] = " ".join(process.cmdline())
    return found


def left(family: Mapping[psutil.Process, str]) -> list[str]:
    """Wait for processes to go, and say what those run that do not."""
    _, staying = psutil.wait_procs(list(family), timeout=GONE_SECONDS)
    return [f"{family[each]} ({each.pid})" for each in staying]


def surroundings(**settings: str) -> dict[str, str]:
    """The environment of somebody who has just cloned this, with some settings."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


def measured() -> dict[str, str]:
    """The setting of a demonstration whose processes count for coverage, which makes them half as slow again."""
    return {name: value for name, value in os.environ.items() if name == MEASURES}


def forget(directory: Path) -> None:
    """Remove what is left."""
    try:
        servers.forget(directory)
    except states.AlreadyRunning:
        raise AssertionError(f"Something still runs from {directory}.") from None
