"""The story and, written before anybody is told, who is owed what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deploy.demo import others

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


def story(*, telling: int = 0) -> Story:
    """Read the story, for the first telling or a further one."""
    return Story(**_read("story.yaml", telling))


def owed(*, telling: int = 0) -> list[Owed]:
    """Read who is owed what."""
    entries = _read("owed.yaml", telling)["owed"]
    return [Owed(**{**entry, "actions": tuple(entry.get("actions", ()))}) for entry in entries]


def _read(name: str, telling: int) -> JSON:
    return yaml.safe_load(others.varied((HERE / name).read_text(encoding="utf-8"), telling=telling))


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
