"""Styles, scripts and pictures of the pages, built when what they are made of has changed.

They come to lie in `.assets/files` under names that hold a digest of their content, so that a browser may keep them for
ever, with a compressed copy beside each; `.assets/names.json` leads from the plain name to the other.
"""

import fcntl
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import nodes, states, translations

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "tellusonce" / "web" / "assets"
BUILT = ROOT / ".assets"
LISTED = ("package.json", "package-lock.json", ".npmrc")
PICTURES = ("*.svg", "*.png", "*.ico")
DESIGN_SYSTEM = "govuk-frontend/dist/govuk/govuk-frontend.min.js"


class NotBuilt(Exception):
    """The assets could not be built; the message says why."""


FAULTS = (NotBuilt, nodes.NoNode)


def build(built: Path = BUILT) -> bool:
    """Build, unless it is done already; say whether there was anything to do. Raises one of FAULTS."""
    wanted = _digest(*sorted(path for path in SOURCES.rglob("*") if path.is_file()), Path(__file__))
    stamp = built / "built"
    if _text(stamp) == wanted:
        return False
    with _alone(built):
        if _text(stamp) == wanted:  # somebody else was quicker
            return False
        print("Building the pages' styles and scripts.", file=sys.stderr)
        _publish(_contents(built / "npm"), built)
        states.write_private(stamp, wanted)
    return True


def _contents(npm: Path) -> dict[str, bytes]:
    """Give what is published by its plain name, each after whatever it refers to."""
    node = nodes.find()
    modules = _fetch(npm, node)
    sass = [*node.node, str(modules / "sass" / "sass.js"), "--style=compressed", "--no-source-map"]
    pictures = [path for pattern in PICTURES for path in sorted(SOURCES.glob(pattern))]
    own = sorted(SOURCES.glob("*.js"), key=lambda path: (path.name == "app.js", path.name))
    scripts = [modules / DESIGN_SYSTEM, *own]
    return {
        **{path.name: path.read_bytes() for path in pictures},
        **{path.name: re.sub(rb"\n?//# sourceMappingURL=.*\s*$", b"\n", path.read_bytes()) for path in scripts},
        "app.css": _run([*sass, f"--load-path={modules}", str(SOURCES / "app.scss")], npm),
    }


def _fetch(npm: Path, node: nodes.Node) -> Path:
    """Install what the lock lists, and nothing of it runs."""
    npm.mkdir(exist_ok=True)
    for name in LISTED:
        shutil.copy(SOURCES / name, npm)
    modules, stamp = npm / "node_modules", npm / "installed"
    wanted = _digest(*(SOURCES / name for name in LISTED))
    if _text(stamp) != wanted:
        _run([*node.npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"], npm)
        stamp.write_text(wanted)
    return modules


def _publish(contents: dict[str, bytes], built: Path) -> None:
    """Write everything under its lasting name, and forget what an earlier build left."""
    files = built / "files"
    files.mkdir(exist_ok=True)
    names: dict[str, str] = {}
    for name, content in contents.items():
        linked = _linked(content, names) if name.endswith((".js", ".css")) else content
        stem, _, end = name.rpartition(".")
        names[name] = f"{stem}-{hashlib.sha256(linked).hexdigest()[:16]}.{end}"
        (files / names[name]).write_bytes(linked)
        (files / f"{names[name]}.gz").write_bytes(gzip.compress(linked, mtime=0))
    states.write_whole(built / "names.json", json.dumps(names, indent=2).encode())
    kept = {*names.values(), *(f"{name}.gz" for name in names.values())}
    for path in files.iterdir():
        if path.name not in kept:
            path.unlink()


def _linked(content: bytes, names: dict[str, str]) -> bytes:
    """Let a script import, and a style show, the others by the names under which they are published."""
    for plain, lasting in names.items():
        content = content.replace(f'"./{plain}"'.encode(), f'"./{lasting}"'.encode())
    return content


def _run(words: list[str], directory: Path) -> bytes:
    said = subprocess.run(words, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if said.returncode:
        what = "fetched from the npm registry" if "ci" in words else "made"
        last = said.stderr.decode(errors="replace").strip()
        raise NotBuilt(f"The pages' assets could not be {what}. What was said about it: {last}")
    return said.stdout


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


@contextmanager
def _alone(built: Path) -> Iterator[None]:
    """Wait until nobody else builds here."""
    built.mkdir(exist_ok=True)
    with (built / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Build these and compile the translations, or say in a sentence what is in the way and end with status 2."""
    try:
        build()
        translations.build()
    except FAULTS as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
