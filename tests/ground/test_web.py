"""How gunicorn serves."""

import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from config import logs, web, wsgi
from deploy import leashes, ports
from tests.ground.test_processes import has_gone, until


def test_its_logs_are_ours() -> None:
    assert web.logconfig_dict["formatters"]["line"]["()"] is logs.Line


def test_the_application_is_what_the_settings_name() -> None:
    assert callable(wsgi.application)


def test_a_process_that_has_gone_leaves_the_gauges_of_the_living(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gauge, total = tmp_path / "gauge_livesum_77.db", tmp_path / "counter_77.db"
    gauge.touch()
    total.touch()
    web.child_exit(None, SimpleNamespace(pid=77))
    assert gauge.exists()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    web.child_exit(None, SimpleNamespace(pid=77))
    assert not gauge.exists()
    assert total.exists()


def test_no_process_outlives_the_first_one(tmp_path: Path) -> None:
    """It would hold the port for as long as somebody waits for an answer."""
    (tmp_path / "thoughtful.py").write_text("import time\n\ndef answer(environ, start):\n    time.sleep(600)\n")
    port = ports.free(0)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:config.web", "-b", f"{ports.HOST}:{port}"]
    environment = {**os.environ, "PYTHONPATH": f"{Path.cwd()}:{tmp_path}"}
    first = leashes.start([*command, "thoughtful:answer"], log=tmp_path / "log", environment=environment)
    try:
        assert until(lambda: "Booting worker" in (tmp_path / "log").read_text())
        (other,) = psutil.Process(first.pid).children()
        with socket.create_connection((ports.HOST, port)) as caller:
            caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert until(lambda: any(each.status == psutil.CONN_ESTABLISHED for each in other.net_connections()))
            first.kill()
            first.wait()
            assert until(lambda: has_gone(other.pid), seconds=20), other
    finally:
        leashes.kill(first)
