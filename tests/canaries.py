"""Values that are nobody's and unlike anything else, so that a search finds each wherever it went."""

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from identity.ledger import Actor
from tellusonce import events, reports
from tellusonce.events import Kind, vocabularies
from tellusonce.events.parts import dig
from tellusonce.models import Report
from tests import factories

JSON = Any
# What fits fields that take no free text.
FITTING: dict[str, str] = {
    "date": "1987-06-05",
    "partial-date": "1933-04-02",
    "nino": "QQ918273C",
    "nhs_number": "9994126075",
    "driver_number": "CANAR303042Q99AB",
    "passports": "917263548",
    "vehicles": "ZX18CNR",
    "blue_badge": "C4NQ7X",
    "postcode": "ZX1 9CQ",
    "uprn": "100077665544",
    "email": "canary.{number}@mail.example",
    "phone": "01632 9601{number:02}",
    "service_number": "Q7654321",
    "died_on": "2026-02-03",
    "registered_on": "2026-02-04",
}
# What cannot be told together, by kind.
APART: dict[str, tuple[str, ...]] = {"marriage": ("deed",)}
SHORTEST = 6
numbers = itertools.count(10)


def fresh(*names: str) -> str:
    """Give a value that nobody had before, or the one that fits a field of one of these names or types."""
    number = next(numbers)
    fitting = next((FITTING[each] for each in names if each in FITTING), "")
    return fitting.format(number=number % 100) if fitting else f"Canary{number}{'xyzvw'[number % 5]}kite"


def words(value: JSON) -> Iterator[str]:
    """Walk to every text that is long enough to be somebody's."""
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        for each in value:
            yield from words(each)
    elif isinstance(value, str) and len(value) >= SHORTEST:
        yield value


def _value_for(field: events.Field) -> Any:
    """Give a canary that the field takes."""
    if field.choices:
        return field.choices[0]
    if field.type in {"boolean", "integer"}:
        return field.type == "boolean" or 1
    return fresh(field.path.rsplit(".", 1)[-1], field.type)


def told_of(kind: Kind) -> dict[str, Any]:
    """Fill every field of the kind; groups in lists get one member."""
    told: dict[str, Any] = {}
    groups = ((path, field) for path, field in vocabularies.fields(kind.model).items() if field.model is not None)
    lists = {path for path, field in groups if field.is_list}
    for path, field in events.vocabulary(kind).items():
        if path.split(".")[0] not in APART.get(kind.name, ()):
            value = _value_for(field)
            _put(told, path.split("."), [value] if field.is_list and path not in lists else value, lists)
    return events.validate(kind, told)


def _put(branch: dict[str, Any], parts: list[str], value: Any, lists: set[str], above: str = "") -> None:
    """Put a value where its path leads, through lists of one."""
    name, *below = parts
    path = f"{above}.{name}" if above else name
    if not below:
        branch[name] = value
        return
    inner = branch.setdefault(name, [{}] if path in lists else {})
    _put(inner[0] if path in lists else inner, below, value, lists, path)


def started(kind: Kind, told: dict[str, Any], *, actor: Actor = factories.REGISTRAR) -> Report:
    """Start a report with the document that its kind wants, which says what such a document fixes."""
    entry: dict[str, Any] = {}
    for path in kind.registered:
        if (fixed := dig(told, path)) is not None:
            _put(entry, path.split("."), fixed, set())
    proof = reports.Proof(kind.evidence[0], entry) if kind.evidence else None
    return reports.start(actor, kind, told=copy.deepcopy(told), proof=proof)
