"""A browser, and the service for it: the real web server, on the database of the tests."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from deploy import ports, services
from tests.browser import browsers, stages
from tests.ground.test_processes import until
from tests.journeys import demos
from tests.journeys.demos import Demo

START_SECONDS = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Give a browser, or fail and say what is missing."""
    try:
        with browsers.running() as browser:
            yield browser
    except browsers.NoBrowser as error:
        pytest.fail(str(error), pytrace=False)


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((ports.HOST, port)) == 0


@pytest.fixture(scope="package")
def web(django_db_setup: None, broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the web server as it is started in service, over HTTP; it sees what tests commit."""
    port = ports.free()
    log = tmp_path_factory.mktemp("web") / "log"
    given = {**os.environ, "HTTPS_ONLY": "false", "DEMONSTRATION": "true", "COUNCIL_NAME": "Northmoor District"}
    words = [sys.executable, "-m", "gunicorn", "-c", "python:config.web", "--bind", f"{ports.HOST}:{port}"]
    with log.open("w") as output:
        server = subprocess.Popen([*words, "config.wsgi"], env=given, cwd=services.ROOT, stderr=output)
    try:
        assert until(partial(listens, port), seconds=START_SECONDS), log.read_text()
        yield f"http://{ports.HOST}:{port}"
    finally:
        server.terminate()
        server.wait(START_SECONDS)


@pytest.fixture
def live(web: str, transactional_db: None) -> str:
    """Give the address of the service; what the test writes into the database is there, and gone after it."""
    return web


@pytest.fixture
def browse(chromium: Browser, live: str) -> Iterator[Callable[..., Page]]:
    """Open a browser of its own for whoever asks, as ``browse(width=360, javascript=False, language="cy")``.

    At the end the test fails for whatever the browser complained of: an error of a script, or what the policy forbids.
    A form that is shown again with its faults is no complaint.
    """
    with browsers.windows(chromium, live) as open_browser:
        yield open_browser


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stages.Stage]:
    """Start the whole service with the demonstration's recipients, played by the simulator, as real processes."""
    directory = tmp_path_factory.mktemp("stage") / "demo"
    directory.mkdir()
    with Demo(directory, module="tests.browser.stage", **demos.QUICK) as demo:
        demo.wait_for(demo.is_on_stage)
        yield stages.Stage(demo)
    demos.forget(directory)
