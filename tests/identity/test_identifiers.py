"""Each scheme writes its numbers in one way and refuses what cannot be one, with its rule and without the value."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import identifiers
from identity.identifiers import NotAnIdentifier, UnknownScheme

WRITTEN = [
    ("nino", "qq 12 34 56 c", "QQ123456C"),
    ("nhs", "943 476 5919", "9434765919"),
    ("nhs", "943-476-5919", "9434765919"),
    ("utr", "1955839661", "1955839661"),
    ("driver", "MORGA 657054 SM9IJ", "MORGA657054SM9IJ"),
    ("driver", "1234 5678", "12345678"),
    ("passport", "925 665 416", "925665416"),
    ("uprn", "000100023336956", None),
    ("uprn", "000010033544", "10033544"),
    ("uprn", "100023336956", "100023336956"),
    ("postcode", "zx12ab", "ZX1 2AB"),
    ("postcode", "sw1a1aa", "SW1A 1AA"),
    ("postcode", "BFPO57", "BFPO 57"),
    ("postcode", "bfpo 1234", "BFPO 1234"),
    ("postcode", "zz993vz", "ZZ99 3VZ"),
    ("postcode", "GIR0AA", "GIR 0AA"),
    ("postcode", "FIQQ 1ZZ", "FIQQ 1ZZ"),
    ("postcode", "BFPO", None),
    ("vehicle", "ab12 cde", "AB12CDE"),
    ("vehicle", "ABCDE", None),
    ("council-tax-account", "CT 0047-11", "CT004711"),
]
REFUSED = [
    ("nino", "BG123456C", "two letters, six digits and A to D"),  # never issued: HMRC, NIM39110
    ("nino", "QQ123456E", "two letters, six digits and A to D"),
    ("nhs", "9434765918", "the last of which checks the others"),
    ("nhs", "943476591", "ten digits"),
    ("utr", "2955839661", "the first of which checks the others"),
    ("driver", "MORGA699054SM9IJ", "16 characters"),  # there is no month 99
    ("uprn", "0", "1 to 12 digits"),
    ("passport", "12345", "6 to 9"),
]


@pytest.mark.parametrize(("scheme", "value", "written"), WRITTEN)
def test_a_number_is_written_in_one_way(scheme: str, value: str, written: str | None) -> None:
    if written is None:
        with pytest.raises(NotAnIdentifier):
            identifiers.normalise(scheme, value)
    else:
        assert identifiers.normalise(scheme, value) == written


@pytest.mark.parametrize(("scheme", "value", "rule"), REFUSED)
def test_a_wrong_number_is_refused_with_the_rule_and_never_repeated(scheme: str, value: str, rule: str) -> None:
    with pytest.raises(NotAnIdentifier, match=rule) as refused:
        identifiers.normalise(scheme, value)
    assert value not in str(refused.value)


def test_an_unknown_scheme_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownScheme, match=r"no scheme 'shoe-size'; there are: .*nino"):
        identifiers.normalise("shoe-size", "43")


@given(st.sampled_from(sorted(identifiers.SCHEMES)), st.text(string.printable, max_size=70))
def test_whatever_is_accepted_is_written_as_it_would_be_again(scheme: str, value: str) -> None:
    try:
        written = identifiers.normalise(scheme, value)
    except NotAnIdentifier:
        return
    assert identifiers.normalise(scheme, written) == written
    assert identifiers.normalise(scheme, f" {written.lower()} ") == written


@given(st.integers(0, 10**9 - 1), st.integers(0, 9), st.integers(1, 9))
def test_any_wrong_digit_of_an_nhs_number_is_found(first_nine: int, place: int, more: int) -> None:
    """NHS Data Dictionary: modulus 11 finds every single wrong digit."""
    digits = f"{first_nine:09}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    if check == 10:  # such numbers are not issued
        return
    number = f"{digits}{check}"
    assert identifiers.normalise("nhs", number) == number
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    with pytest.raises(NotAnIdentifier):
        identifiers.normalise("nhs", wrong)


@pytest.mark.parametrize("scheme", ["uprn", "postcode", "vehicle", "council-tax-account"])
def test_what_a_household_shares_recognises_nobody(scheme: str) -> None:
    assert not identifiers.find(scheme).is_of_one_person
