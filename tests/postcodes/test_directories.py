"""Reading the ONS Postcode Directory: what is taken from it, and what is said of a file that is none."""

import contextlib
import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.postcodes import directories
from tellusonce.postcodes.directories import NATIONS, Row, Unreadable

# As the User Guides of February 2024 and of November 2025 begin; the rest of the 50 or so columns is passed over.
OLD = "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,osward,ctry,lat,long"
NEW = "pcd7,pcd8,pcds,dointr,doterm,cty25cd,ced25cd,lad25cd,wd25cd,ctry25cd,lat,long"
LINE = '"ZX1 1AA","ZX1  1AA","ZX1 1AA","198001","","E10000999","E58","E07000999","E05","E92000001",51.5,-0.1'
CODES = st.sampled_from(["", "E99999999", "E07000999", "northmoor-east", "W06000999"])
TEXTS = st.text(max_size=12)


def read(*lines: str) -> list[Row]:
    return list(directories.read(line + "\n" for line in lines))


@pytest.mark.parametrize("header", [OLD, NEW, NEW.upper(), f"\ufeff{OLD}", OLD.replace("os", "")])
def test_columns_are_found_by_their_old_and_by_their_new_names(header: str) -> None:
    assert read(header, LINE) == [Row("ZX1 1AA", "E07000999", "E10000999", "england", is_terminated=False)]


def test_columns_are_found_wherever_they_stand() -> None:
    assert read("ctry25cd,lad25cd,pcds,cty25cd,doterm", "W92000004,W06000999,ZX9 9ZZ,W99999999,202103") == [
        Row("ZX9 9ZZ", "W06000999", "", "wales", is_terminated=True)
    ]


def test_all_columns_that_are_missing_are_named_at_once() -> None:
    said = "These columns are missing: `oscty` or `cty25cd` (the county), `oslaua` or `lad25cd` (the district)."
    with pytest.raises(Unreadable, match=re.escape(said)):
        read("pcds,doterm,ctry", "ZX1 1AA,,E92000001")
    with pytest.raises(Unreadable, match="`pcds`"):
        read()


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('"ZX1 1AA","198001"', '"ZX11AA","198001"', "Line 3: the postcode has to be written like AB1 2CD."),
        ('"E07000999"', '"Northmoor East"', "Line 3: district and county have to be codes like E07000123, or empty."),
        ('"E10000999"', f'"{"E" * 21}"', "Line 3: district and county have to be codes like E07000123, or empty."),
        ('"E92000001"', '"X1"', "Line 3: the nation has to be one of E92000001, "),
        (',"E92000001",51.5,-0.1', "", "Line 3: there are fewer fields than columns; is the file whole?"),
        ('"ZX1 1AA",', '"ZX1 1AA"x,', "Line 3 or the next is not CSV in UTF-8; take the file as published."),
    ],
)
def test_what_does_not_fit_is_named_by_its_line(good: str, bad: str, said: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(said)):
        read(OLD, LINE, LINE.replace(good, bad, 1))


def test_what_is_not_text_is_refused() -> None:
    lines = io.TextIOWrapper(io.BytesIO(OLD.encode() + b"\n\xff\xfe\n"), encoding="utf-8-sig", newline="")
    with pytest.raises(Unreadable, match="not CSV in UTF-8"):
        list(directories.read(lines))


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}", fullmatch=True),
            CODES,
            CODES,
            st.sampled_from(sorted(NATIONS)),
            st.sampled_from(["", "199606", "202511"]),
        ),
        max_size=20,
    ),
    st.lists(TEXTS, max_size=4),
    st.permutations(["pcds", "lad26cd", "cty26cd", "ctry26cd", "doterm"]),
)
def test_what_is_written_is_read_again(rows: list[tuple[str, ...]], others: list[str], order: list[str]) -> None:
    written = io.StringIO()
    names = ["pcds", "lad26cd", "cty26cd", "ctry26cd", "doterm"]
    writer = csv.writer(written)
    writer.writerow([*order, *(f"x{at}" for at in range(len(others)))])
    for row in rows:
        writer.writerow([*(row[names.index(name)] for name in order), *others])
    found = list(directories.read(io.StringIO(written.getvalue(), newline="")))
    assert [each.code for each in found] == [row[0] for row in rows]
    for each, (_, district, county, nation, ended) in zip(found, rows, strict=True):
        assert (each.district, each.county) == tuple("" if code == "E99999999" else code for code in (district, county))
        assert each.nation == NATIONS[nation]
        assert each.is_terminated is bool(ended)


@given(st.lists(st.lists(TEXTS | st.sampled_from(OLD.split(",")), max_size=14).map(",".join), max_size=5))
def test_whatever_comes_is_read_or_refused(lines: list[str]) -> None:
    with contextlib.suppress(Unreadable):
        assert all(re.fullmatch(r"[A-Z0-9]{2,4} [0-9][A-Z]{2}", row.code) for row in read(*lines))


@given(st.lists(st.text(alphabet="ABC123 ,\"'\t\\", max_size=30), max_size=5))
def test_nothing_that_copy_would_misread_gets_through(lines: list[str]) -> None:
    try:
        rows = read(OLD, *lines)
    except Unreadable:
        return
    assert not any(mark in str(field) for row in rows for field in row[:4] for mark in "\t\n\\")
