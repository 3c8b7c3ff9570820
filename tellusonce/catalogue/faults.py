"""What is wrong in the catalogue's files: where, what, and what would be right."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file; line 0 stands for the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong; a warning is said and does not stop anything."""

    place: Place
    what: str
    remedy: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {'warning: ' if self.is_warning else ''}{self.what}; {self.remedy}"


class Faulty(Exception):
    """The files cannot be applied as they are; `faults` says all of it at once, in the order of the files."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def nearest(name: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Put a remedy in words: the most similar of the known names, or else all of them, or else the given words."""
    names = sorted(known)
    similar = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if similar:
        return f"did you mean `{similar[0]}`?"
    if otherwise or not names:
        return otherwise or "there is none yet"
    return "use one of " + ", ".join(f"`{each}`" for each in names)
