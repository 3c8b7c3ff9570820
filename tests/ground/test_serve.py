"""``make serve``: the service on one machine, from the command line."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy import reset, servers, services, states
from tests.ground.test_processes import has_gone, until

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("serve") / "kept"
    yield found
    servers.forget(found)


@pytest.fixture(scope="module")
def served(directory: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start it, and give its process and address."""
    launcher = serve(directory)
    try:
        assert launcher.stdout
        words = launcher.stdout.readline()
        found = re.match(r"Serving at (http://127\.0\.0\.1:\d+)\. ", words)
        assert found, words
        yield launcher, found[1]
    finally:
        launcher.kill()
        launcher.communicate()


def serve(directory: Path) -> "subprocess.Popen[str]":
    given = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BROKER_URL", "HTTPS_ONLY", "ALLOWED_HOSTS")
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.serve", "--directory", directory],
        env={name: value for name, value in os.environ.items() if name not in given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def process_ids(directory: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((directory / "processes.json").read_text())
    return found


def is_ready(log: Path) -> bool:
    return "ready." in log.read_text()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  our own address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_it_answers_and_runs_web_two_workers_and_the_scheduler(
    served: tuple["subprocess.Popen[str]", str], directory: Path
) -> None:
    assert status(f"{served[1]}/oauth/token/") == 405
    assert set(process_ids(directory)) == {"web", "worker-prompt", "worker-slow", "beat"}
    for worker in ("worker-prompt", "worker-slow"):
        assert until(partial(is_ready, directory / "logs" / f"{worker}.log"), seconds=120)


def test_each_process_stays_under_250_megabytes(served: tuple["subprocess.Popen[str]", str], directory: Path) -> None:
    for pid in process_ids(directory).values():
        for process in (psutil.Process(pid), *psutil.Process(pid).children()):
            assert process.memory_info().rss < 250 * 1024 * 1024


def test_a_second_one_says_that_the_first_one_runs(
    served: tuple["subprocess.Popen[str]", str], directory: Path
) -> None:
    second = serve(directory)
    words, _ = second.communicate(timeout=120)
    assert second.returncode == 2
    assert re.fullmatch(r"It is already running from .*\.\n", words)


def test_a_killed_worker_is_replaced(served: tuple["subprocess.Popen[str]", str], directory: Path) -> None:
    before = process_ids(directory)["worker-prompt"]
    os.kill(before, signal.SIGKILL)
    assert until(lambda: process_ids(directory)["worker-prompt"] != before)


def test_no_process_is_left_when_it_is_told_to_stop(
    served: tuple["subprocess.Popen[str]", str], directory: Path
) -> None:
    launcher, _ = served
    running = psutil.Process(launcher.pid).children(recursive=True)
    assert len(running) > 5
    launcher.terminate()
    assert launcher.wait(120) == 128 + signal.SIGTERM
    assert until(lambda: all(has_gone(process.pid) for process in running))


def test_what_is_in_the_way_is_said_in_a_sentence(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    launcher = services.running(directory)
    with pytest.raises(services.CannotStart, match=r"`manage\.py migrate .*` failed; .*manage\.log says why"):
        launcher.__enter__()


def test_reset_forgets_everything(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(services, "KEPT", directory)
    home = (directory / "postgres").resolve()
    assert home.exists()
    with states.alone(directory):
        assert reset.main() == 2
    assert "already running" in capsys.readouterr().err
    assert reset.main() == 0
    assert not directory.exists()
    assert not home.exists()
    assert capsys.readouterr().out == f"{directory} is gone.\n"
