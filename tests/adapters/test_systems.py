"""Every adapter that is discovered is checked; and a file that is dropped in is discovered."""

import contextlib
import importlib
import os
import queue
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from adapters import discovery, egress, functions, mapping, rest, soap, systems
from adapters.systems import shelfmark
from tests.adapters import checks
from tests.adapters.examples import FIELDS, endpoint, message, soap_endpoint
from tests.adapters.peers import LOOPBACK, PATIENT, peer, reply, says
from tests.adapters.signing import party

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-an-adapter.md").read_text()


@pytest.mark.parametrize("name", discovery.names())
def test_every_adapter_does_what_it_owes(name: str) -> None:
    checks.check_all(name)


def test_adapters_are_found_by_name() -> None:
    assert {"rest", "soap", "shelfmark"} <= set(discovery.names())
    assert [discovery.find(name) for name in ("rest", "soap", "shelfmark")] == list[object]((rest, soap, shelfmark))


@pytest.mark.parametrize("name", ["inbox", "contract", "systems", "os", "../rest", ""])
def test_what_is_no_adapter_is_not_found_and_the_others_are_named(name: str) -> None:
    with pytest.raises(discovery.UnknownAdapter, match=r"there are .*rest, .*shelfmark, soap"):
        discovery.find(name)


Drop = Callable[[str, str], None]


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drop]:
    """Drop a file into a systems directory."""
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    dropped: list[str] = []

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)
        dropped.append(name)

    yield write
    discovery.find.cache_clear()
    for name in dropped:
        sys.modules.pop(f"adapters.systems.{name}", None)
        vars(systems).pop(name, None)


def blocks(language: str) -> list[str]:
    """Cut the examples out of the page."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def named() -> tuple[str, str, str]:
    """Say what the page calls its adapter's file, the adapter, and the file of its test."""
    file, name = re.findall(r"`(\w+)\.py`\s+is\s+`([a-z-]+)`", PAGE)[0]
    (test,) = re.findall(r"This is `(\w+\.py)`:", PAGE)
    return file, name, test


def test_the_file_on_the_page_is_discovered_and_does_what_it_owes(drop: Drop) -> None:
    file, name, _ = named()
    text, _ = blocks("python")
    drop(file, text)
    assert name in discovery.names()
    checks.check_all(name)


def run(folder: Path, adapter: str, test: str) -> tuple[int, str]:
    """Write the page's two files, run the second as pytest does, and give its status and what it says."""
    file, _, test_file = named()
    (folder / "systems").mkdir()
    (folder / "systems" / f"{file}.py").write_text(adapter)
    (folder / "conftest.py").write_text(
        f"from adapters import systems\nsystems.__path__.append({str(folder)!r} + '/systems')"
    )
    (folder / test_file).write_text(test)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
        str(folder / test_file),
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_test_on_the_page_passes(tmp_path: Path) -> None:
    status, said = run(tmp_path, *blocks("python"))
    assert (status, "5 passed" in said) == (0, True), said


def test_the_test_on_the_page_can_fail(tmp_path: Path) -> None:
    adapter, test = blocks("python")
    assert 'b"REPEAT"' in adapter
    status, said = run(tmp_path, adapter.replace('b"REPEAT"', 'b"AGAIN"'), test)
    assert (status, "1 failed, 4 passed" in said) == (1, True), said


def test_the_routes_on_the_page_are_right() -> None:
    leisure, revenues, *_ = map(yaml.safe_load, blocks("yaml"))
    place = endpoint("rest", leisure["settings"])
    assert rest.check(place) == ()
    assert mapping.compile(leisure["settings"]["mapping"]).apply(message().as_input())["member"] == {
        "name": "Ann Mary O'Lee-Ångström",
        "born": "05/1941",
        "lines": ["1 High Street", "Northmoor"],
    }
    assert soap.Options.model_validate(revenues["settings"]).faults[0].means == "duplicate"


def test_the_security_on_the_page_is_right() -> None:
    found = [settings for settings in map(yaml.safe_load, blocks("yaml")) if "security" in settings]
    assert "BEGIN CERTIFICATE" in found[0]["signed_by"]
    assert soap.check(soap_endpoint(**{**found[0], "signed_by": party().certificate})) == ()


def test_the_systems_on_the_page_are_there() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert "shelfmark" in listed
    assert [name for name in listed if name not in discovery.names()] == []


def test_every_function_is_on_the_page() -> None:
    ours = [name.removeprefix("_func_") for name in vars(functions.Functions) if name.startswith("_func_")]
    assert [name for name in ours if f"`{name}(" not in PAGE] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import no_such_module", r"adapters/systems/broken.py cannot be imported: ModuleNotFoundError"),
        ("def encode(:", r"adapters/systems/broken.py cannot be imported: SyntaxError"),
        ("1/0", r"adapters/systems/broken.py cannot be imported: ZeroDivisionError"),
        ("def encode(message, endpoint): ...", r"is no adapter: it has no Options, seal, decode, fields_needed, check"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(drop: Drop, text: str, words: str) -> None:
    drop("broken", text)
    assert "broken" in discovery.names()
    with pytest.raises(discovery.BrokenAdapter, match=words):
        discovery.find("broken")


CARELESS = """
import time
from adapters.rest import *
from adapters import rest
from adapters.contract import Content

def encode(message, endpoint):
    said = rest.encode(message, endpoint)
    return {encode}

def decode(response, endpoint):
    {decode}
"""


@pytest.mark.parametrize(
    ("encode", "decode"),
    [
        (
            "Content(said.body + str(time.monotonic_ns()).encode(), 'text/plain')",
            "return rest.decode(response, endpoint)",
        ),
        ("Content(repr(message.fields).encode(), 'text/plain')", "return rest.decode(response, endpoint)"),
        ("Content(b'nothing of it', 'text/plain')", "return rest.decode(response, endpoint)"),
        ("said", "return rest.Receipt()"),
        ("said", "rest.json.loads(response.body); return rest.decode(response, endpoint)"),
    ],
    ids=["tells the time", "keeps the order", "forgets the message", "takes anything for success", "falls over"],
)
def test_the_checks_find_a_careless_adapter(drop: Drop, encode: str, decode: str) -> None:
    drop("careless", CARELESS.format(encode=encode, decode=decode))
    with pytest.raises((AssertionError, ValueError)):
        checks.check_all("careless")


@pytest.mark.parametrize("name", sorted(set(discovery.names()) - set(discovery.PROTOCOLS)))
def test_what_a_system_says_arrives_and_its_reply_is_read(name: str) -> None:
    """One exchange over a real connection: nothing that was sealed is lost or added on its way."""
    exchanges = importlib.import_module(f"tests.adapters.test_{name.replace('-', '_')}").EXCHANGES
    status, body, expected = exchanges[0]
    way_out, replies = egress.Egress(), queue.SimpleQueue[egress.Reply]()
    with (
        contextlib.closing(way_out),
        peer(says(reply(status, body if isinstance(body, bytes) else body.encode()))) as there,
    ):
        adapter, place = discovery.find(name), replace(checks.example(name), address=there.url)
        said = adapter.encode(message(), place)
        request = adapter.seal(said, place, at=checks.AT, nonce="n", keys=checks.AnyKeys())
        way_out.send([egress.Exchange(1, request, LOOPBACK)], replies=replies, limits=PATIENT)
        came = replies.get(timeout=60)
        assert there.bodies == [request.body]
    assert came.response is not None
    assert adapter.decode(came.response, place) == expected


SOAP = """
from dataclasses import replace
from adapters.systems.pennyroll import *
from adapters.systems import pennyroll

def seal(content, endpoint, *, at, nonce, keys):
    request = pennyroll.seal(content, endpoint, at=at, nonce=nonce, keys=keys)
    return replace(request, body=request.body.replace({was}, {becomes}))
"""


def test_a_try_may_change_the_headers_of_an_envelope_and_nothing_that_is_said(drop: Drop) -> None:
    for name, was, becomes in (("dated", b"n</p:Once>", b"m</p:Once>"), ("careless", b"LEE", b"LEA")):
        drop(name, SOAP.format(was=was, becomes=becomes))
    checks.check_seal(discovery.find("dated"), checks.example("dated"))
    with pytest.raises(AssertionError):
        checks.check_seal(discovery.find("careless"), checks.example("careless"))


def test_projecting_keeps_what_is_needed() -> None:
    assert checks.project(FIELDS, frozenset({"subject.addresses.uprn", "death"})) == {
        "subject": {"addresses": [{"uprn": "12"}, {}]},
        "death": {"died_on": "2026-01-31"},
    }
