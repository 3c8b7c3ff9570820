"""docs/join-in-an-afternoon.md, followed hour by hour: its files are written, its commands run, and it passes."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from deploy import ports
from tests.checkups.conftest import Playing
from tests.simulator.peers import ROOT

PAGE = ROOT / "docs" / "join-in-an-afternoon.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CATALOGUE = "riverside-parking.yaml"


class Reader:
    """Somebody who does what the page says: `places` are what they put for the words in capitals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = {"CATALOGUE": str(folder / "catalogue"), "8200": str(ports.free())}
        found = BLOCK.findall(PAGE.read_text())
        self.commands = iter([line for kind, text in found if kind == "sh" for line in text.splitlines()])
        route, catalogue = (text for kind, text in found if kind == "yaml")
        (secrets,) = (text for kind, text in found if kind == "json")
        (folder / "catalogue").mkdir()
        for name, text in (("route.yaml", route), (f"catalogue/{CATALOGUE}", catalogue), ("secrets.json", secrets)):
            (folder / name).write_text(self.placed(text))

    def placed(self, text: str) -> str:
        """Put what stands for a word in capitals in its place."""
        return re.sub(rf"\b({'|'.join(self.places)})\b", lambda word: self.places[word[0]], text)

    def next(self) -> tuple[dict[str, str], list[str]]:
        """Give the next command: its environment, and its words after the program."""
        words = [self.placed(each) for each in shlex.split(next(self.commands))]
        count = words.index(".venv/bin/python")
        return dict(each.split("=", 1) for each in words[:count]), words[count + 1 :]

    def manage(self) -> str:
        """Run the next command, which is one of manage.py, and give what it printed."""
        _, (program, *words) = self.next()
        assert program == "manage.py"
        out = io.StringIO()
        call_command(*words, stdout=out)
        return out.getvalue()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Start the next command, which listens, and stop it at the end."""
        env, (program, *words) = self.next()
        command = [sys.executable, str(ROOT / program), *words]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("listening at")
            try:
                yield
            finally:
                process.kill()

    def run(self) -> str:
        """Run the next command as a process, and give what it printed."""
        _, words = self.next()
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, *words], cwd=self.folder, env=env, capture_output=True, text=True, check=True, timeout=120
        )
        return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_afternoon_ends_with_a_certificate(
    play: Playing, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings.SECRETS = (tmp_path / "secrets.json").read_text()
    with reader.listening():
        sent = [re.split(r"\s\s+", line) for line in reader.run().splitlines()]
    assert {words[0].split()[0] for _, *words in (line[-2:] for line in sent)} == {"receipt", "duplicate"}
    assert "in order: 1 recipients" in reader.manage()
    assert "Applied as version" in reader.manage()
    assert '"family":"Example"' in reader.manage()
    told = reader.manage()
    known = dict(re.findall(r"(\w+)[:=]\s*(\S+)", told))
    reader.places |= {"ADDRESS": play.service, "ID": known["id"], "SECRET": known["secret"]}
    with reader.listening():
        report = reader.manage()
    assert re.findall(r"^(\w+)", report, re.MULTILINE)[:7] == ["PASS"] * 7, report
    assert "This certificate is as it was issued." in reader.manage()
    assert next(reader.commands, None) is None


def test_its_secrets_are_one_object() -> None:
    (text,) = (text for kind, text in BLOCK.findall(PAGE.read_text()) if kind == "json")
    assert set(json.loads(text)) == {"riverside-parking"}
