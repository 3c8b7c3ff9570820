"""How gunicorn serves."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from config import logs, web, wsgi


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
