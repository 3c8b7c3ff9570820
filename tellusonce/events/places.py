"""Addresses: in lines with a postcode, or in whatever words there are.

UPRN: GeoPlace, Unique Property Reference Number, 1 to 12 digits. Postcodes: Royal Mail's Programmers' Guide to the
Postcode Address File, edition 7, appendix C, with the BFPO numbers, the overseas territories, and the pseudo-postcodes
ZZ99 of the NHS Organisation Data Service (no fixed abode, living abroad). Read November 2026.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from tellusonce.events.parts import LongText, Part, Text

_UPRN = re.compile(r"0*([1-9]\d{0,11})", re.ASCII)
_AREA = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,39}")
_POSTCODE = re.compile(
    r"""
    (?:[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRVWXY]?)|GIR)\ \d[ABD-HJLNP-UW-Z]{2}
    |ZZ99\ \d[A-Z]{2}
    |(?:ASCN|BBND|BIQQ|FIQQ|PCRN|SIQQ|STHL|TDCU|TKCA)\ 1ZZ
    |BFPO\ \d{1,4}
    """,
    re.VERBOSE | re.ASCII,
)
_HERE = frozenset(
    {"uk", "gb", "united kingdom", "great britain", "england", "scotland", "wales", "northern ireland"},
)
_FOREIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,15}")


def check_uprn(text: str) -> str:
    """Accept 1 to 12 digits; zeros in front are padding and fall away."""
    shape = _UPRN.fullmatch(text.replace(" ", ""))
    if shape is None or len(text.replace(" ", "")) > 12:  # noqa: PLR2004
        raise PydanticCustomError("uprn", "must be 1 to 12 digits")
    return shape[1]


def check_postcode(text: str) -> str:
    """Accept a UK postcode and write it with capitals and one space."""
    squeezed = re.sub(r"\s", "", text).upper()
    cut = len("BFPO") if squeezed.startswith("BFPO") else -3
    spaced = f"{squeezed[:cut]} {squeezed[cut:]}"
    if not _POSTCODE.fullmatch(spaced):
        raise PydanticCustomError("postcode", "must be a UK postcode, like AB1 2CD; leave it empty if there is none")
    return spaced


def check_postal_code(text: str, info: ValidationInfo) -> str:
    """Accept a UK postcode, or any short code where the address is in another country."""
    country = info.data.get("country")
    if country is None or country.lower() in _HERE:
        return check_postcode(text)
    if not _FOREIGN.fullmatch(text):
        raise PydanticCustomError("postal_code", "must be no more than 16 letters and digits")
    return text.upper()


def check_area(text: str) -> str:
    """Accept an area code as the catalogue writes it, such as a GSS code."""
    if not _AREA.fullmatch(text):
        raise PydanticCustomError("area", "must be the code of a council's area, like E07000123")
    return text


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Uprn = Annotated[str, AfterValidator(check_uprn), BeforeValidator(_as_text)]
Postcode = Annotated[str, AfterValidator(check_postal_code)]
AreaCode = Annotated[str, AfterValidator(check_area)]


class Address(Part):
    """One address; `country` stands before `postcode` because it decides which postcodes fit."""

    lines: tuple[Text, ...] = Field((), title="Address lines", max_length=10)
    town: Text | None = Field(None, title="Town or city")
    county: Text | None = Field(None, title="County")
    country: Text | None = Field(None, title="Country")
    postcode: Postcode | None = Field(None, title="Postcode")
    uprn: Uprn | None = Field(None, title="UPRN (property reference)")
    area: AreaCode | None = Field(None, title="Area code")
    text: LongText | None = Field(None, title="Address in words")


class UsedAddress(Address):
    """An address with what it was to the person."""

    use: Literal["usual", "other"] = Field(title="Use of the address")


class Place(Part):
    """A named place, such as a hospital or a care home."""

    name: Text | None = Field(None, title="Name of the place")
    address: Address | None = Field(None, title="Address")
