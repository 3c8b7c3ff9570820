"""A snapshot becomes files again that say the same, so that a proposal can be checked anew."""

from pathlib import Path

import pytest

from tellusonce.catalogue import checks, rewriting, snapshots
from tests.catalogue.examples import BASES, ON, altered, write
from tests.catalogue.test_demo import demo

SCHEMA = '<schema xmlns="http://www.w3.org/2001/XMLSchema">{inside}</schema>'


def test_the_demo_s_catalogue_is_the_same_after_it_was_written_anew() -> None:
    wanted = snapshots.wanted(demo())
    assert snapshots.wanted(rewriting.check(wanted, on=ON)) == wanted


@pytest.mark.parametrize(
    "extra",
    [
        "    opening_hours: {days: [monday, friday], from: '08:00', until: '18:00'}\n    route:\n",
        "    limits: {in_flight: 3, rate_per_second: 2.5}\n    route:\n",
        "    route:\n      detects_duplicates: false\n",
        "    route:\n      documents: [wsdl/a.xsd]\n",
    ],
)
def test_hours_limits_and_documents_come_back(tmp_path: Path, extra: str) -> None:
    (tmp_path / "wsdl").mkdir()
    (tmp_path / "common.xsd").write_text(SCHEMA.format(inside=""))
    (tmp_path / "wsdl" / "a.xsd").write_text(SCHEMA.format(inside='<include schemaLocation="../common.xsd"/>'))
    path = write(tmp_path, altered(("    route:\n", extra)))
    wanted = snapshots.wanted(checks.check([path], bases=BASES, on=ON))
    assert snapshots.wanted(rewriting.check(wanted, on=ON)) == wanted
