"""Books outlive the process, and what it owed is still said."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.simulator import __main__, config
from adapters.simulator.books import Books, Received
from adapters.simulator.config import ConfigError, Simulator
from tests.simulator.peers import ROOT, FakeService, Running, eventually
from tests.simulator.test_confirming import confirming_by


def test_a_killed_recipient_remembers_what_it_applied_and_owes(process: Running, service: FakeService) -> None:
    later = confirming_by("rest", after_s=1.5)
    process.start(later, {"name": "old", "style": "rest", "detects_duplicates": False}, service=service)
    process.send("tax")
    process.send("old")

    process.kill()
    before = process.lines()
    process.again()

    assert process.send("tax").json()["status"] == "duplicate"
    assert process.send("old").json()["status"] == "taken"
    assert process.books("old")["second_effects"] == 1
    assert process.lines()[: len(before)] == before
    eventually(lambda: process.books("tax")["confirmations_taken"] == 1)
    assert len(service.confirmations) == 1


def test_books_that_are_none_are_left_alone_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "letters.txt"
    path.write_text('{"event":"confirmation"}\nDear Sir\n')

    with pytest.raises(ConfigError, match=r"line 1 is no line of books"):
        Books(path)

    assert path.read_text().endswith("Dear Sir\n")


def test_it_ends_well_when_told_to(process: Running) -> None:
    process.start({"name": "hung", "style": "rest", "behaviour": [{"never_answers": True}]})
    assert process.process is not None

    process.process.send_signal(signal.SIGTERM)

    assert process.process.wait(timeout=60) == 0


def test_a_line_cut_short_by_a_kill_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    books = Books(path)
    books.request("tax", Received("m-1", "K7"), b"{}", status=202, ended="taken", applied=True)
    books.close()
    with path.open("ab") as file:
        file.write(b'{"event":"request","recip')

    books = Books(path)
    books.request("tax", Received("m-2", "K8"), b"{}", status=202, ended="taken", applied=True)
    books.close()

    with contextlib.closing(Books(path)) as books:
        assert [tally.message_id for tally in books.account("tax")] == ["m-1", "m-2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("books: b\nrecipients: []", "at least one recipient"),
        ("books: b\nrecipients: [{name: A B, style: rest}]", "recipients.0.name: "),
        ("books: [", "not YAML"),
    ],
)
def test_a_configuration_that_cannot_be_used_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    path = tmp_path / "simulator.yaml"
    path.write_text(text)

    monkeypatch.setattr("sys.argv", ["simulator", "--config", str(path)])

    assert __main__.main() == 2
    said_to_user = capsys.readouterr().err
    assert said_to_user.startswith(f"{path}: ")
    assert said in said_to_user


def test_a_port_that_is_taken_is_said_so(process: Running) -> None:
    process.start({"name": "tax", "style": "rest"})
    path = process.folder / "second.yaml"
    taken = {"port": int(process.url.rsplit(":", 1)[1]), "books": process.folder / "other.jsonl"}
    config.write(Simulator.model_validate({**taken, "recipients": [{"name": "tax", "style": "rest"}]}), path)

    ended = subprocess.run(
        [sys.executable, "-m", "adapters.simulator", "--config", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "address already in use" in ended.stderr
