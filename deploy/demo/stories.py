"""The story and, written before anybody is told, who is owed what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

JSON = Any
Leaves = list[tuple[str, str]]
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Story:
    """What the register says, what the family adds, and what is answered when consent is asked, by recipient."""

    register_entry: Mapping[str, JSON] = field(repr=False)
    answers: Mapping[str, JSON] = field(repr=False)
    consents: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owed:
    """What one recipient must get, to the letter, and how it must end; `told` is None for one that gets nothing."""

    recipient: str
    told: Mapping[str, JSON] | None = field(default=None, repr=False)
    outcome: str = ""
    actions: tuple[str, ...] = ()
    withheld: str = ""


def story() -> Story:
    """Read the story."""
    return Story(**yaml.safe_load((HERE / "story.yaml").read_text(encoding="utf-8")))


def owed() -> list[Owed]:
    """Read who is owed what."""
    entries = yaml.safe_load((HERE / "owed.yaml").read_text(encoding="utf-8"))["owed"]
    return [Owed(**{**entry, "actions": tuple(entry.get("actions", ()))}) for entry in entries]


def leaves(value: JSON, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk to every leaf: its dotted path without positions in lists, and its value as text."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def sorted_leaves(value: JSON) -> Leaves:
    """List the leaves by path; those of one path stay in their order."""
    return sorted(leaves(value), key=lambda leaf: leaf[0])
