"""The numbers by which bodies know a person."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from tellusonce.events import identifiers

Check = Callable[[str], str]
CHECKS: list[Check] = [
    identifiers.check_nino,
    identifiers.check_nhs_number,
    identifiers.check_driver_number,
    identifiers.check_passport,
    identifiers.check_vehicle,
    identifiers.check_blue_badge,
]


@pytest.mark.parametrize(
    ("check", "text", "written"),
    [
        (identifiers.check_nino, "QQ 12 34 56 C", "QQ123456C"),
        (identifiers.check_nino, "ab-123456-d", "AB123456D"),
        (identifiers.check_nhs_number, "943-476-5919", "9434765919"),
        (identifiers.check_driver_number, "morga 657054 sm9ij", "MORGA657054SM9IJ"),
        (identifiers.check_driver_number, "FO999 512311 A99AA", "FO999512311A99AA"),
        (identifiers.check_driver_number, "12345678", "12345678"),
        (identifiers.check_passport, "123 456 789", "123456789"),
        (identifiers.check_passport, "pa1234567", "PA1234567"),
        (identifiers.check_vehicle, "ab12 cde", "AB12CDE"),
        (identifiers.check_vehicle, "ABZ 1234", "ABZ1234"),
        (identifiers.check_vehicle, "A 1", "A1"),
        (identifiers.check_blue_badge, "232c48", "232C48"),
        (identifiers.check_blue_badge, "000001 A 0121X0522", "000001A0121X0522"),
    ],
)
def test_a_number_is_taken_however_it_is_spaced(check: Check, text: str, written: str) -> None:
    assert check(text) == written


@pytest.mark.parametrize(
    "text",
    [
        *["DA123456A", "FA123456A", "IA123456A", "QA123456A", "UA123456A", "VA123456A"],
        *["AD123456A", "AO123456A", "BG123456A", "GB123456A", "KN123456A", "NK123456A", "NT123456A", "TN123456A"],
        *[
            "ZZ123456A",
            "AB123456E",
            "AB12345A",
            "AB1234567A",
            "AB123456",
            "AB\u0661\u0662\u0663\u0664\u0665\u0666A",
            "",
        ],
    ],
)
def test_numbers_that_hmrc_never_gives_out_are_refused(text: str) -> None:
    """NIM39110: which letters and prefixes are not used; suffix A to D."""
    with pytest.raises(PydanticCustomError, match="two letters, six digits and a letter A to D"):
        identifiers.check_nino(text)


@pytest.mark.parametrize("text", ["9434765918", "943476591", "94347659190", "ABCDEFGHIJ", ""])
def test_an_nhs_number_checks_itself(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="ten digits"):
        identifiers.check_nhs_number(text)


@given(st.integers(0, 9), st.integers(0, 9))
def test_an_nhs_number_with_one_digit_wrong_is_refused(place: int, digit: int) -> None:
    right = "9434765919"
    wrong = right[:place] + str(digit) + right[place + 1 :]
    if wrong == right:
        assert identifiers.check_nhs_number(wrong) == right
    else:
        with pytest.raises(PydanticCustomError):
            identifiers.check_nhs_number(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "MORGA607054SM9IJ0",
        "MORGA 613054 SM9IJ",
        "MORGA 657324 SM9IJ",
        "MO9GA 657054 SM9IJ",
        "MORGA 657054 9M9IJ",
        "1234567",
    ],
)
def test_a_driver_number_has_a_name_and_a_birthday_in_it(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="16 characters"):
        identifiers.check_driver_number(text)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (identifiers.check_passport, "12345"),
        (identifiers.check_passport, "1234567890"),
        (identifiers.check_vehicle, "ABCDEFG"),
        (identifiers.check_vehicle, "1234567"),
        (identifiers.check_vehicle, "AB12 CDEF"),
        (identifiers.check_blue_badge, "232C4"),
    ],
)
def test_what_is_too_short_too_long_or_of_one_sort_is_refused(check: Check, text: str) -> None:
    with pytest.raises(PydanticCustomError, match="must be"):
        check(text)


@pytest.mark.parametrize("check", CHECKS)
@given(text=st.text() | st.from_regex(r"[A-Za-z0-9 -]{5,18}", fullmatch=True))
def test_any_text_is_refused_or_written_so_that_it_stays(check: Check, text: str) -> None:
    try:
        written = check(text)
    except PydanticCustomError:
        return
    assert check(written) == written
    assert re.fullmatch(r"[A-Z0-9]+", written)


@given(st.from_regex(identifiers._NINO, fullmatch=True), st.sampled_from([" ", "-", ""]))
def test_spaces_and_dashes_in_a_nino_do_not_matter(nino: str, between: str) -> None:
    assert identifiers.check_nino(between.join(nino).lower()) == nino
