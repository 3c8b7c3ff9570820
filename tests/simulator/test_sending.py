"""The simulator sends as the service would, to a system that is being built, without the service."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.simulator import messages
from tellusonce import events
from tests.simulator.peers import ROOT, WSDLS, Running
from tests.simulator.soap_peers import ELECTORS

ROUTE: dict[str, Any] = {
    "adapter": "rest",
    "settings": {
        "auth": {"kind": "bearer", "secret": "token"},
        "reply": "body.{outcome: outcome, duplicate: duplicate}",
    },
}
LIBRARY = {
    "name": "library",
    "style": "rest",
    "requires": {"bearer": "a-secret-token"},
    "behaviour": [{"answer": "acted"}],
}


def send(folder: Path, route: Any, *arguments: str, secrets: Any = None) -> tuple[int, str]:
    """Run it as a process; give its status and all that it said."""
    file = folder / "route.yaml"
    file.write_text(yaml.safe_dump(route))
    command = [sys.executable, "-m", "adapters.simulator", "send", str(file), *arguments]
    env = {"SECRETS": json.dumps({"token": "a-secret-token"} if secrets is None else secrets)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_all_that_is_kept_is_sent_twice_and_classed(play: Running) -> None:
    play.start(LIBRARY)
    status, said = send(play.folder, {**ROUTE, "address": f"{play.url}/rest/library"})
    assert status == 0, said
    lines = said.splitlines()
    assert len(lines) == 2 * len(messages.names())
    assert "receipt (http-200), answered: acted" in lines[0]
    assert "duplicate (http-200)" in lines[1]
    assert '"their_reference": "R-' in lines[0], "the reply is shown: it is about nobody"
    books = play.books("library")
    assert (books["messages"], books["tries"], books["second_effects"]) == (len(messages.names()), len(lines), 0)


def test_a_message_of_ones_own_is_sent_and_shown_without_secrets(play: Running, tmp_path: Path) -> None:
    play.start(LIBRARY)
    own = tmp_path / "own.json"
    own.write_text(json.dumps({**json.loads((messages.FOLDER / "death.json").read_text()), "id": "7e57-own"}))
    route = {"route": {**ROUTE, "address": f"{play.url}/rest/library"}}
    status, said = send(play.folder, route, "--message", str(own), "--times", "1", "--show")
    assert status == 0, said
    assert f"POST {play.url}/rest/library" in said
    assert "Authorization: ********" in said
    assert "a-secret-token" not in said
    assert [each["message_id"] for each in play.books("library")["by_message"]] == ["7e57-own"]


def test_what_is_not_taken_is_classed_and_ends_with_1(play: Running) -> None:
    play.start({**LIBRARY, "behaviour": [{"refuse": 422}]})
    route = {**ROUTE, "address": f"{play.url}/rest/library"}
    status, said = send(play.folder, route, "--specimen", "death", "--times", "1")
    assert status == 1
    assert "refused (http-422)" in said
    status, said = send(play.folder, route, "--specimen", "death", secrets={})
    assert status == 1
    assert "misconfigured (key-missing)" in said


def test_soap_is_spoken_with_the_documents_beside_the_route(play: Running) -> None:
    catalogue = yaml.safe_load((WSDLS.parent / "catalogue" / "northmoor-east.yaml").read_text())
    route = next(each for each in catalogue["recipients"] if each["slug"] == "northmoor-east-electoral")["route"]
    play.start(ELECTORS)
    (play.folder / "rollcall-electors.wsdl").write_bytes((WSDLS / "rollcall-electors.wsdl").read_bytes())
    told = {**route, "address": f"{play.url}/soap/electors", "documents": ["rollcall-electors.wsdl"]}
    status, said = send(
        play.folder, told, "--specimen", "death", "--specimen", "death-awkward", "--specimen", "death-sparse"
    )
    assert status == 0, said


@pytest.mark.parametrize(
    ("route", "arguments", "words"),
    [
        ({"adapter": "rest"}, [], "`address`: Field required"),
        ({**ROUTE, "address": "https://library.example", "adapter": "fax"}, [], "There is no adapter 'fax'"),
        ({**ROUTE, "address": "https://library.example", "settings": {"mapping": "{"}}, [], "`mapping`: "),
        ({**ROUTE, "address": "https://library.example"}, ["--specimen", "eclipse"], "There is no message eclipse"),
        ({**ROUTE, "address": "https://library.example"}, ["--network", "nowhere"], "--network: "),
        ({**ROUTE, "address": "https://library.example"}, ["--message", "/nowhere.json"], "cannot be read as JSON"),
        ({**ROUTE, "address": "https://library.example", "documents": ["none.wsdl"]}, [], "none.wsdl"),
    ],
)
def test_what_cannot_be_sent_is_said_with_what_would_be_right(
    tmp_path: Path, route: Any, arguments: list[str], words: str
) -> None:
    status, said = send(tmp_path, route, *arguments)
    assert (status, words in said) == (2, True), said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", messages.names())
def test_what_is_kept_is_what_a_kind_may_say(name: str) -> None:
    message = messages.kept(name)
    events.find(message.kind).model.model_validate(message.fields)


def test_there_is_one_of_each_kind() -> None:
    assert {messages.kept(name).kind for name in messages.names()} == set(events.kinds())
