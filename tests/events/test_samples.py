"""Each kind has a made-up report, which is in order and is about nobody."""

import re

import pytest

from tellusonce import events
from tellusonce.events import samples
from tests.events.examples import TODAY

KINDS = events.kinds()


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_of_each_kind_is_a_report_in_order(kind: str) -> None:
    told = events.validate(events.find(kind), samples.sample(kind), today=TODAY)
    assert len(events.leaves(told)) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_about_nobody(kind: str) -> None:
    text = repr(samples.sample(kind))
    assert {found[:2] for found in re.findall(r"'postcode': '([^']+)'", text)} == {"ZX"}
    assert {found[:2] for found in re.findall(r"'nino': '([^']+)'", text)} <= {"QQ"}
    assert all(found.endswith(".example") for found in re.findall(r"[\w.]+@[\w.]+", text))


def test_a_sample_may_be_changed_without_harm() -> None:
    samples.sample("death")["subject"]["name"]["family"] = "changed"
    assert samples.sample("death")["subject"]["name"]["family"] == "Example"
