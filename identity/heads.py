"""The signed heads of the ledger, in a file outside the database: by them a tail that was cut off is found.

One line for each block, a compact JWS (RFC 7515); whoever copies the file elsewhere keeps it from those who hold both.
"""

import fcntl
import json
import os
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from identity import signatures
from identity.models import LedgerBlock

TYPE = "ledger-head"
TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """What one line of the file says, whose signature was found to be ours."""

    line: int
    block: int
    entries: int
    highest_id: int
    digest: str


class BadHead(Exception):
    """A line of the file, or a block's own head, is not what was signed."""


def sign(block: LedgerBlock) -> str:
    """Sign what a block comes to. Raises vault.KeyMissing."""
    said = {
        "block": block.number,
        "entries": len(block.ids),
        "highest_id": block.highest_id,
        "digest": bytes(block.digest).hex(),
        "sealed_at": block.sealed_at.isoformat(),
    }
    return signatures.sign(json.dumps(said).encode(), type_=TYPE)


def read(head: str, *, line: int = 0, keys: dict[str, Any]) -> Head:
    """Read a head, with our public keys. Raises BadHead."""
    try:
        header, said = (json.loads(_unpadded(part)) for part in head.split(".")[:2])
        key = signatures.known_by(str(header["kid"]), published=keys)
        if key is None or header["typ"] != TYPE or not signatures.fits(head, key=key):
            raise BadHead
        return Head(line, said["block"], said["entries"], said["highest_id"], said["digest"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadHead from None


def file() -> Path | None:
    """Give the file that the settings name; None where there is none."""
    return Path(settings.LEDGER_HEADS_FILE) if settings.LEDGER_HEADS_FILE else None


def lines() -> list[str]:
    """Give all lines of the file; none where there is no file."""
    path = file()
    return path.read_text(encoding="ascii", errors="replace").splitlines() if path and path.exists() else []


def append() -> int:
    """Write the heads of all blocks that the file does not have yet, and say how many; safe to repeat."""
    path = file()
    if path is None:
        return 0
    with path.open("a+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        following = list(
            LedgerBlock.objects.filter(number__gt=_last(stream)).order_by("number").values_list("head", flat=True)
        )
        stream.write("".join(f"{head}\n" for head in following).encode())
        stream.flush()
        os.fsync(stream.fileno())
    return len(following)


def _last(stream: Any) -> int:
    """Read the number of the newest block in the file; the database may have been put back, and count anew."""
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, end - TAIL))
    newest = stream.read().decode("ascii", "replace").splitlines()
    try:
        return int(json.loads(_unpadded(newest[-1].split(".")[1]))["block"]) if newest else 0
    except (ValueError, KeyError, IndexError):
        return 0


def _unpadded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
