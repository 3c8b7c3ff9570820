"""The hostile server as a process of its own, as somebody runs it who wants to try a client."""

import re
import signal
import socket
import subprocess
import sys

import requests

from adapters.simulator.ways import WAYS
from tests.simulator.peers import ROOT

COMMAND = [sys.executable, "-m", "adapters.simulator.hostile"]


def test_it_says_where_each_way_is_found_and_ends_when_told_to() -> None:
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        urls = [process.stdout.readline().strip() for _ in WAYS]
        assert [url.rpartition("/")[2] for url in urls] == sorted(WAYS)
        assert requests.post(urls[sorted(WAYS).index("ok")], data="x", timeout=30).json() == {"status": "received"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_way_that_there_is_not_is_answered_by_those_there_are() -> None:
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        answer = requests.post(re.sub(r"[^/]+$", "nowhere", url), data="x", timeout=30)
        assert (answer.status_code, answer.text.split("\n")) == (404, sorted(WAYS))
        process.terminate()


def test_a_port_that_is_taken_ends_it_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND, "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 2
    assert "address already in use" in ended.stderr
