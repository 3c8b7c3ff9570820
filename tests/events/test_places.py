"""Addresses, postcodes and property references."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from tellusonce.events import places


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("m1 1ae", "M1 1AE"),
        ("B338TH", "B33 8TH"),
        ("cr2 6xh", "CR2 6XH"),
        ("DN551PT", "DN55 1PT"),
        ("W1A 1HQ", "W1A 1HQ"),
        ("ec1a1bb", "EC1A 1BB"),
        ("GIR 0AA", "GIR 0AA"),
        ("bf1 0ax", "BF1 0AX"),
        ("BFPO 58", "BFPO 58"),
        ("bfpo1234", "BFPO 1234"),
        ("zz99 3vz", "ZZ99 3VZ"),
        ("ZZ993WZ", "ZZ99 3WZ"),
        ("fiqq1zz", "FIQQ 1ZZ"),
    ],
)
def test_a_postcode_is_written_with_capitals_and_one_space(text: str, written: str) -> None:
    """ZZ99 3VZ: no fixed abode; ZZ99 3WZ: address not known (NHS Organisation Data Service)."""
    assert places.check_postcode(text) == written


@pytest.mark.parametrize(
    "text", ["", "M1", "M1 1A", "QA1 1AA", "A1 1CA", "M15 7", "BFPO", "BFPO 12345", "ZZ98 3VZ", "75001"]
)
def test_what_royal_mail_does_not_know_is_no_postcode(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="UK postcode"):
        places.check_postcode(text)


@given(st.from_regex(places._POSTCODE, fullmatch=True), st.sampled_from(["", " ", "  "]))
def test_spaces_in_a_postcode_do_not_matter(postcode: str, between: str) -> None:
    assert places.check_postcode(between.join(postcode.replace(" ", "")).lower()) == postcode


@pytest.mark.parametrize("country", [None, "UK", "united kingdom", "Wales"])
def test_here_a_postcode_is_a_uk_postcode(country: str | None) -> None:
    with pytest.raises(ValidationError, match="UK postcode"):
        places.Address(country=country, postcode="75001")


@pytest.mark.parametrize(("country", "postcode"), [("France", "75001"), ("Ireland", "d02 x285"), ("Canada", "K1A 0B1")])
def test_elsewhere_it_is_what_it_is(country: str, postcode: str) -> None:
    assert places.Address(country=country, postcode=postcode).postcode == postcode.upper()


@pytest.mark.parametrize("postcode", ["x" * 17, "75001;", "«75»"])
def test_elsewhere_it_is_still_short_and_plain(postcode: str) -> None:
    with pytest.raises(ValidationError, match="16 letters and digits"):
        places.Address(country="France", postcode=postcode)


@pytest.mark.parametrize(
    ("told", "written"),
    [("1", "1"), (" 10 0012 3456 78", "100012345678"), ("000000012345", "12345"), (200000457488, "200000457488")],
)
def test_a_uprn_is_1_to_12_digits(told: Any, written: str) -> None:
    assert places.Address.model_validate({"uprn": told}).uprn == written


@pytest.mark.parametrize(
    "told", ["", "0", "000000000000", "1234567890123", "0000000000001", "12A", "\u0661\u0662\u0663", -5]
)
def test_anything_else_is_no_uprn(told: Any) -> None:
    with pytest.raises(ValidationError, match="1 to 12 digits"):
        places.Address.model_validate({"uprn": told})


@pytest.mark.parametrize("told", [True, 1.5, ["1"]])
def test_a_uprn_is_text_or_a_number(told: Any) -> None:
    with pytest.raises(ValidationError, match="valid string"):
        places.Address.model_validate({"uprn": told})


@given(st.integers(1, 10**12 - 1))
def test_padding_of_a_uprn_does_not_matter(number: int) -> None:
    assert places.check_uprn(str(number).zfill(12)) == str(number)


@pytest.mark.parametrize("code", ["E07000123", "northmoor", "N09000003"])
def test_an_area_is_a_code(code: str) -> None:
    assert places.check_area(code) == code


@pytest.mark.parametrize("code", ["", "E", "Northmoor District", "-x", "a" * 41])
def test_an_area_is_not_a_name(code: str) -> None:
    with pytest.raises(PydanticCustomError, match="code of a council's area"):
        places.check_area(code)


def test_an_address_may_be_words_alone() -> None:
    assert places.Address(text="no fixed abode; sleeps at the night shelter").lines == ()
