"""The secrets with which recipients' systems know us, by the names that routes give them.

They stand outside the database: as text in ``SECRETS``, in one JSON file, ``SECRETS_FILE``, or as a file for each in
``SECRETS_FOLDER``. File and folder are read again when they change: a rotated secret needs no restart.
What signs security events is the vault's key.
"""

import json
import logging
from collections import ChainMap
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from adapters import event_tokens
from adapters.contract import Misconfigured
from identity import event_keys, vault

logger = logging.getLogger(__name__)

Secrets = dict[str, str]


def current() -> Mapping[str, str]:
    """The secrets as they are now; none where no place for them is set, and who needs one is then sent nothing.

    The folder goes before the file, and the file before the text. While one of them is being written anew its last
    good reading counts. Raises Misconfigured (``secrets-unreadable``) when there is none.
    """
    found = (_last(reader, place) for reader, place in _places() if place)
    return ChainMap(_of_vault(), *found, _last(_of_text, settings.SECRETS))


def _of_vault() -> Secrets:
    """PEM has more lines than one, so that no header takes it: a route that names it as its secret sends nothing."""
    try:
        return {event_tokens.KEY: event_keys.private()}
    except vault.KeyMissing:
        return {}


def _places() -> list[tuple[Callable[[str], Secrets], str]]:
    return [(_in_folder, settings.SECRETS_FOLDER), (_in_file, settings.SECRETS_FILE)]


def _last(reader: Callable[[str], Secrets], place: str) -> Secrets:
    try:
        _last_good[place] = reader(place)
    except (OSError, ValueError):
        if place not in _last_good:
            raise Misconfigured("secrets-unreadable") from None  # the cause may quote a secret
        logger.warning("secrets cannot be read: going by their last good reading")
    return _last_good[place]


_last_good: dict[str, Secrets] = {}


def _in_file(place: str) -> Secrets:
    path = Path(place)
    return _read_file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read_file(path: Path, _changed_at: int) -> Secrets:
    return _of_text(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _of_text(text: str) -> Secrets:
    told = json.loads(text or "{}")
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise ValueError("secrets are one JSON object, from names to texts")
    return told


def _in_folder(place: str) -> Secrets:
    """A file for each, as containers are given them; what begins with a dot is none of them."""
    files = [path for path in sorted(Path(place).iterdir()) if not path.name.startswith(".") and path.is_file()]
    return _read_folder(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=2)
def _read_folder(files: tuple[tuple[Path, int], ...]) -> Secrets:
    return {path.name: path.read_text(encoding="utf-8").rstrip("\r\n") for path, _ in files}
