"""The secrets with which recipients' systems know us, by the names that routes give them.

They stand in one JSON file outside the database, ``SECRETS_FILE``, which is read again when it changes: a rotated
secret needs no restart.
"""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from adapters.contract import Misconfigured

logger = logging.getLogger(__name__)


def current() -> Mapping[str, str]:
    """The secrets as the file has them now; none without a file, and an endpoint that needs one then sends nothing.

    While the file is being written anew the last good reading counts. Raises Misconfigured (``secrets-unreadable``)
    when there is none.
    """
    if not settings.SECRETS_FILE:
        return {}
    path = Path(settings.SECRETS_FILE)
    try:
        _last_good[path] = _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        if path not in _last_good:
            raise Misconfigured("secrets-unreadable") from None  # the cause may quote a secret
        logger.warning("the file of secrets cannot be read: going by its last good reading")
    return _last_good[path]


_last_good: dict[Path, Mapping[str, str]] = {}


@lru_cache(maxsize=2)
def _read(path: Path, _changed_at: int) -> Mapping[str, str]:
    secrets: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return secrets
