"""Where the secrets of routes come from, and that a rotated one needs no restart."""

import os
from pathlib import Path
from typing import Any

import pytest

from adapters import event_tokens
from adapters.contract import Misconfigured
from tellusonce import keys


@pytest.fixture(autouse=True)
def _nothing_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_last_good", {})


def written(path: Path, text: str, *, at: int = 1) -> str:
    path.write_text(text)
    os.utime(path, (at, at))
    return str(path)


def told() -> dict[str, str]:
    """Give what whoever runs the service set; the vault's own key is beside it."""
    return {name: value for name, value in keys.current().items() if name != event_tokens.KEY}


def test_without_any_place_there_are_none() -> None:
    assert told() == {}


def test_the_folder_goes_before_the_file_and_the_file_before_the_text(tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    written(folder / "door", "of-the-folder\n")
    written(folder / ".hidden", "nobody's")
    (folder / "..data").mkdir()
    settings.SECRETS_FOLDER = str(folder)
    settings.SECRETS_FILE = written(tmp_path / "secrets.json", '{"door": "of-the-file", "gate": "of-the-file"}')
    settings.SECRETS = '{"gate": "of-the-text", "wall": "of-the-text"}'
    assert told() == {"door": "of-the-folder", "gate": "of-the-file", "wall": "of-the-text"}


def test_a_certificate_of_several_lines_stays_as_it_is(tmp_path: Path, settings: Any) -> None:
    written(tmp_path / "ours", "-----BEGIN\nabc\n-----END\n")
    settings.SECRETS_FOLDER = str(tmp_path)
    assert keys.current()["ours"] == "-----BEGIN\nabc\n-----END"


def test_what_changes_is_read_again(tmp_path: Path, settings: Any) -> None:
    """F28: its secret rotated."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    settings.SECRETS_FOLDER, settings.SECRETS_FILE = str(folder), str(tmp_path / "secrets.json")
    for number in (1, 2):
        written(folder / "door", f"folder-{number}", at=number)
        written(tmp_path / "secrets.json", f'{{"gate": "file-{number}"}}', at=number)
        assert told() == {"door": f"folder-{number}", "gate": f"file-{number}"}
    (folder / "door").unlink()
    assert "door" not in keys.current()


@pytest.mark.parametrize("torn", ['{"door": "ne', "[]", '{"door": 7}', '"door"'])
def test_what_cannot_be_read_leaves_the_last_good_reading(tmp_path: Path, settings: Any, torn: str) -> None:
    settings.SECRETS_FILE = written(tmp_path / "secrets.json", '{"door": "old"}')
    assert keys.current()["door"] == "old"
    written(tmp_path / "secrets.json", torn, at=2)
    assert keys.current()["door"] == "old"


@pytest.mark.parametrize("name", ["SECRETS_FOLDER", "SECRETS_FILE", "SECRETS"])
def test_what_could_never_be_read_sends_nothing(settings: Any, name: str) -> None:
    setattr(settings, name, "/nowhere/at-all")
    with pytest.raises(Misconfigured, match="secrets-unreadable") as failed:
        keys.current()
    assert failed.value.__suppress_context__
