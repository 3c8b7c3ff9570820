"""Compare the simulator's books with the story's own list: what was lost, what went wrong, what came twice.

Nothing here is read from the service's database: the books are the recipients' own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from deploy.demo import stories
from deploy.demo.stories import Leaves, Owed

JSON = Any
ANY = (["<time>"], ["<pseudonym>"])
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")


@dataclass(slots=True)
class Reckoning:
    """What the books say of one story. `faults` are sentences, and hold paths and no values."""

    lost: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    duplicates: int = 0
    repeats: int = 0
    seconds: float = 0.0

    @property
    def all_faults(self) -> list[str]:
        """Everything that is not as the list has it, in sentences."""
        twice = [f"{self.duplicates} came or took effect twice."] if self.duplicates else []
        return [*self.faults, *(f"{each} never got what it is owed." for each in self.lost), *twice]

    @property
    def is_as_expected(self) -> bool:
        """Whether nothing is wrong."""
        return not self.all_faults


def reckon(owed: Iterable[Owed], books: Mapping[str, Sequence[JSON]], *, reference: str) -> Reckoning:
    """Compare. `books` has the messages of each recipient, with their bodies, of whichever story."""
    found = Reckoning()
    expected = {each.recipient: each for each in owed}
    for recipient in sorted(expected.keys() | books.keys()):
        theirs = [each for each in books.get(recipient, ()) if each["reference"] == reference]
        _count(theirs, found)
        _compare(expected.get(recipient, Owed(recipient)), theirs, found)
    return found


def _count(messages: Sequence[JSON], found: Reckoning) -> None:
    """Count second effects, second ids for one delivery, and tries under the same id."""
    found.duplicates += sum(max(0, each["effects"] - 1) for each in messages)
    found.duplicates += len(messages) - len({each["sequence"] for each in messages})
    found.repeats += sum(each["tries"] - 1 for each in messages)


def _compare(owed: Owed, messages: Sequence[JSON], found: Reckoning) -> None:
    if owed.told is None:
        if messages:
            found.faults.append(f"{owed.recipient} was sent something and is owed nothing.")
        return
    if not any(each["effects"] for each in messages):
        found.lost.append(owed.recipient)
    for each in messages:
        wanted = stories.sorted_leaves(_filled(owed.told, each))
        for body in each["bodies"]:
            found.faults.extend(f"{owed.recipient}: {fault}" for fault in differences(wanted, read(body)))


def _filled(told: JSON, message: Mapping[str, JSON]) -> JSON:
    """Put in what only the run could tell: the message's own id and the report's reference."""
    if isinstance(told, Mapping):
        return {name: _filled(inner, message) for name, inner in told.items()}
    if isinstance(told, list):
        return [_filled(inner, message) for inner in told]
    if not isinstance(told, str):
        return told
    return told.replace("<id>", message["message_id"]).replace("<reference>", message["reference"])


def differences(wanted: Leaves, got: Leaves) -> list[str]:
    """Name the paths at which they differ; where a time or a pseudonym is wanted, any will do."""
    paths = sorted({path for path, _ in (*wanted, *got)})
    return [fault for path in paths if (fault := _difference(path, wanted, got))]


def _difference(path: str, wanted: Leaves, got: Leaves) -> str:
    ours = [value for name, value in wanted if name == path]
    theirs = [value for name, value in got if name == path]
    if ours == theirs or (ours in ANY and len(theirs) == 1):
        return ""
    if not theirs:
        return f"{path} is missing."
    return f"{path} is not owed." if not ours else f"{path} is not what is owed."


def read(body: str) -> Leaves:
    """Read a body as it came, JSON or SOAP, to its leaves."""
    if body.lstrip().startswith("<"):
        return stories.sorted_leaves(_plain(_called(body)))
    return stories.sorted_leaves(json.loads(body))


def _called(body: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    envelope = etree.fromstring(body.encode(), parser)
    return next(found for name in ENVELOPES if (found := envelope.find(f"{{{name}}}Body/*")) is not None)


def _plain(element: Any) -> JSON:
    """Write an element as JSON would have it: text, or its children by their names in lists."""
    attributes = {f"@{name}": value for name, value in element.attrib.items() if SCHEMA_INSTANCE not in name}
    children: dict[str, list[JSON]] = {}
    for child in element:
        children.setdefault(etree.QName(child).localname, []).append(_plain(child))
    text = (element.text or "").strip()
    if not children and not attributes:
        return text
    return attributes | children | ({"#": text} if text else {})


def strays(books: Mapping[str, Sequence[JSON]], *, known: Iterable[str], since: str) -> list[str]:
    """Say who was sent something of a report that nobody had heard of when the story began."""
    messages = [(recipient, each) for recipient, theirs in books.items() for each in theirs]
    heard_of = {*known, *(each["reference"] for _, each in messages if each["first_at"] < since)}
    found = sorted({recipient for recipient, each in messages if each["reference"] not in heard_of})
    return [f"{recipient} was sent something of a report that nobody made." for recipient in found]


def unreadable(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Name recipients that were sent what they cannot read, or did not let in."""
    return [f"{name} was sent what it cannot read." for name, count in after.items() if count > before.get(name, 0)]
