"""Numbers by which bodies know people: each scheme writes them in one way, and says in a sentence what one looks like.

NHS number: NHS Data Dictionary (modulus 11; Scotland's CHI and Northern Ireland's H&C numbers share it). UTR: HMRC, ten
digits, the first checks the rest. NINO: HMRC, National Insurance Manual NIM39110. UPRN: GeoPlace, 1 to 12 digits.
Driver number: DVLA's 16 characters, DVA's 8 digits. Postcodes: Royal Mail, Programmers' Guide to the Postcode Address
File, edition 7, appendix C, with BFPO numbers, the overseas territories, and the NHS's pseudo-postcodes ZZ99. Read in
November 2026.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stdnum.exceptions import ValidationError as WrongNumber
from stdnum.gb import nhs, utr

# QQ is allocated to nobody: HMRC's own example, and so ours, in messages, demonstrations and tests.
_NINO = re.compile(r"(?:QQ|(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])\d{6}[A-D]", re.ASCII)
_UPRN = re.compile(r"(?=.{1,12}\Z)0*([1-9]\d*)", re.ASCII)
_DRIVER = re.compile(
    r"""
    (?=.{16}\Z)[A-Z]{1,5}9{0,4}                 # surname, filled up with 9
    \d(?:[05][1-9]|[16][0-2])                   # decade of birth; month, plus 50 for women
    (?:0[1-9]|[12]\d|3[01])\d                   # day; last digit of the year
    (?:99|[A-Z][A-Z9])[A-Z0-9][A-Z]{2}          # initials; a digit that tells twins apart; check letters
    |\d{8}                                      # Northern Ireland
    """,
    re.VERBOSE | re.ASCII,
)
_POSTCODE = re.compile(
    r"""
    (?:[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRVWXY]?)|GIR)\ \d[ABD-HJLNP-UW-Z]{2}
    |ZZ99\ \d[A-Z]{2}
    |(?:ASCN|BBND|BIQQ|FIQQ|PCRN|SIQQ|STHL|TDCU|TKCA)\ 1ZZ
    |BFPO\ \d{1,4}
    """,
    re.VERBOSE | re.ASCII,
)
_LONGEST = 60


class NotAnIdentifier(ValueError):
    """The value cannot be of its scheme; the message says what one looks like, and never repeats the value."""


class UnknownScheme(KeyError):
    """There is no such scheme; the message names those that there are."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Scheme:
    """A kind of number: what it is called, what it must look like, and how it is written in one way.

    `write` gives the one way to write a value without spaces and in capitals, or None if it cannot be one.
    `is_of_one_person` is false for numbers that a household shares, which are no way to recognise a person.
    """

    name: str
    title: str
    rule: str
    write: Callable[[str], str | None]
    is_of_one_person: bool = True


def normalise(scheme: str, value: str) -> str:
    """Write a value in its scheme's one way. Raises UnknownScheme and NotAnIdentifier."""
    known = find(scheme)
    written = known.write(re.sub(r"[\s\-./]", "", value).upper())
    if not written:
        raise NotAnIdentifier(f"{known.title}: {known.rule}.")
    return written


def find(name: str) -> Scheme:
    """Give the scheme of this name. Raises UnknownScheme."""
    try:
        return SCHEMES[name]
    except KeyError:
        raise UnknownScheme(f"There is no scheme {name!r}; there are: {', '.join(sorted(SCHEMES))}.") from None


def _shaped(shape: str | re.Pattern[str]) -> Callable[[str], str | None]:
    compiled = re.compile(shape, re.ASCII) if isinstance(shape, str) else shape
    return lambda squeezed: squeezed if compiled.fullmatch(squeezed) else None


def _nhs(squeezed: str) -> str | None:
    try:
        return str(nhs.validate(squeezed))
    except WrongNumber:
        return None


def _utr(squeezed: str) -> str | None:
    try:
        return str(utr.validate(squeezed))
    except WrongNumber:
        return None


def _uprn(squeezed: str) -> str | None:
    shape = _UPRN.fullmatch(squeezed)
    return shape[1] if shape else None


def _postcode(squeezed: str) -> str | None:
    cut = len("BFPO") if squeezed.startswith("BFPO") else -3
    spaced = f"{squeezed[:cut]} {squeezed[cut:]}"
    return spaced if _POSTCODE.fullmatch(spaced) else None


SCHEMES: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme(
            "nino",
            "National Insurance number",
            "two letters, six digits and A to D, like QQ 12 34 56 C",
            _shaped(_NINO),
        ),
        Scheme("nhs", "NHS number", "ten digits, the last of which checks the others", _nhs),
        Scheme("utr", "Unique Taxpayer Reference", "ten digits, the first of which checks the others", _utr),
        Scheme(
            "driver",
            "Driver number",
            "the 16 characters at 5 on the licence; 8 digits in Northern Ireland",
            _shaped(_DRIVER),
        ),
        Scheme("passport", "Passport number", "6 to 9 letters and digits", _shaped(r"[A-Z0-9]{6,9}")),
        Scheme("blue-badge", "Blue Badge number", "6 to 16 letters and digits", _shaped(r"[A-Z0-9]{6,16}")),
        Scheme(
            "service-number", "Armed forces service number", "4 to 12 letters and digits", _shaped(r"[A-Z0-9]{4,12}")
        ),
        Scheme("uprn", "Unique Property Reference Number", "1 to 12 digits", _uprn, is_of_one_person=False),
        Scheme(
            "postcode",
            "Postcode",
            "a UK postcode, like AB1 2CD, BFPO 57 or ZZ99 3VZ",
            _postcode,
            is_of_one_person=False,
        ),
        Scheme(
            "vehicle",
            "Number plate",
            "2 to 7 letters and digits, with one of each",
            _shaped(r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]{2,7}"),
            is_of_one_person=False,
        ),
        Scheme(
            "council-tax-account",
            "Council Tax account",
            f"1 to {_LONGEST} letters and digits",
            _shaped(rf"\w{{1,{_LONGEST}}}"),
            is_of_one_person=False,
        ),
        Scheme("library-card", "Library card", f"1 to {_LONGEST} letters and digits", _shaped(rf"\w{{1,{_LONGEST}}}")),
        Scheme("travel-pass", "Travel pass", f"1 to {_LONGEST} letters and digits", _shaped(rf"\w{{1,{_LONGEST}}}")),
        Scheme(
            "own-reference",
            "An organisation's own reference",
            f"1 to {_LONGEST} letters and digits",
            _shaped(rf"\w{{1,{_LONGEST}}}"),
        ),
    )
}
