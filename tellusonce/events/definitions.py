"""Kinds of life event: each module of this package that has a ``KIND`` is one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel

import tellusonce.events
from tellusonce.events import sentences
from tellusonce.events.outsiders import Outsider
from tellusonce.events.pages import Introduction, Page
from tellusonce.events.sentences import Value


class Fault(NamedTuple):
    """What is wrong with one field, in words for whoever filled it in; it never quotes what was written there.

    `message` is in English. What was put together `of` a template and values can be put together in another language
    too; any other message is one that can be looked up whole.
    """

    path: str
    message: str
    template: str = ""
    values: Mapping[str, Value] = MappingProxyType({})

    @classmethod
    def of(cls, path: str, template: str, **values: Value) -> "Fault":
        """Put a fault together from words."""
        return cls(path, sentences.put(template, values), template, MappingProxyType(values))


@dataclass(frozen=True, slots=True)
class Told:
    """Answers as a rule sees them: tidied, not yet known to fit, and only `is_complete` when all must be there."""

    data: Mapping[str, Any]
    today: date
    is_complete: bool


Rule = Callable[[Told], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of life event.

    `evidence` names what a report needs one of before anything goes out; none means that the citizen's word is enough.
    `registered` are the paths that a register entry fixes. `places` are the paths of addresses whose areas decide which
    councils apply. `rules` are what holds between fields; what holds for one field is in its type. What happens to
    somebody once (`happens_once`) is told once: a second report of it joins the first. `pages` are the journey of
    whoever tells it, `introduction` is what they read before, and `outsiders` are those whom they have to tell
    themselves. `subject` is the path of the name of the person whom it is about, `called` what they are called while it
    is not known, and `teller` the part that is about whoever tells: a citizen who starts a kind with ``subject`` there
    tells of themselves alone. `letter` is the path of the date that opens a report by the register office's letter,
    beside the reference number and the subject's surname; without one there is no such letter. `invites` is the path of
    other adults, who are asked to tell for themselves, and `shared` what stands in their report as well, once they
    accept.
    """

    name: str
    title: str
    model: type[BaseModel]
    evidence: tuple[str, ...] = ()
    registered: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    happens_once: bool = False
    introduction: Introduction | None = None
    pages: tuple[Page, ...] = ()
    outsiders: tuple[Outsider, ...] = ()
    subject: str = "subject.name"
    called: str = "this person"
    teller: str = "informant"
    letter: str = ""
    invites: str = ""
    shared: tuple[str, ...] = ()


class UnknownKind(LookupError):
    """There is no kind of life event by this name; `known` are the names that there are."""

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no kind of life event {name!r}. There are: {', '.join(known)}.")
        self.name = name
        self.known = known


@cache
def kinds() -> Mapping[str, Kind]:
    """List the kinds by name, in alphabetical order."""
    modules = (
        importlib.import_module(f"{tellusonce.events.__name__}.{module.name}")
        for module in pkgutil.iter_modules(tellusonce.events.__path__)
    )
    found = (module.KIND for module in modules if hasattr(module, "KIND"))
    return MappingProxyType({kind.name: kind for kind in sorted(found, key=lambda kind: str(kind.name))})


def find(name: str) -> Kind:
    """Give the kind by its name. Raises UnknownKind."""
    if name not in kinds():
        raise UnknownKind(name, known=tuple(kinds()))
    return kinds()[name]
