"""Mappings: what our functions make of dates, addresses, names and codes, and which fields an expression reads."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import mapping
from adapters.contract import Failure, Refused
from tests.adapters.examples import message

INPUT = message().as_input()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("uk_date(death.died_on)", "31/01/2026"),
        ("uk_date(subject.born_on)", "05/1941"),
        ("uk_date('1941')", "1941"),
        ("uk_date(message.reported_at)", "01/02/2026"),
        ("uk_date(nowhere)", None),
        ("whole_date(death.died_on)", "2026-01-31"),
        ("whole_date(subject.born_on)", None),
        ("format_date(death.died_on, 'DD-MON-YYYY')", "31-JAN-2026"),
        ("format_date(death.died_on, 'YYYYMMDD')", "20260131"),
        ("format_date(death.died_on, 'DD/MM/YY')", "31/01/26"),
        ("format_date(subject.born_on, 'DD/MM/YY')", None),
        ("one_line(subject.addresses[0])", "1 High Street, Northmoor, NM1 1AA"),
        ("one_line(subject.addresses[9])", None),
        ('one_line(`{"text": "a barge"}`)', "a barge"),
        ("address_lines(subject.addresses[1])", ["Flat 2", "The Quay", "Southmoor"]),
        ("address_lines(subject.addresses[1], `2`)", ["Flat 2", "The Quay, Southmoor"]),
        ("address_lines(subject.addresses[1], `1`)", ["Flat 2, The Quay, Southmoor"]),
        ("address_lines(subject.addresses[1], `9`)", ["Flat 2", "The Quay", "Southmoor"]),
        ('address_lines(`{"text": "a barge,\\nthe Quay"}`)', ["a barge", "the Quay"]),
        ("address_lines(nowhere)", None),
        ("full_name(subject.name)", "Ann Mary O'Lee-Ångström"),
        ("full_name(nowhere)", None),
        ("join_names(subject.name.given)", "Ann Mary"),
        ("join_names(subject.name.title, subject.name)", "Mrs Ann Mary O'Lee-Ångström"),
        ("join_names(nowhere, '')", None),
        ("code(subject.sex, {female: 'F', male: 'M'})", "F"),
        ("code(services.library, {true: 'Y', false: 'N'})", "Y"),
        ("code(services.council_tax, {true: 'Y', false: 'N'})", "N"),
        ("code(informant.relationship, {wife: 'W', \"*\": 'O'})", "O"),
        ("code(nowhere, {a: 'A'})", None),
        ("left(subject.name.family, `5`)", "O'Lee"),
        ("left(subject.name.family, `-1`)", ""),
        ("left(nowhere, `5`)", None),
        ("upper(subject.name.title)", "MRS"),
        ("upper(nowhere)", None),
        ("{s: message.sequence, n: pensions[?scheme=='Moorland'].reference | [0]}", {"s": 1, "n": "P1"}),
    ],
)  # fmt: skip
def test_an_expression_gives(expression: str, expected: Any) -> None:
    assert mapping.compile(expression).apply(INPUT) == expected


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("code(informant.relationship, {wife: 'W'})", "mapping-no-code"),
        ("uk_date(subject.name.family)", "mapping-no-date"),
        ("uk_date(subject.name)", "mapping-misfit"),
        ("join(', ', subject.addresses)", "mapping-misfit"),
        ("sort_by(pensions, &reference)", "mapping-misfit"),
    ],
)
def test_data_that_does_not_fit_is_refused_without_being_quoted(expression: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        mapping.compile(expression).apply(INPUT)
    assert (refused.value.code, str(refused.value), refused.value.__cause__) == (code, code, None)


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("subject.name.family", {"subject.name.family"}),
        ("{a: subject.name.family, b: death.died_on}", {"subject.name.family", "death.died_on"}),
        ("subject.{a: name.family, b: sex}", {"subject.name.family", "subject.sex"}),
        ("subject.name", {"subject.name"}),
        ("subject.addresses[0].postcode", {"subject.addresses.postcode"}),
        ("subject.addresses[*].postcode", {"subject.addresses.postcode"}),
        ("subject.addresses[].postcode | [0]", {"subject.addresses.postcode"}),
        ("subject.addresses[?use=='usual'].postcode", {"subject.addresses.use", "subject.addresses.postcode"}),
        ("subject.addresses[?use=='usual'] | [0].postcode", {"subject.addresses.use", "subject.addresses.postcode"}),
        (
            "(subject.addresses[?use=='usual'] | [0]).{p: postcode}",
            {"subject.addresses.use", "subject.addresses.postcode"},
        ),
        ("subject.addresses[1:3].uprn", {"subject.addresses.uprn"}),
        ("subject.identifiers.*", {"subject.identifiers"}),
        ("not_null(subject.name, informant.name).family", {"subject.name.family", "informant.name.family"}),
        ("sort_by(pensions, &scheme)[0].reference", {"pensions.scheme", "pensions.reference"}),
        ("map(&family, subject.other_names)", {"subject.other_names.family"}),
        ("a.b || c.d", {"a.b", "c.d"}),
        ("a.b && c.d", {"a.b", "c.d"}),
        ("!(a.b)", {"a.b"}),
        ("a.b == c.d", {"a.b", "c.d"}),
        ("upper(subject.name.family)", {"subject.name.family"}),
        ("full_name(subject.name)", {"subject.name.given", "subject.name.family"}),
        ("one_line(a)", {"a.lines", "a.town", "a.postcode"}),
        ("address_lines(subject.addresses[0], `3`)", {"subject.addresses.lines", "subject.addresses.town"}),
        ("code(subject.sex, {male: 'M'})", {"subject.sex"}),
        ("{id: message.id, at: uk_date(message.reported_at)}", set()),
        ("'text'", set()),
        ("@", set()),
        ("[message, subject.sex]", {"subject.sex"}),
    ],
)
def test_the_fields_that_an_expression_reads_are_known(expression: str, paths: set[str]) -> None:
    assert mapping.compile(expression).paths == paths


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "the mapping is empty"),
        ("{a: ", "goes wrong"),
        ("a.b ] c", "at character 5"),
        ("a # b", "at character 3"),
        ("shout(a)", "there is no function shout(); besides JMESPath's own there are"),
        ("uk_date(a, b)", "uk_date() has 2 arguments; it takes 1"),
        ("address_lines()", "it takes 1 or more"),
        ("{a: {b: [nope(x)]}}", "there is no function nope()"),
    ],
)
def test_a_mapping_that_is_none_says_what_would_be_right(expression: str, words: str) -> None:
    with pytest.raises(mapping.MappingError) as error:
        mapping.compile(expression)
    assert words in str(error.value)


def test_a_mapping_is_compiled_once() -> None:
    assert mapping.compile("a.b") is mapping.compile("a.b")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": None, "b": 1}, {"b": 1}),
        ({"a": {"b": None}}, None),
        ({"a": {"b": None}, "c": 0}, {"c": 0}),
        ({"a": {}, "b": [], "c": ""}, {"a": {}, "b": [], "c": ""}),
        ({"a": [None, 1, {"b": None}]}, {"a": [1]}),
        ([None], []),
        (None, None),
        (False, False),
    ],
)  # fmt: skip
def test_nulls_are_left_out_and_so_is_what_they_leave_empty(value: Any, expected: Any) -> None:
    assert mapping.pruned(value) == expected


TEXT = st.text(alphabet="abc.[]{}()|&@!`'\"*?=,: 0123456789_", max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=9,
)


@pytest.mark.filterwarnings("ignore:deprecated string literal syntax")
@given(TEXT, JSON)
def test_any_text_compiles_or_says_why_not_and_any_data_gives_or_is_refused(text: str, data: Any) -> None:
    with contextlib.suppress(mapping.MappingError, Failure):
        mapping.compile(text).apply(data)


@given(st.sampled_from(["uk_date(a)", "whole_date(a)", "format_date(a, 'DD MON')", "one_line(a)", "address_lines(a, b)",
                        "full_name(a)", "join_names(a, b)", "code(a, b)", "left(a, b)", "upper(a)"]), JSON)  # fmt: skip
def test_our_functions_give_or_refuse_whatever_they_are_given(text: str, data: Any) -> None:
    with contextlib.suppress(Refused):
        first = mapping.compile(text).apply(data)
        assert repr(mapping.compile(text).apply(data)) == repr(first)
