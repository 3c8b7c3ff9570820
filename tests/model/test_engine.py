"""Whatever order the steps come in, nothing is lost, told twice or told to the wrong place."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Engine

EXAMPLES, STEPS = 25, 40
SHARE = 25  # one example of these takes as long as so many of a decoder's


@pytest.mark.django_db(transaction=True)
def test_whatever_order_the_steps_come_in() -> None:
    examples = max(EXAMPLES, settings().max_examples // SHARE)
    run_state_machine_as_test(Engine, settings=settings(max_examples=examples, stateful_step_count=STEPS))
