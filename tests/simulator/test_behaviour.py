"""What becomes of one request: a table of examples."""

from typing import Any

import pytest

from adapters.simulator import behaviour
from adapters.simulator.steps import Step

ACTED: dict[str, Any] = {"answer": {"outcome": "acted"}}
LATER: dict[str, Any] = {"confirm": {"outcome": "acted"}}


def plan(*steps: dict[str, Any], tries_before: int = 0) -> behaviour.Plan:
    return behaviour.plan([Step.model_validate(step) for step in steps], tries_before=tries_before)


def test_no_behaviour_is_to_take_it() -> None:
    assert plan() == behaviour.Plan()


@pytest.mark.parametrize(
    ("steps", "tries_before", "ending", "takes"),
    [
        ([{"fail_first": 2}], 1, "fail_first", False),
        ([{"fail_first": 2}], 2, "taken", True),
        ([{"fail_first": 1}, {"fail_first": {"times": 2, "status": 429}}], 1, "fail_first", False),
        ([{"refuse": 422}, ACTED], 99, "refuse", False),
        ([{"drop": True}], 0, "drop", False),
        ([{"drop": {"after_taking": True}}], 0, "drop", True),
        ([{"never_answers": {"times": 1}}, {"malformed": True}], 0, "never_answers", False),
        ([{"never_answers": {"times": 1}}, {"malformed": True}], 1, "malformed", False),
        ([{"hostile": {"kind": "huge", "times": 1}}], 1, "taken", True),
    ],
)
def test_the_first_trouble_that_applies_ends_it(
    steps: list[dict[str, Any]], tries_before: int, ending: str, *, takes: bool
) -> None:
    planned = plan(*steps, tries_before=tries_before)

    assert (planned.ending, planned.takes) == (ending, takes)


def test_delays_before_the_trouble_add_up() -> None:
    assert plan({"delay_s": 1}, {"delay_s": 0.5}, {"refuse": 422}, {"delay_s": 4}).delay_s == 1.5


def test_an_answer_and_confirmations_are_kept_whatever_comes_before() -> None:
    planned = plan({"drop": {"after_taking": True}}, ACTED, LATER, LATER)

    assert planned.answer is not None
    assert (planned.answer.outcome, len(planned.confirms)) == ("acted", 2)


def test_not_known_is_an_answer() -> None:
    assert plan({"not_known": True}).answer == behaviour.NOT_KNOWN
