"""``deploy/install``: what a newcomer's machine lacks is said in a sentence."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project that was never installed, and a machine with a few programs and no Python."""
    for name in ("deploy", "requirements"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "deploy" / "install", tmp_path / "deploy")
    for name in ("base", "bootstrap", "dev"):
        shutil.copy(ROOT / "requirements" / f"{name}.txt", tmp_path / "requirements")
    (tmp_path / "bin").mkdir()
    for program in ("sh", "dirname", "basename", "cat", "cksum", "rm", "mkdir"):
        (tmp_path / "bin" / program).symlink_to(str(shutil.which(program)))
    pretend(tmp_path, "id", "echo 1000")
    return tmp_path


def pretend(project: Path, program: str, script: str) -> None:
    (project / "bin" / program).write_text(f"#!/bin/sh\n{script}\n")
    (project / "bin" / program).chmod(0o755)


def install(project: Path, which: str = "base") -> tuple[int, str]:
    result = subprocess.run(
        ["/bin/sh", project / "deploy" / "install", which],
        env={"PATH": str(project / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stderr


def test_a_missing_python_is_said_in_a_sentence(project: Path) -> None:
    pretend(project, "python3", "exit 1  # too old")
    status, said = install(project)
    assert status == 2
    assert said.startswith("Python 3.11 or newer is needed")
    assert said.count("\n") == 1


def test_a_missing_venv_module_is_said_in_a_sentence(project: Path) -> None:
    pretend(project, "python3.12", 'case "$2" in *ensurepip*) exit 1;; esac')
    assert install(project) == (
        2,
        "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3.12-venv).\n",
    )


def test_root_on_debian_need_not_install_it_first(project: Path) -> None:
    pretend(project, "id", "echo 0")
    pretend(
        project,
        "apt-get",
        f'echo "$@" >> {project}/asked; case "$1" in install) [ -e {project}/updated ];; '
        f"update) : > {project}/updated;; esac",
    )
    pretend(
        project,
        "python3",
        """
case "$2" in
    *ensurepip*) exit 1;;
    venv) exit 3;;
esac
[ "$1" = --version ] && echo Python 3.13
exit 0""",
    )
    status, said = install(project)
    assert (project / "asked").read_text().count("python3-venv") == 2
    assert "Making .venv with Python 3.13" in said
    assert status == 3


def test_a_missing_browser_is_said_and_keeps_nobody_from_the_rest(project: Path) -> None:
    pretend(project, "python3", "exit 1")
    _, said = install(project, "dev")
    assert said.startswith("Chromium is missing, and the tests of the pages will fail: install it")
    assert "Python 3.11 or newer is needed" in said
    assert "Chromium" not in install(project)[1]


def test_root_on_debian_is_given_a_browser(project: Path) -> None:
    pretend(project, "id", "echo 0")
    pretend(project, "apt-get", f'echo "$@" >> {project}/asked')
    pretend(project, "python3", "exit 1")
    _, said = install(project, "dev")
    assert "install -qq -y --no-install-recommends chromium\n" in (project / "asked").read_text()
    assert "Chromium is missing" not in said


def test_a_browser_that_is_there_is_left_alone(project: Path) -> None:
    pretend(project, "chromium", "")
    pretend(project, "python3", "exit 1")
    assert "hromium" not in install(project, "dev")[1]
