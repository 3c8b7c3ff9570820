"""The secrets with which recipients' systems know us, by the names that routes give them.

They stand in one JSON file outside the database, ``SECRETS_FILE``, which is read again when it changes: a rotated
secret needs no restart.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from adapters.contract import Misconfigured


def current() -> Mapping[str, str]:
    """The secrets as the file has them now; none without a file, and an endpoint that needs one then sends nothing.

    Raises Misconfigured (``secrets-unreadable``) when a file is named that cannot be used.
    """
    if not settings.SECRETS_FILE:
        return {}
    path = Path(settings.SECRETS_FILE)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise Misconfigured("secrets-unreadable") from None  # its text may be quoted in the cause


@lru_cache(maxsize=2)
def _read(path: Path, _changed_at: int) -> Mapping[str, str]:
    secrets: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return secrets
