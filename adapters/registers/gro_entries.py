"""What one record of a death extract says, in the words of the kind ``death``."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from lxml import etree

# lxml names the class of its elements as if it were private, and hands it out all the same.
Element: TypeAlias = etree._Element  # noqa: SLF001
Parts: TypeAlias = Mapping[str, list[Element]]

_LONDON = ZoneInfo("Europe/London")
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9/-]{0,19}")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_MONTH = re.compile(r"(?:--)?(0?[1-9]|1[0-2])", re.ASCII)
_POSTCODE = re.compile(
    r"""
    [A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRVWXY]?)[ ]?\d[ABD-HJLNP-UW-Z]{2}
    |ZZ99[ ]?\d[A-Z]{2}
    |BFPO[ ]?\d{1,4}
    """,
    re.VERBOSE | re.ASCII,
)
_SEXES = {"1": "male", "2": "female", "9": "indeterminate"}
_REASONS = {
    "1": "formal-correction",
    "2": "quality-assurance",
    "3": "typographical",
    "4": "cancelled",
    "5": "cancellation-removed",
}


class Unfit(Exception):
    """A record cannot be used; the message says why by element names and never quotes a value."""


def name_of(element: Element) -> str:
    """Name an element without its namespace: extracts for other departments differ in nothing else."""
    # By its text: of a prefix that is not declared the library makes a name that it then refuses to take apart.
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element) -> str:
    """Read an element's text, with single spaces."""
    return " ".join((element.text or "").split())


def parts_of(element: Element) -> Parts:
    """Group an element's children by name; those that hold nothing are left out."""
    found: dict[str, list[Element]] = {}
    for child in element:
        if len(child) or text_of(child):
            found.setdefault(name_of(child), []).append(child)
    return found


def number_in(parts: Parts) -> str:
    """Read the register's number, or nothing where it is not one."""
    number = _text(parts, "RegistrationID")
    return number if _NUMBER.fullmatch(number) else ""


def time_in(parts: Parts, name: str) -> datetime:
    """Read a time; the register writes British clock time where it names no zone. Raises Unfit."""
    try:
        found = datetime.fromisoformat(_text(parts, name))
    except ValueError as error:
        raise Unfit(f"{name} has to be a time like 2026-01-31T09:30:00") from error
    return found if found.tzinfo else found.replace(tzinfo=_LONDON)


def reason_in(parts: Parts) -> str:
    """Read why an update was made. Raises Unfit."""
    reason = _REASONS.get(_text(parts, "RecordUpdateReason"))
    if reason is None:
        raise Unfit("RecordUpdateReason has to be 1 to 5")
    return reason


def entry_of(parts: Parts, *, number: str, registered_on: date | None = None) -> dict[str, Any]:
    """Shape a record as answers of the kind ``death``. Raises Unfit.

    A registration has to have a family name and a date of death; an update (no `registered_on`) may leave out anything.
    """
    subject: dict[str, Any] = {
        "name": _main_name(parts),
        "other_names": _other_names(parts),
        "sex": _sex(parts),
        "born_on": _day(parts, "Birth"),
        "born_on_text": _words(parts, "FreeFormatBirthDate"),
        "addresses": [{"use": "usual", **address} for address in map(_address, parts.get("DeceasedAddress", []))],
    }
    death = {
        "died_on": _day(parts, "Death"),
        "died_on_text": _words(parts, "QualifierText", "FreeFormatDeathDate"),
    }
    if registered_on and not subject["name"].get("family"):
        raise Unfit("DeceasedName has no PersonFamilyName")
    if registered_on and not _filled(death):
        raise Unfit("It has no date of death: neither PersonDeathDate, PartialYearOfDeath nor FreeFormatDeathDate")
    registration = {"number": number, "registered_on": registered_on.isoformat() if registered_on else ""}
    return _filled({"subject": _filled(subject), "death": _filled(death), "registration": _filled(registration)})


def _filled(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if value}


def _text(parts: Parts, name: str) -> str:
    return text_of(parts[name][0]) if name in parts else ""


def _words(parts: Parts, *names: str) -> str:
    return "; ".join(filter(None, (_text(parts, name) for name in names)))


def _sex(parts: Parts) -> str:
    code = _text(parts, "DeceasedGender")
    if code and code not in _SEXES:
        raise Unfit("DeceasedGender has to be 1 (male), 2 (female) or 9 (indeterminate)")
    return _SEXES.get(code, "")


def _day(parts: Parts, event: str) -> str:
    """Read a date as far as it is known: whole, or from its partial month and year."""
    wholes = [_text(parts_of(group), f"Person{event}Date") for group in parts.get(f"Deceased{event}Date", [])]
    return _whole(wholes[0], event=event) if any(wholes) else _partial(parts, event=event)


def _whole(text: str, *, event: str) -> str:
    shape = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(shape[1] if shape else "").isoformat()
    except ValueError as error:
        raise Unfit(f"Person{event}Date has to be a real date like 2026-01-31") from error


def _partial(parts: Parts, *, event: str) -> str:
    year, month = _text(parts, f"PartialYearOf{event}"), _text(parts, f"PartialMonthOf{event}")
    if not year and not month:
        return ""
    if not _YEAR.fullmatch(year):
        raise Unfit(f"PartialYearOf{event} has to be four digits, and is needed where there is a month")
    shape = _MONTH.fullmatch(month)
    if month and shape is None:
        raise Unfit(f"PartialMonthOf{event} has to be 1 to 12")
    return f"{year}-{int(shape[1]):02}" if shape else year


def _main_name(parts: Parts) -> dict[str, Any]:
    return _name(parts["DeceasedName"][0]) if "DeceasedName" in parts else {}


def _name(element: Element) -> dict[str, Any]:
    parts = parts_of(element)
    return _filled(
        {
            "title": _text(parts, "PersonNameTitle"),
            "given": [text_of(given) for given in parts.get("PersonGivenName", [])],
            "family": _text(parts, "PersonFamilyName"),
            "suffix": _text(parts, "PersonNameSuffix"),
        }
    )


def _other_names(parts: Parts) -> list[dict[str, Any]]:
    """Read aliases and the maiden name; one description stands for all the aliases that have none of their own."""
    described = [text_of(element) for element in parts.get("DeceasedAliasNameType", [])]
    aliases = [_name(element) for element in parts.get("DeceasedAliasName", [])]
    others = [
        {**_with_family(alias), **_use(described[min(place, len(described) - 1)] if described else "")}
        for place, alias in enumerate(aliases)
    ]
    if maiden := _text(parts, "DeceasedMaidenName"):
        given = _main_name(parts).get("given", [])
        others.append({**_filled({"given": given}), "family": maiden, "use": "maiden"})
    return others


def _with_family(name: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody known by one name only has it as family name."""
    if "family" in name:
        return dict(name)
    given = list(name.get("given", []))
    if not given:
        raise Unfit("DeceasedAliasName has no name in it")
    return _filled({**name, "given": given[:-1], "family": given[-1]})


def _use(words: str) -> dict[str, str]:
    return _filled({"use": "former" if "former" in words.lower() else "alias", "words": words})


def _address(element: Element) -> dict[str, Any]:
    """Read an address; what stands for a postcode and is none is kept as its last line."""
    parts = parts_of(element)
    lines = [text_of(line) for line in _all(parts, ("Flat", "Building", "Line"))]
    postcode = _text(parts, "Postcode").upper()
    if _POSTCODE.fullmatch(postcode):
        return _filled({"lines": lines, "postcode": postcode})
    return _filled({"lines": [*lines, *filter(None, [postcode])]})


def _all(parts: Parts, names: Iterable[str]) -> list[Element]:
    return [element for name in names for element in parts.get(name, [])]
