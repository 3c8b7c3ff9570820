"""Processes are kept running, and none outlives whoever started it."""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from deploy import leashes, processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


def program(name: str, command: list[str] = SLEEP) -> processes.Program:
    return processes.Program(name, command, dict(os.environ))


def until(is_so: Callable[[], bool], *, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.02)
    return is_so()


def has_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_killed_process_is_started_again_under_its_name(tmp_path: Path) -> None:
    with processes.Supervisor(tmp_path) as supervisor:
        supervisor.start(program("one"), program("two"))
        before = json.loads((tmp_path / "processes.json").read_text())
        assert before == supervisor.process_ids()
        os.kill(before["one"], signal.SIGKILL)
        assert until(lambda: supervisor.process_ids()["one"] != before["one"])
        assert until(lambda: json.loads((tmp_path / "processes.json").read_text()) == supervisor.process_ids())
        assert supervisor.process_ids()["two"] == before["two"]
        assert supervisor.restarts() == {"one": 1, "two": 0}
    assert until(lambda: all(has_gone(pid) for pid in supervisor.process_ids().values()))


def test_one_that_keeps_ending_is_started_less_and_less_often(tmp_path: Path) -> None:
    with processes.Supervisor(tmp_path) as supervisor:
        supervisor.start(program("brief", [sys.executable, "-c", "import time; print(time.monotonic(), flush=True)"]))
        log = supervisor.log("brief")
        assert until(lambda: log.exists() and len(log.read_text().splitlines()) > 3)
    ran_at = [float(line) for line in log.read_text().splitlines()]
    pauses = [2 * processes.FIRST_PAUSE_SECONDS, 4 * processes.FIRST_PAUSE_SECONDS, 8 * processes.FIRST_PAUSE_SECONDS]
    assert all(after - before > pause for (before, after), pause in zip(pairwise(ran_at), pauses, strict=False))


def test_one_that_will_not_listen_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    parent = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); " + DEAF[2]
    with processes.Supervisor(tmp_path) as supervisor:
        supervisor.start(program("deaf", [sys.executable, "-c", parent, *DEAF]))
        assert until(lambda: supervisor.log("deaf").exists() and supervisor.log("deaf").read_text().count("deaf") == 2)
        child = int(supervisor.log("deaf").read_text().split("\n")[0])
    assert until(lambda: has_gone(supervisor.process_ids()["deaf"]))
    assert until(lambda: has_gone(child))


STARTER = """
import sys
from pathlib import Path
from deploy import processes
with processes.interruptible(), processes.Supervisor(Path(sys.argv[1])) as supervisor:
    supervisor.start(processes.Program("one", sys.argv[2:], {}))
    print(supervisor.process_ids()["one"], flush=True)
    processes.stay()
"""


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_behind_however_the_launcher_ends(tmp_path: Path, by: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, tmp_path, *SLEEP], stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout
        pid = int(launcher.stdout.readline())
        assert not has_gone(pid)
        launcher.send_signal(by)
        try:
            assert launcher.wait(60) == (-by if by == signal.SIGKILL else 128 + by)
        finally:
            launcher.kill()
    assert until(lambda: has_gone(pid))


def test_a_killed_launcher_takes_with_it_what_will_not_listen(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, tmp_path, *DEAF], stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout
        pid = int(launcher.stdout.readline())
        log = tmp_path / "logs" / "one.log"
        assert until(lambda: log.read_text() == "deaf\n")
        launcher.kill()
    assert until(lambda: has_gone(pid))


def test_stopping_what_has_ended_is_harmless(tmp_path: Path) -> None:
    process = leashes.start([sys.executable, "-c", ""], log=tmp_path / "log")
    process.wait()
    leashes.stop(process)
    leashes.kill(process)
    assert process.returncode == 0


def test_another_account_gets_none_of_our_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root may start a process as somebody else; what anybody asks the system for is the same."""
    asked: dict[str, object] = {}
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **how: asked.update(how))
    leashes.start(["true"], log=tmp_path / "log", user="nobody")
    nobody = pwd.getpwnam("nobody")
    assert (asked["user"], asked["group"]) == (nobody.pw_uid, nobody.pw_gid)
    assert (asked["extra_groups"], asked["cwd"]) == ([], "/")


def test_another_account_is_what_the_process_runs_as(tmp_path: Path) -> None:
    """Root gets it, and whoever may not have it is refused."""
    asked = "import os; print(os.geteuid() != 0, os.getegid() != 0, os.getgroups(), os.getcwd())"
    command = ["/usr/bin/env", "python3", "-c", asked]
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):
            leashes.start(command, log=tmp_path / "log", user="nobody")
        return
    leashes.start(command, log=tmp_path / "log", user="nobody").wait()
    assert (tmp_path / "log").read_text() == "True True [] /\n"
