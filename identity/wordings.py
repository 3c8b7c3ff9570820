"""The words by which consent is asked for, as ``wordings.yaml`` has them, by version and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_suffix(".yaml")
LANGUAGES = ("en", "cy")


class UnknownWording(LookupError):
    """Nobody was shown such words: there is no wording of that name and version, or not in that language."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What one person was shown: `name` is the wording's slug and version, ``tell-recipient/1``."""

    name: str
    language: str
    question: str
    notice: tuple[str, ...]
    withdrawal: str
    rights: tuple[str, ...]


def newest(slug: str) -> str:
    """Name the newest version of a wording. Raises UnknownWording."""
    versions = [version for known, version in _all() if known == slug]
    if not versions:
        raise UnknownWording(f"There is no wording {slug}.")
    return f"{slug}/{max(versions)}"


def names() -> list[str]:
    """Name all wordings, every version."""
    return [f"{slug}/{version}" for slug, version in sorted(_all())]


def shown(name: str, *, language: str, values: Mapping[str, str]) -> Wording:
    """Give a wording as it is shown with these values put in. Raises UnknownWording."""
    slug, _, version = name.partition("/")
    texts = _all().get((slug, int(version) if version.isdecimal() and version.isascii() else 0))
    if texts is None or f"{slug}/{int(version)}" != name:
        raise UnknownWording(f"There is no such wording; there are: {', '.join(names())}.")
    if language not in texts:
        raise UnknownWording(f"{name} is not there in that language; it is in: {', '.join(texts)}.")
    put_in = _put_in(texts[language], values)
    return Wording(name, language, **put_in)


def _put_in(text: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    return {
        part: tuple(line.format_map(values) for line in words) if isinstance(words, list) else words.format_map(values)
        for part, words in text.items()
    }


@cache
def _all() -> dict[tuple[str, int], dict[str, dict[str, Any]]]:
    entries = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {(each["slug"], each["version"]): each["texts"] for each in entries}
