"""Dates that are known in part."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from tellusonce.events import dates

DAYS = st.dates(min_value=date(1850, 1, 1))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1954-04-11", date(1954, 4, 11), date(1954, 4, 11)),
        ("1954-04", date(1954, 4, 1), date(1954, 4, 30)),
        ("1954-12", date(1954, 12, 1), date(1954, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("1954", date(1954, 1, 1), date(1954, 12, 31)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_partial_date_means_a_span_of_days(text: str, first: date, last: date) -> None:
    assert dates.span(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "54",
        "1954-4",
        "1954-13",
        "1954-00",
        "1954-04-00",
        "1954-04-31",
        "2023-02-29",
        "1849-12-31",
        "0000",
        "11/04/1954",
        "1954-04-11T00:00",
        "1954-04-11 ",
        "\u0661\u0669\u0665\u0664",
        None,
        1954,
    ],
)
def test_what_no_calendar_has_is_no_date(text: object) -> None:
    assert dates.span(text) is None


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y-%m", "%Y"]))
def test_every_day_lies_in_the_span_of_its_month_and_year(day: date, form: str) -> None:
    span = dates.span(day.strftime(form))
    assert span is not None
    assert span[0] <= day <= span[1]
    assert dates.check_partial(day.strftime(form)) == day.strftime(form)


@given(DAYS)
def test_a_whole_date_is_asked_for_where_it_matters(day: date) -> None:
    assert dates.check_day(day.isoformat()) == day.isoformat()
    with pytest.raises(PydanticCustomError, match="must be a real date, written like"):
        dates.check_day(day.isoformat()[:7])


@given(st.text())
def test_any_text_is_a_date_or_refused(text: str) -> None:
    if dates.span(text) is None:
        with pytest.raises(PydanticCustomError, match="must be a real date"):
            dates.check_partial(text)
    else:
        assert dates.check_partial(text) == text
