"""Write people, dates and addresses as the vocabulary of life events has them; nothing that was not granted.

Source: data-vocab at 93f80e5 (NameClass, ISODateClass, SexClass, PostalAddressClass), whose address follows BS 7666.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

JSON = Any

EMPTY: tuple[JSON, ...] = (None, "", [], {})

DESCRIPTIONS = {
    "maiden": "Name before marriage",
    "alias": "Otherwise or formerly known as",
    "former": "Formerly known as",
}
_NUMBERED = re.compile(r"(\d+[A-Za-z]?(?:-\d+[A-Za-z]?)?)[ ,]+(\S.*)")
_PART_OF_A_HOUSE = re.compile(r"(?:flat|apartment|apt|unit|room|suite)\b", re.IGNORECASE)


def person(fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """Say who it is, as far as it was granted; what is not known is None or empty."""
    homes = fields.get("addresses") or [fields["address"]] if {"addresses", "address"} & set(fields) else ()
    return {
        "name": [
            *names(fields.get("name")),
            *(also for each in fields.get("other_names") or () for also in _also(each)),
        ],
        "sex": [{"value": fields["sex"].capitalize()}] if fields.get("sex") else None,
        "birthDate": [date(fields.get("born_on"))],
        "freeFormatBirthDate": fields.get("born_on_text"),
        "address": [address(each) for each in homes],
    }


def names(name: Mapping[str, JSON] | None, **more: JSON) -> list[JSON]:
    """Write one name, in parts and in their order; none where no part of it was granted."""
    given = [{"value": each, "type": "GivenName"} for each in (name or {}).get("given") or ()]
    family = [{"value": name["family"], "type": "FamilyName"}] if name and name.get("family") else []
    return [{"nameParts": [*given, *family], **more}] if given or family else []


def _also(name: Mapping[str, JSON]) -> list[JSON]:
    """Write another name; the register's own words about it stand before ours."""
    return names(name, description=name.get("words") or DESCRIPTIONS.get(name.get("use") or ""))


def date(day: str | None) -> JSON:
    """Write a date, whole or in part."""
    return {"value": day} if day else None


def address(told: Mapping[str, JSON] | None) -> dict[str, JSON]:
    """Write an address. Each line stands under the likeliest word for it, and none is lost."""
    told = told or {}
    return {
        **_lines(told.get("lines") or ()),
        "addressLocality": told.get("town"),
        "addressRegion": told.get("county"),
        "addressCountry": told.get("country"),
        "postalCode": told.get("postcode"),
        "uprn": int(told["uprn"]) if told.get("uprn") else None,
        "freeFormatAddress": told.get("text"),
    }


def _lines(lines: Sequence[str]) -> dict[str, JSON]:
    """The first line that begins with a number is the street; else the last but for a house alone.

    What stands before it names the house, and a flat in it; what stands after it is the locality.
    """
    found = next((place for place, line in enumerate(lines) if _NUMBERED.fullmatch(line)), None)
    at = min(1, len(lines)) if found is None else found
    before, street, after = lines[:at], lines[at : at + 1], lines[at + 1 :]
    flats = [line for line in before if _PART_OF_A_HOUSE.match(line)]
    numbered = _NUMBERED.fullmatch(street[0]) if street else None
    return {
        "subBuildingName": ", ".join(flats) or None,
        "buildingName": ", ".join(line for line in before if line not in flats) or None,
        "buildingNumber": numbered[1] if numbered else None,
        "streetName": numbered[2] if numbered else ", ".join(street) or None,
        "dependentAddressLocality": ", ".join(after) or None,
    }


def filled(value: JSON) -> JSON:
    """Leave out what is null or empty, and whatever this leaves empty."""
    if isinstance(value, dict):
        inner = {name: filled(each) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each not in EMPTY}
    if isinstance(value, list):
        return [each for each in map(filled, value) if each not in EMPTY]
    return value
