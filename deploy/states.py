"""What a launcher keeps between runs in its directory: passwords, and that only one runs at a time."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another launcher holds the directory; the message says which."""


class NotOurs(Exception):
    """The directory belongs to another account; the message says which directory."""


def prepare(directory: Path) -> Path:
    """Make the directory, through which others may reach what they own in it and list nothing. Raises NotOurs."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o711)
    except PermissionError as error:
        raise NotOurs(
            f"{directory} belongs to another account: use that one, or remove it as that one, or work in a copy."
        ) from error
    return directory


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the directory for as long as the block runs. Raises AlreadyRunning or NotOurs."""
    with (prepare(directory) / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(
                f"It is already running from {directory} (process {lock.read().strip() or 'unknown'}): "
                "stop that one first, with Ctrl-C where it was started."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def write_private(file: Path, text: str) -> None:
    """Write a file, whole or not at all, that only its owner can read."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file that everybody may read, whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(file)


def passwords(directory: Path, *names: str, length: int = 32) -> dict[str, str]:
    """Give the password of each name, made up the first time and kept."""
    file = directory / "passwords.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    wanted = {name: known.get(name) or secrets.token_urlsafe(length) for name in names}
    if any(name not in known for name in names):
        write_private(file, json.dumps({**known, **wanted}, indent=2))
    return wanted
