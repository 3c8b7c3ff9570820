"""Numbers by which public bodies know a person, written in one way and checked as far as their form allows.

NINO: HMRC, National Insurance Manual NIM39110. NHS number: NHS Data Dictionary (check digit, modulus 11; Scotland's
CHI and Northern Ireland's H&C numbers share it). Driver number: DVLA's 16 characters, DVA's 8 digits.
Read November 2026.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.gb import nhs

from tellusonce.events.parts import PRIVATE, SENSITIVE, Part, Text

# QQ is allocated to nobody: HMRC's own example, and so ours, in messages, demonstrations and tests.
_NINO = re.compile(
    r"(?:QQ|(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])\d{6}[A-D]",
    re.ASCII,
)
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
_PASSPORT = re.compile(r"[A-Z0-9]{6,9}", re.ASCII)
_VEHICLE = re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]{2,7}", re.ASCII)
_BLUE_BADGE = re.compile(r"[A-Z0-9]{6,16}", re.ASCII)


def _squeeze(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def check_nino(text: str) -> str:
    """Accept a National Insurance number."""
    squeezed = _squeeze(text)
    if not _NINO.fullmatch(squeezed):
        raise PydanticCustomError("nino", "must be two letters, six digits and a letter A to D, like QQ 12 34 56 C")
    return squeezed


def check_nhs_number(text: str) -> str:
    """Accept ten digits whose last one checks the others."""
    try:
        return str(nhs.validate(_squeeze(text)))
    except StdnumError as error:
        raise PydanticCustomError(
            "nhs_number", "must be ten digits, as on a letter from the NHS; check each"
        ) from error


def check_driver_number(text: str) -> str:
    """Accept the driver number of a British or Northern Irish licence."""
    squeezed = _squeeze(text)
    if not _DRIVER.fullmatch(squeezed):
        raise PydanticCustomError(
            "driver_number", "must be the 16 characters at 5 on the licence (8 digits in Northern Ireland)"
        )
    return squeezed


def check_passport(text: str) -> str:
    """Accept a passport number of any country."""
    squeezed = _squeeze(text)
    if not _PASSPORT.fullmatch(squeezed):
        raise PydanticCustomError("passport", "must be 6 to 9 letters and digits; a UK passport has 9 digits")
    return squeezed


def check_vehicle(text: str) -> str:
    """Accept a registration mark, without its space."""
    squeezed = _squeeze(text)
    if not _VEHICLE.fullmatch(squeezed):
        raise PydanticCustomError("vehicle", "must be a number plate: 2 to 7 letters and digits, like AB12 CDE")
    return squeezed


def check_blue_badge(text: str) -> str:
    """Accept the number of a Blue Badge, of the present form or an older one."""
    squeezed = _squeeze(text)
    if not _BLUE_BADGE.fullmatch(squeezed):
        raise PydanticCustomError(
            "blue_badge", "must be the 6 letters and digits on the badge (up to 16 on an older badge)"
        )
    return squeezed


Nino = Annotated[str, AfterValidator(check_nino), PRIVATE]
NhsNumber = Annotated[str, AfterValidator(check_nhs_number)]
DriverNumber = Annotated[str, AfterValidator(check_driver_number)]
PassportNumber = Annotated[str, AfterValidator(check_passport)]
NumberPlate = Annotated[str, AfterValidator(check_vehicle)]
BlueBadgeNumber = Annotated[str, AfterValidator(check_blue_badge)]


class Identifiers(Part):
    """The numbers by which bodies know one person; none of them has to be known."""

    nino: Nino | None = Field(None, title="National Insurance number")
    nhs_number: NhsNumber | None = Field(None, title="NHS number")
    passports: tuple[PassportNumber, ...] = Field((), title="Passport numbers", max_length=2)
    driver_number: DriverNumber | None = Field(None, title="Driver number")
    vehicles: tuple[NumberPlate, ...] = Field((), title="Number plates of vehicles")
    blue_badge: Annotated[BlueBadgeNumber | None, SENSITIVE] = Field(None, title="Blue Badge number")
    council_tax_account: Text | None = Field(None, title="Council Tax account number")
    library_card: Text | None = Field(None, title="Library card number")
    travel_pass: Text | None = Field(None, title="Bus or travel pass number")
    service_number: Text | None = Field(None, title="Armed forces service number")


class ChildNumbers(Part):
    """The numbers by which bodies know a child."""

    nhs_number: NhsNumber | None = Field(None, title="NHS number")
    library_card: Text | None = Field(None, title="Library card number")


class Pension(Part):
    """One pension that was paid or promised."""

    scheme: Text = Field(title="Name of the pension scheme")
    reference: Annotated[Text | None, PRIVATE] = Field(None, title="Pension reference")
