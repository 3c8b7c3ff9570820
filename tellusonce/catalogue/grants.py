"""Which fields each agreement grants, leaf by leaf, and whether they are what its recipients' mappings need."""

from collections.abc import Iterator, Mapping

from adapters import contract, discovery
from tellusonce import events
from tellusonce.catalogue import references
from tellusonce.catalogue.faults import Fault, nearest
from tellusonce.catalogue.readings import Reading
from tellusonce.catalogue.shapes import Agreement

Granted = Mapping[int, frozenset[str]]
MOST_NAMED = 6


def granted(reading: Reading) -> dict[int, frozenset[str]]:
    """Expand the fields of each agreement, by its index; faults are noted in the source.

    An agreement with an unknown kind or field is left out, so that no other fault follows from it.
    """
    leaves: dict[int, frozenset[str]] = {}
    for index, agreement in reading.agreements.items():
        if agreement.kind not in events.kinds():
            place = reading.source.place("agreements", index, "kind")
            remedy = nearest(agreement.kind, events.kinds())
            reading.source.fault(place, f"there is no kind of life event `{agreement.kind}`", remedy)
        elif (found := _expanded(reading, index, agreement)) is not None:
            leaves[index] = found
            reading.source.faults.extend(_sensitive(reading, index, agreement, found))
            reading.source.faults.extend(_invited(reading, index, agreement, found))
    return leaves


def _expanded(reading: Reading, index: int, agreement: Agreement) -> frozenset[str] | None:
    found: set[str] = set()
    is_known = True
    for position, path in enumerate(agreement.fields):
        leaves = _leaves(agreement.kind, path)
        if not leaves:
            is_known = False
            place = reading.source.place("agreements", index, "fields", position)
            reading.source.fault(place, f"`{agreement.kind}` has no field `{path}`", _similar(agreement.kind, path))
        found |= leaves
    return frozenset(found) if is_known else None


def _sensitive(reading: Reading, index: int, agreement: Agreement, leaves: frozenset[str]) -> Iterator[Fault]:
    if agreement.article_9_condition:
        return
    known = events.grantable(events.find(agreement.kind))
    if sensitive := [path for path in sorted(leaves) if known[path].is_sensitive]:
        what = f"`{agreement.slug}` grants sensitive fields without an Article 9 condition: {_some(sensitive)}"
        place = reading.source.place("agreements", index, "fields")
        yield Fault(place, what, "add `article_9_condition`, or take the fields out")


def _invited(reading: Reading, index: int, agreement: Agreement, leaves: frozenset[str]) -> Iterator[Fault]:
    known = events.grantable(events.find(agreement.kind))
    if theirs := [path for path in sorted(leaves) if known[path].is_for_inviting]:
        what = f"`{agreement.slug}` grants what is there to invite another adult, and for nobody else: {_some(theirs)}"
        place = reading.source.place("agreements", index, "fields")
        yield Fault(place, what, "take it out: they tell of themselves in a report of their own")


def shortfalls(reading: Reading, granted: Granted, endpoints: Mapping[str, contract.Endpoint]) -> Iterator[Fault]:
    """Find the agreements that do not grant what their recipients' mappings read."""
    for position, recipient in reading.recipients.items():
        if endpoint := endpoints.get(recipient.slug):
            theirs = dict(references.covering(recipient, list(reading.agreements.items())))
            known = {index: each for index, each in theirs.items() if index in granted}
            yield from _unknown(reading, position, endpoint, {each.kind for each in known.values()})
            yield from _missing(reading, endpoint, known, granted)


def _needed(endpoint: contract.Endpoint) -> frozenset[str]:
    return discovery.reader(endpoint.adapter).fields_needed(endpoint)


def _unknown(reading: Reading, position: int, endpoint: contract.Endpoint, kinds: set[str]) -> Iterator[Fault]:
    """Find what a mapping reads that none of its recipient's kinds has; one mapping may serve several kinds."""
    for path in sorted(_needed(endpoint)):
        if kinds and not any(_leaves(kind, path) for kind in kinds):
            place = reading.source.place("recipients", position, "route", "settings")
            what = f"the mapping of `{endpoint.recipient}` reads what {_some(sorted(kinds))} has not: `{path}`"
            yield Fault(place, what, _similar(min(kinds), path))


def _missing(
    reading: Reading, endpoint: contract.Endpoint, agreements: Mapping[int, Agreement], granted: Granted
) -> Iterator[Fault]:
    for index, agreement in agreements.items():
        paths = _needed(endpoint) | discovery.fields_of_kind(endpoint.adapter, agreement.kind)
        needed = {leaf for path in paths for leaf in _leaves(agreement.kind, path)}
        if missing := sorted(needed - granted[index]):
            place = reading.source.place("agreements", index, "fields")
            what = (
                f"`{agreement.slug}` does not grant what the mapping of `{endpoint.recipient}` needs: {_some(missing)}"
            )
            yield Fault(place, what, "grant it, or take it out of the mapping")


def _leaves(kind: str, path: str) -> frozenset[str]:
    try:
        return events.expand(events.find(kind), path)
    except events.UnknownField:
        return frozenset()


def _similar(kind: str, path: str) -> str:
    parts = [leaf.split(".") for leaf in events.grantable(events.find(kind))]
    known = {".".join(each[:length]) for each in parts for length in range(1, len(each) + 1)}
    return nearest(path, known, otherwise="docs/fields.md lists them all")


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return ", ".join(f"`{path}`" for path in paths[:MOST_NAMED]) + more
