"""What mappings are evaluated by gives what the library's own interpreter gives, for whatever it is asked."""

from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import functions, mapping
from adapters.contract import Failure
from tests.adapters.examples import FIELDS

OPTIONS = jmespath.Options(custom_functions=functions.Functions())
TEXTS = [
    "a", "a.b", "a.b.c", "a[0]", "a[0].b", "a[-1]", "a[-9].b", "[0]", "[1].a", "a.b[0][1].c", "@",
    "`7`", "'text'", '`{"x": [1]}`', "{x: a, y: b.c}", "{x: {y: a.b, z: c[0]}}", "[a, b.c, c[0]]", "a.{x: b, y: @}",
    "a[].b", "a[*].b", "a.*", "a[?b == `1`].c", "a[?b == `1`] | [0]", "a[?b == `1`] | [0].c", "a[1:]", "a | b",
    "a || b", "a && b", "!a", "(a).b", "a.[b, c]", "a[].{x: b, y: c[0]}", "length(a)", "not_null(a)", "join(', ', a)",
    "map(&b, a)", "sort_by(a, &b)", "max_by(a, &b).c", "full_name(a)", "join_names(a.b, c)", "left(a, `2`)", "upper(a)",
    "code(a, {x: 'X', \"*\": 'other'})", "uk_date(a)", "to_array(a)[0].b", "keys(a)", "type(a)", "a == b", "a < b",
    "{x: a.b || c, y: upper(left(a.b, `3`)), z: a[?b].c | [0]}",
]  # fmt: skip

KEYS = st.sampled_from(["a", "b", "c", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "a", "Lee", "2026-01-31", 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def ended(evaluate: Any, given: Any) -> Any:
    try:
        return "gives", evaluate(given)
    except Failure as failure:
        return "refuses", failure.code
    except Exception:  # noqa: BLE001 - JMESPath raises a dozen classes, and a mapping one failure for all of them
        return "refuses", "mapping-misfit"


@settings(max_examples=1500)
@given(st.sampled_from(TEXTS), VALUES)
def test_both_give_the_same(text: str, given: Any) -> None:
    ours = ended(mapping.compile(text).apply, given)
    theirs = ended(lambda value: jmespath.search(text, value, OPTIONS), given)
    assert ours == theirs
    assert type(ours[1]) is type(theirs[1])


@pytest.mark.parametrize("text", TEXTS)
def test_both_give_the_same_for_a_message(text: str) -> None:
    renamed = {"a": FIELDS["subject"], "b": FIELDS["death"], "c": FIELDS["pensions"]}
    assert ended(mapping.compile(text).apply, renamed) == ended(
        lambda value: jmespath.search(text, value, OPTIONS), renamed
    )


def test_what_was_given_is_left_as_it_was() -> None:
    expression = mapping.compile("{x: subject, y: subject.name.given[0], z: pensions[].scheme}")
    assert expression.apply(FIELDS) == expression.apply(FIELDS)
    assert FIELDS["subject"]["name"]["given"] == ["Ann", "Mary"]
