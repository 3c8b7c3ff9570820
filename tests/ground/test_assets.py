"""The pages' styles and scripts: built when they have changed, under lasting names, small, without a foreign mark."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy import assets, nodes


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the sources that may be changed."""
    copy = tmp_path / "sources"
    shutil.copytree(assets.SOURCES, copy)
    monkeypatch.setattr(assets, "SOURCES", copy)
    return copy


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Give a place to build in, where npm has been already."""
    copy = tmp_path / "built"
    shutil.copytree(assets.BUILT / "npm", copy / "npm")
    return copy


def published(built: Path) -> dict[str, str]:
    names: dict[str, str] = json.loads((built / "names.json").read_text())
    return {plain: (built / "files" / name).read_text() for plain, name in names.items()}


def test_they_are_built_once_and_again_when_they_change(sources: Path, built: Path) -> None:
    assert assets.build(built)
    before = {path.name for path in (built / "files").iterdir()}
    assert not assets.build(built)
    (sources / "app.js").write_text('import "./govuk-frontend.min.js"\n// changed\n')
    assert assets.build(built)
    after = {path.name for path in (built / "files").iterdir()}
    assert len(after) == len(before)
    assert {name for name in before - after if name.startswith("app-")}
    assert {name for name in before & after if name.startswith("govuk-frontend.min-")}


def test_a_script_imports_others_by_their_lasting_names() -> None:
    names = json.loads((assets.BUILT / "names.json").read_text())
    assert f'"./{names["govuk-frontend.min.js"]}"' in published(assets.BUILT)["app.js"]


def test_all_that_a_page_needs_is_far_below_150_kilobytes() -> None:
    names = json.loads((assets.BUILT / "names.json").read_text()).values()
    compressed = [assets.BUILT / "files" / f"{name}.gz" for name in names]
    assert sum(path.stat().st_size for path in compressed) < 60 * 1024
    assert all(gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes() for path in compressed)


def test_nothing_bears_a_mark_of_gov_uk() -> None:
    style = published(assets.BUILT)["app.css"]
    assert not [mark for mark in ("GDS Transport", "crest", "crown", "url(") if mark in style]


def test_no_lock_names_a_registry() -> None:
    assert '"resolved"' not in (assets.SOURCES / "package-lock.json").read_text()


def test_a_fault_in_a_style_is_named(sources: Path, built: Path) -> None:
    (sources / "app.scss").write_text("main { colour: ")
    with pytest.raises(assets.NotBuilt, match=r"(?s)could not be made\..*Expected expression"):
        assets.build(built)
    assert not (built / "built").exists()


def test_what_is_in_the_way_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assets.main() == 0

    def fail() -> bool:
        raise nodes.NoNode("There is no Node.")

    monkeypatch.setattr(assets, "build", fail)
    assert assets.main() == 2
    assert capsys.readouterr().err == "There is no Node.\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine without Node, and an environment without one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(nodes, "KEPT", tmp_path / "kept")
    return tmp_path


def put(directory: Path, name: str, says: str) -> None:
    (directory / name).write_text(f"#!/bin/sh\n{says}\n")
    (directory / name).chmod(0o755)


@pytest.mark.parametrize(("says", "taken"), [("echo v20.1.0", 1), ("echo v18.9.1", 0), ("exit 1", 0)])
def test_the_machines_node_is_taken_if_it_is_new_enough(machine: Path, says: str, taken: int) -> None:
    put(machine, "node", says)
    put(machine, "npm", "")
    assert (nodes.of_machine() is not None) == taken


def test_a_registry_that_is_not_reached_is_said(machine: Path, sources: Path) -> None:
    put(machine, "node", "echo v24.0.0")
    put(machine, "npm", "echo Nobody answers >&2; exit 1")
    with pytest.raises(assets.NotBuilt, match=r"could not be fetched from the npm registry\..* Nobody answers"):
        assets.build(machine / "built")


def test_a_node_without_npm_is_none(machine: Path) -> None:
    put(machine, "node", "echo v24.0.0")
    assert nodes.of_machine() is None


def test_where_there_is_none_it_comes_from_a_wheel(machine: Path) -> None:
    found = nodes.find()
    said = subprocess.run([*found.npm, "--version"], capture_output=True, text=True, check=True, env={"PATH": ""})
    assert said.stdout[0].isdigit()
    assert nodes.find() == found


def test_an_index_that_is_not_reached_is_said(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "LOCK", machine / "node.txt")
    (machine / "node.txt").write_text(f"no-such-thing==1 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(nodes.NoNode, match=r"Node 20 or newer is needed .* could not be fetched"):
        nodes.find()
    monkeypatch.setattr(nodes, "ROOT", machine)
    with pytest.raises(nodes.NoNode, match="install it with npm"):
        nodes.find()
