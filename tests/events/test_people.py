"""Names, and how to reach people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from tellusonce.events import people


@pytest.mark.parametrize(
    "text",
    [
        "name@example.com",
        "a.b+c@mail.example.co.uk",
        "o'neill@example.org",
        "x_y@sub-domain.example",
        "zoë@example.cymru",
    ],
)
def test_an_e_mail_address_is_taken_as_it_is(text: str) -> None:
    assert people.check_email(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name@",
        "@example.com",
        "a b@example.com",
        "a@b",
        "a@-b.com",
        "a@b..com",
        "<a@b.com>",
        "a@b.com, c@d.com",
    ],
)
def test_what_no_message_reaches_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="must be an e-mail address"):
        people.check_email(text)


def test_an_endless_e_mail_address_is_refused() -> None:
    with pytest.raises(PydanticCustomError):
        people.check_email(f"a@{'b.' * 200}com")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("020 7946 0018", "02079460018"),
        ("(020) 7946-0018", "02079460018"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("07700 900 123", "07700900123"),
        ("+33.1.23.45.67.89", "+33123456789"),
    ],
)
def test_a_telephone_number_is_taken_however_it_is_spaced(text: str, written: str) -> None:
    """Ofcom's numbers for drama (07700 900, 020 7946) are numbers too."""
    assert people.check_phone(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456",
        "1" * 16,
        "020 7946 0018 ext 3",
        "++44 20 7946 0018",
        "\u0660\u0662\u0660\u0667\u0669\u0664\u0666\u0660\u0660\u0661\u0668",
    ],
)
def test_what_cannot_be_dialled_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="must be a telephone number"):
        people.check_phone(text)


@given(st.text())
def test_any_text_is_refused_or_stays(text: str) -> None:
    for check in (people.check_email, people.check_phone):
        try:
            written = check(text)
        except PydanticCustomError:
            continue
        assert check(written) == written


def test_somebody_may_have_one_name_only() -> None:
    assert people.Name(family="Prince").given == ()
