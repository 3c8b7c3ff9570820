"""Whether the entries fit together: what they name exists, and no two claim the same."""

import datetime as dt
from collections.abc import Iterable, Iterator

from tellusonce.catalogue.faults import Fault, Place, nearest
from tellusonce.catalogue.readings import Reading
from tellusonce.catalogue.shapes import Agreement, Recipient

REGISTRATION_BASES = ("legal_obligation", "public_task")
FOREVER = dt.date.max


def faults(reading: Reading, *, on: dt.date) -> Iterator[Fault]:
    """Find whatever does not fit; `on` is the day on which agreements and assurances are looked at."""
    yield from _areas(reading)
    yield from _recipients(reading, on)
    for index, agreement in reading.agreements.items():
        yield from _names(reading, index, agreement)
        yield from _terms(reading, index, agreement, on)
    yield from _overlaps(reading)
    yield from _untold(reading)


def _unknown(reading: Reading, section: str, name: str, place: Place) -> Iterator[Fault]:
    known = reading.names(section)
    if name not in known:
        noun = {"areas": "area", "organisations": "organisation", "recipients": "recipient"}[section]
        yield Fault(place, f"there is no {noun} `{name}`", nearest(name, known, otherwise=f"add it to `{section}`"))


def _areas(reading: Reading) -> Iterator[Fault]:
    claimed: dict[str, Place] = {}
    for index, area in reading.areas.items():
        place = reading.source.place("areas", index, "parent")
        if area.parent:
            yield from _unknown(reading, "areas", area.parent, place)
        if area.code in _ancestors(reading, area.code):
            yield Fault(place, f"the area `{area.code}` lies within itself", "give it the parent around it")
        for position, beginning in enumerate(area.postcodes):
            place = reading.source.place("areas", index, "postcodes", position)
            if claimed.setdefault(beginning, place) is not place:
                what = f"postcodes `{beginning}` are already claimed at {claimed[beginning]}"
                yield Fault(place, what, "name the sectors that lie in each, or take one out")


def _ancestors(reading: Reading, code: str) -> set[str]:
    parents = {area.code: area.parent for area in reading.areas.values()}
    found: set[str] = set()
    parent = parents.get(code)
    while parent and parent not in found:
        found.add(parent)
        parent = parents.get(parent)
    return found


def _recipients(reading: Reading, on: dt.date) -> Iterator[Fault]:
    for index, recipient in reading.recipients.items():
        at = reading.source.place
        yield from _unknown(reading, "organisations", recipient.organisation, at("recipients", index, "organisation"))
        for position, code in enumerate(recipient.serves):
            yield from _unknown(reading, "areas", code, at("recipients", index, "serves", position))
        if recipient.assurance.until < on:
            place = at("recipients", index, "assurance", "until")
            what = f"the assurance of `{recipient.slug}` lapsed on {recipient.assurance.until}"
            yield Fault(place, what, "everything for it is withheld until it is renewed", is_warning=True)


def _names(reading: Reading, index: int, agreement: Agreement) -> Iterator[Fault]:
    at = reading.source.place
    yield from _unknown(reading, "organisations", agreement.organisation, at("agreements", index, "organisation"))
    if agreement.recipient is None:
        return
    place = at("agreements", index, "recipient")
    yield from _unknown(reading, "recipients", agreement.recipient, place)
    for recipient in reading.recipients.values():
        if recipient.slug == agreement.recipient and recipient.organisation != agreement.organisation:
            what = f"`{recipient.slug}` belongs to `{recipient.organisation}`, not to `{agreement.organisation}`"
            yield Fault(place, what, "let the organisation that answers for it sign")


def _terms(reading: Reading, index: int, agreement: Agreement, on: dt.date) -> Iterator[Fault]:
    at = reading.source.place
    until = agreement.in_force.until
    if until and until < on:
        place = at("agreements", index, "in_force", "until")
        yield Fault(place, f"the agreement `{agreement.slug}` expired on {until}", "renew it or take it out")
    if agreement.tells_from_registration and agreement.lawful_basis not in REGISTRATION_BASES:
        place = at("agreements", index, "tells_from_registration")
        what = f"nobody can be told from the registration alone on the basis of `{agreement.lawful_basis}`"
        yield Fault(place, what, "only legal_obligation or public_task allow it; take it out")


def _overlaps(reading: Reading) -> Iterator[Fault]:
    """Of two agreements at the same time nobody could say which one granted a field."""
    seen: list[tuple[int, Agreement]] = []
    for index, agreement in reading.agreements.items():
        for earlier, other in seen:
            if _is_same_subject(agreement, other) and _is_same_time(agreement, other):
                before = reading.source.place("agreements", earlier)
                what = f"`{agreement.slug}` and `{other.slug}` ({before}) are in force for the same at the same time"
                yield Fault(reading.source.place("agreements", index), what, "end one before the other, or merge them")
        seen.append((index, agreement))


def _is_same_subject(one: Agreement, other: Agreement) -> bool:
    return (one.organisation, one.recipient, one.kind) == (other.organisation, other.recipient, other.kind)


def _is_same_time(one: Agreement, other: Agreement) -> bool:
    return one.in_force.since <= (other.in_force.until or FOREVER) and other.in_force.since <= (
        one.in_force.until or FOREVER
    )


def covering(recipient: Recipient, agreements: Iterable[tuple[int, Agreement]]) -> list[tuple[int, Agreement]]:
    """Those agreements under which a recipient can be told, by index: per kind its own, else its organisation's."""
    own = [(index, each) for index, each in agreements if each.recipient == recipient.slug]
    kinds = {each.kind for _, each in own}
    return own + [
        (index, each)
        for index, each in agreements
        if each.recipient is None and each.organisation == recipient.organisation and each.kind not in kinds
    ]


def _untold(reading: Reading) -> Iterator[Fault]:
    told = {(value.get("organisation"), value.get("recipient")) for value in _mappings(reading)}
    for index, recipient in reading.recipients.items():
        if not told & {(recipient.organisation, recipient.slug), (recipient.organisation, None)}:
            place = reading.source.place("recipients", index, "slug")
            what = f"`{recipient.slug}` has no agreement"
            yield Fault(place, what, "it is told nothing until it has one", is_warning=True)


def _mappings(reading: Reading) -> Iterator[dict[str, object]]:
    return (value for value in reading.source.data["agreements"] if isinstance(value, dict))
