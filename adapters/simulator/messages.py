"""Messages about nobody, of each kind and purpose, to be sent to a system that is being built.

Nobody is called so or lives there: no postcode begins with ZX, and QQ begins no National Insurance number.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from adapters.contract import Message

JSON = Any

FOLDER = Path(__file__).parent / "specimens"
NAMES = tuple(field.name for field in fields(Message))


class Unusable(Exception):
    """The file is no message; the text says what is wrong with it."""


def names() -> list[str]:
    """List those that are kept here."""
    return sorted(each.stem for each in FOLDER.glob("*.json"))


def load(path: Path) -> Message:
    """Read a message. Raises Unusable."""
    try:
        told: JSON = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(f"{path}: cannot be read as JSON ({error}).") from error
    if not isinstance(told, Mapping) or set(told) != set(NAMES) or not isinstance(told["fields"], Mapping):
        raise Unusable(f"{path}: a message is an object of {', '.join(NAMES)}, with an object in `fields`.")
    return Message(**told)


def kept(name: str) -> Message:
    """Read one of those that are kept here. Raises Unusable."""
    if name not in names():
        raise Unusable(f"There is no message {name}; there are {', '.join(names())}.")
    return load(FOLDER / f"{name}.json")
