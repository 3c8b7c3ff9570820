"""``make demo``: told once, followed to the end, nothing in the clear, nothing left behind."""

import base64
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deploy.demo import visits
from identity.models import Role
from tests.journeys import demos, leaks
from tests.journeys.demos import OWED, QUICK, UNHURT, Demo
from tests.journeys.leaks import Listener

pytestmark = pytest.mark.journey

MOST_MEMORY = 250 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Watched:
    """A demonstration that has been told and stays up, and what was heard of it meanwhile."""

    demo: Demo
    broker: str
    database: str
    family: dict[psutil.Process, str]


@pytest.fixture(scope="module")
def watched(kept: Path) -> Iterator[Watched]:
    with Demo(kept, **demos.measured()) as demo:
        demo.wait_for(demo.is_on_stage)
        with Listener(demo.addresses()["broker"]) as listener:
            demo.wait_for(lambda: "Ctrl-C stops" in demo.said)
            assert listener.has_heard(r"LPUSH.*tellusonce\.tasks\.drain")
        yield Watched(demo, listener.heard, leaks.dumped(demo.addresses()["database"]), demos.named(demo.family()))


def test_everybody_gets_what_the_storys_list_owes_them(watched: Watched) -> None:
    assert "Everybody got what the story's list owes them and nothing else" in watched.demo.said
    assert f"{len(OWED)} told, {len(OWED)} confirmed, 0 to come." in watched.demo.said


def test_each_role_has_a_login_and_finds_a_story_that_is_told_by_half(watched: Watched) -> None:
    for role in Role:
        assert re.search(rf"^ +{role} +\S", watched.demo.said, re.MULTILINE), role
    at, directory = watched.demo.addresses()["service"], watched.demo.directory
    officer = visits.staff(at, directory, visits.OFFICER)
    assert [each["kind"] for each in officer.call("GET", "/api/v1/inbox")["items"]] == ["move"]
    began = [visits.citizen(at, visits.INFORMANT), visits.citizen(at, visits.NEIGHBOUR)]
    began.append(visits.staff(at, directory, visits.ADVISER))
    for visit in began:
        assert "started" in {each["state"] for each in visit.call("GET", "/api/v1/reports")["items"]}


def test_the_consent_of_the_story_has_a_receipt_that_names_nobody(watched: Watched) -> None:
    (receipt,) = watched.demo.directory.glob("receipt-*.jws")
    assert receipt.name == "receipt-lantern-trust.jws"
    content = receipt.read_text().split(".")[1]
    record = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    assert record["event"]["event_state"] == "given"
    assert leaks.found_in(json.dumps(record)) == set()


def test_no_value_of_the_report_is_in_the_database(watched: Watched) -> None:
    assert "tellusonce_answers: " in watched.database
    assert leaks.found_in(watched.database) == set()


def test_no_value_of_the_report_went_through_the_broker(watched: Watched) -> None:
    assert leaks.found_in(watched.broker) == set()


def test_no_value_of_the_report_is_in_any_output(watched: Watched) -> None:
    assert '"process"' in leaks.logged(watched.demo.directory)
    assert leaks.found_in(leaks.logged(watched.demo.directory) + watched.demo.said) == set()


@pytest.mark.parametrize("name", ["web", "worker-prompt", "worker-slow", "beat"])
def test_each_process_stays_within_its_memory(watched: Watched, name: str) -> None:
    process = psutil.Process(watched.demo.process_ids()[name])
    used = {each.pid: each.memory_info().rss for each in (process, *process.children(recursive=True))}
    assert max(used.values()) < MOST_MEMORY, used


def test_a_second_one_beside_it_says_that_one_runs(watched: Watched) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "deploy.demo", "--directory", str(watched.demo.directory)],
        cwd=demos.ROOT,
        env=demos.surroundings(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert second.returncode == 2
    assert f"already running from {watched.demo.directory} (process {watched.demo.process.pid})" in second.stderr


def test_ctrl_c_leaves_no_process_behind(watched: Watched) -> None:
    assert len(watched.family) > 10
    watched.demo.process.send_signal(signal.SIGINT)
    watched.demo.process.wait(demos.END_SECONDS)
    assert demos.left(watched.family) == []


def test_with_exit_it_ends_by_itself_and_a_second_story_is_told_in_the_same_database(kept: Path) -> None:
    with Demo(kept, "--exit", **UNHURT, **demos.measured()) as demo:
        assert demo.ended() == 0, demo.said
    figures = demo.figures
    seconds = figures.pop("seconds")
    assert 0 < seconds < float(UNHURT["DEMO_SECONDS"])
    # Three recipients take it only when asked again.
    expected = {"recipients": 25, "sent": 25, "closed": 25, "withheld": 0, "failed": 0, "lost": 0, "duplicates": 0}
    assert figures == {**expected, "repeats": 3}
    assert {line["recipient"] for line in demo.told()} == {each.recipient for each in OWED}


def test_a_killed_launcher_leaves_no_process_behind(kept: Path) -> None:
    demo = Demo(kept, "--exit", **QUICK)
    demo.wait_for(lambda: len(demo.told()) > 5)
    family = demos.named(demo.family())
    assert len(family) > 10
    demo.process.kill()
    demo.process.wait()
    assert demos.left(family) == []
