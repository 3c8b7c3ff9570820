"""The directory as a table: replaced as a whole or not at all, and never seen half."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from identity.ledger import Action
from identity.models import Access
from tellusonce.models import Area, Postcode
from tellusonce.postcodes import finding, importing
from tellusonce.postcodes.directories import Row, Unreadable
from tellusonce.postcodes.importing import Feed, Partial, Taken

ROWS = [
    Row("ZX1 1AA", "east", "moor", "england", is_terminated=False),
    Row("ZX1 1AB", "east", "moor", "england", is_terminated=True),
    Row("ZX7 1AA", "water", "", "england", is_terminated=False),
]
HEADER = "pcds,doterm,cty25cd,lad25cd,ctry25cd\n"
LINES = "ZX1 1AA,,moor,east,E92000001\nZX1 1AB,199606,moor,east,E92000001\nZX7 1AA,,E99999999,water,E92000001\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "ONSPD_NOV_2026_UK.csv"
    file.write_text(HEADER + LINES, encoding="utf-8-sig")
    return file


def rows_there() -> list[tuple[str, str, str, str, bool]]:
    return list(Postcode.objects.order_by("code").values_list("code", "district", "county", "nation", "is_terminated"))


@pytest.mark.django_db
def test_a_directory_is_taken_and_twice_changes_nothing() -> None:
    assert importing.take(ROWS, by="test") == Taken(read=3, added=3, changed=0, removed=0)
    assert rows_there() == [tuple(row) for row in ROWS]
    assert importing.take(ROWS, by="test") == Taken(read=3, added=0, changed=0, removed=0)
    assert [each.actor for each in Access.objects.filter(action=Action.POSTCODES_IMPORTED)] == ["test"]


@pytest.mark.django_db
def test_the_next_edition_replaces_what_differs() -> None:
    importing.take(ROWS, by="test")
    edition = [ROWS[0]._replace(is_terminated=True), ROWS[1], ROWS[2]._replace(code="ZX7 1AB")]
    assert importing.take(edition, by="test", may_shrink=True) == Taken(read=3, added=1, changed=1, removed=1)
    assert rows_there() == [tuple(row) for row in edition]


@pytest.mark.django_db
def test_a_dry_run_changes_nothing() -> None:
    assert importing.take(ROWS, by="test", is_dry_run=True).added == 3
    assert rows_there() == []
    assert not Access.objects.filter(action=Action.POSTCODES_IMPORTED).exists()


@pytest.mark.django_db
def test_a_part_of_the_directory_is_not_taken_for_the_whole() -> None:
    importing.take(ROWS, by="test")
    with pytest.raises(Partial, match=r"2 of 3 postcodes are not in this file"):
        importing.take(ROWS[:1], by="test")
    assert len(rows_there()) == 3
    assert importing.take(ROWS[:1], by="test", may_shrink=True).removed == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("rows", "said"), [([], "no postcode in it"), ([ROWS[0], ROWS[0]], "stands in it twice")])
def test_what_is_no_directory_leaves_the_former_one(rows: list[Row], said: str) -> None:
    importing.take(ROWS, by="test")
    with pytest.raises(Unreadable, match=said):
        importing.take(rows, by="test")
    assert len(rows_there()) == 3


@pytest.mark.django_db
def test_a_fault_in_the_last_line_leaves_the_former_one() -> None:
    def broken() -> Iterator[Row]:
        yield from ROWS[:2]
        raise Unreadable("Line 3: no.")

    importing.take(ROWS, by="test")
    with pytest.raises(Unreadable, match="Line 3"):
        importing.take(broken(), by="test")
    assert len(rows_there()) == 3


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_meanwhile_sees_the_former_one_whole() -> None:
    importing.take(ROWS, by="test")
    reader = connection.copy()
    seen = []

    def watched() -> Iterator[Row]:
        for row in (ROWS[0]._replace(code="ZX2 2AA"), ROWS[1]):
            with reader.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM tellusonce_postcode")
                seen.append(cursor.fetchone()[0])
            yield row

    try:
        importing.take(watched(), by="test", may_shrink=True)
    finally:
        reader.close()
    assert seen == [3, 3]
    assert [row[0] for row in rows_there()] == ["ZX1 1AB", "ZX2 2AA"]


@given(st.lists(st.sampled_from(ROWS), max_size=30), st.integers(1, 60))
def test_copy_gets_every_row_whatever_it_asks_for_at_a_time(rows: list[Row], size: int) -> None:
    feed = Feed(rows)
    pieces = list(iter(lambda: feed.read(size), ""))
    assert all(len(piece) <= size for piece in pieces)
    assert "".join(pieces).count("\n") == feed.count == len(rows)
    assert [line.split("\t")[0] for line in "".join(pieces).splitlines()] == [row.code for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("postcode", "areas"),
    [
        ("ZX1 1AA", ("east", "moor")),
        ("zx11ab", ("east", "moor")),
        ("ZX7 1AA", ("water", "")),
        ("ZX9 9ZZ", None),
        ("", None),
    ],
)
def test_a_postcode_lies_in_its_district_and_its_county(postcode: str, areas: tuple[str, str] | None) -> None:
    importing.take(ROWS, by="test")
    found = finding.find(postcode)
    assert (found and (found.district, found.county)) == areas


@pytest.mark.django_db
def test_the_command_imports_and_says_what_it_did(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in (["--dry-run"], [], []):
        call_command("postcodes", "import", str(file), *options)
    assert capsys.readouterr().out.splitlines() == [
        "3 postcodes read: 3 added, 0 changed, 0 removed if it were done; nothing was changed.",
        "3 postcodes read: 3 added, 0 changed, 0 removed.",
        "3 postcodes read; all of them are known, and nothing was changed.",
    ]
    assert rows_there() == [tuple(row) for row in ROWS]


@pytest.mark.django_db
def test_the_command_shows_a_postcode(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Area.objects.create(code="moor", name="Moor County")
    call_command("postcodes", "import", str(file))
    capsys.readouterr()
    call_command("postcodes", "show", "zx1", "1ab")
    call_command("postcodes", "show", "ZX71AA")
    assert capsys.readouterr().out.splitlines() == [
        "ZX1 1AB: england, no longer in use",
        "  district: east (not in the catalogue)",
        "  county: moor (Moor County)",
        "ZX7 1AA: england",
        "  district: water (not in the catalogue)",
        "  county: none",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "ZX9 9ZZ"], "ZX9 9ZZ is not in the directory"),
        (["import", "/nowhere.csv"], "/nowhere.csv cannot be read: No such file or directory."),
    ],
)
def test_a_mistake_is_answered_by_a_sentence(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        call_command("postcodes", *arguments)
    assert refused.value.returncode == 2


@pytest.mark.django_db
def test_a_file_without_a_column_is_answered_by_a_sentence(file: Path) -> None:
    file.write_text(file.read_text().replace("lad25cd", "district"))
    with pytest.raises(CommandError, match=r"columns are missing: `oslaua` or `lad25cd`.* Nothing was changed\.") as no:
        call_command("postcodes", "import", str(file))
    assert no.value.returncode == 2
