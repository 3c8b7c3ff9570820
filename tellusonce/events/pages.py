"""The pages of a journey, as data: what a kind asks of whoever tells it, one thing a page, and when.

The words are English and are looked up by them in other languages. `{subject}` in them stands for the name of the
person whom the report is about, as far as it is known.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tellusonce.events.parts import dig

Condition = Callable[[Mapping[str, Any]], bool]


def always(_: Mapping[str, Any]) -> bool:
    """Ask whatever was answered before."""
    return True


def said(path: str, *values: Any) -> Condition:
    """Ask where the answer at a path is one of these."""
    return lambda answers: dig(answers, path) in values


def yes(path: str) -> Condition:
    """Ask where a yes-or-no field was answered with yes."""
    return lambda answers: dig(answers, path) is True


def no(path: str) -> Condition:
    """Ask where a yes-or-no field was answered with no."""
    return lambda answers: dig(answers, path) is False


def told(path: str) -> Condition:
    """Ask where there is an answer at a path at all."""
    return lambda answers: dig(answers, path) not in (None, "", [], {})


def either(*conditions: Condition) -> Condition:
    """Ask where one of these holds."""
    return lambda answers: any(holds(answers) for holds in conditions)


@dataclass(frozen=True, slots=True)
class Page:
    """One question on one page.

    `fields` are paths of the kind's vocabulary: leaves, or groups such as a name or an address, which are asked as a
    whole. With `each`, the path of a list, the page asks for any number of entries, and `fields` are what is asked of
    one entry, named from the entry on; none where an entry is a single value. `needs` are the fields without which the
    page is not left, beside those that the model always wants. `labels` and `hints` are words for single fields, and
    `labels` for a choice too, at ``path=choice``. With `has_ticks` the yes-or-no fields are boxes to tick: what is not
    ticked is not answered, since they may not know.
    """

    name: str
    question: str
    section: str
    fields: tuple[str, ...] = ()
    hint: str = ""
    each: str = ""
    entry: str = ""
    when: Condition = always
    has_ticks: bool = False
    needs: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Introduction:
    """What somebody reads before they tell: what has happened, what is done about it, and what to have at hand."""

    happened: str
    words: str
    needed: tuple[str, ...] = ()
