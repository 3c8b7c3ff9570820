"""Processes that are kept running: started, watched, started again when they end, and all stopped at the end."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from deploy import leashes, states

LOOK_SECONDS = 0.1
STOP_SECONDS = 10.0
LASTED_SECONDS = 10.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and under which name its log and its process are found."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(slots=True)
class Run:
    """One program's latest process, and when the next one may start."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE_SECONDS
    due: float | None = None
    restarts: int = 0


class Supervisor:
    """Keeps programs running for as long as its block does.

    Their output is in ``logs/NAME.log`` under the directory, their process ids are in ``processes.json``. If this
    process is killed, the kernel ends them, as it does when the thread ends that called `start`: use the main one.
    """

    def __init__(self, directory: Path) -> None:
        """Work in this directory, which the caller holds alone."""
        self.directory = directory
        self.logs = directory / "logs"
        self._runs: dict[str, Run] = {}
        self._changing = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them all, those started last first."""
        self._stopping.set()
        self._watcher.join()
        processes = [run.process for run in reversed(self._runs.values())]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in processes:
            leashes.stop(process, within_seconds=max(0.1, until - time.monotonic()))
        (self.directory / "processes.json").unlink(missing_ok=True)

    def start(self, *programs: Program) -> None:
        """Start programs, and keep them running from now on."""
        for program in programs:
            with self._changing:
                self._runs[program.name] = Run(program, self._launch(program), time.monotonic())
        self._publish()

    def process_ids(self) -> dict[str, int]:
        """Give the id of each program's latest process."""
        with self._changing:
            return {name: run.process.pid for name, run in self._runs.items()}

    def restarts(self) -> dict[str, int]:
        """Say how often each program had to be started again."""
        with self._changing:
            return {name: run.restarts for name, run in self._runs.items()}

    def log(self, name: str) -> Path:
        """Say where a program's output goes."""
        return self.logs / f"{name}.log"

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        return leashes.start(program.command, log=self.log(program.name), environment=program.environment)

    def _publish(self) -> None:
        states.write_private(self.directory / "processes.json", json.dumps(self.process_ids(), indent=2))

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            with self._changing:
                changed = [self._look(run) for run in self._runs.values()]
            if any(changed):
                self._publish()

    def _look(self, run: Run) -> bool:
        """Start a program again if it has ended and its pause is over; say whether that was so."""
        now = time.monotonic()
        if run.process.poll() is None:
            return False
        if run.due is None:
            lasted = now - run.started >= LASTED_SECONDS
            run.pause = FIRST_PAUSE_SECONDS if lasted else min(run.pause * 2, LONGEST_PAUSE_SECONDS)
            run.due = now + run.pause
        if now < run.due:
            return False
        # What it left in its group would hold its ports.
        leashes.kill(run.process)
        run.process, run.started, run.due = self._launch(run.program), now, None
        run.restarts += 1
        return True


def stay() -> None:
    """Wait until interrupted.

    In short naps: a signal that comes just before ``signal.pause()`` is handled, and then the next one is waited for.
    """
    while True:
        time.sleep(LOOK_SECONDS)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that what it started is stopped; main thread only."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        # Once is enough: the next one must not cut short the stopping.
        for each in usual:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    usual = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for each in usual:
        signal.signal(each, interrupt)
    try:
        yield
    finally:
        for each, handler in usual.items():
            signal.signal(each, handler)
