"""Whatever is done to the ledger behind its back is found, and named."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity import heads, inspections, ledger, seals, vault
from identity.models import Access, LedgerBlock
from tests.identity import ledgers
from tests.identity.ledgers import execute, unguarded

COLUMNS = (
    "id",
    "at",
    "actor",
    "organisation",
    "on_behalf_of",
    "action",
    "about",
    "purpose",
    "on",
    "transaction",
    "digest",
)
BLOCK_COLUMNS = ("number", "ids", "marks", "highest_id", "up_to_transaction", "sealed_at", "previous", "digest", "head")
COUNT, BLOCKS = 12, 3

pytestmark = pytest.mark.django_db(transaction=True)
spoiling = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def outside(tmp_path: Path, settings: Any) -> Path:
    file = tmp_path / "heads"
    settings.LEDGER_HEADS_FILE = str(file)
    return file


@pytest.fixture
def ids(as_owner: None, outside: Path) -> list[int]:
    return ledgers.written(COUNT)


def found() -> dict[str, str]:
    return {each.where: each.what for each in inspections.inspect().findings}


def changed(value: Any, draw: st.DataObject) -> Any:
    """Change one byte, one character or one unit of a value."""
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(microseconds=draw.draw(st.sampled_from([-1, 1, 1_000_000])))
    if isinstance(value, int):
        return value + draw.draw(st.sampled_from([-1000, 1000]))
    if isinstance(value, list):
        return value[::-1]
    if isinstance(value, str):
        return value + "x" if not value else chr(ord(value[0]) ^ draw.draw(st.integers(1, 7))) + value[1:]
    raw = bytearray(value)
    if not raw:
        return b"x"
    raw[draw.draw(st.integers(0, len(raw) - 1))] ^= draw.draw(st.integers(1, 255))
    return bytes(raw)


def test_a_ledger_that_nobody_touched_is_as_it_was_written(ids: list[int]) -> None:
    report = inspections.inspect()
    assert (report.entries, report.blocks, report.unsealed, report.heads) == (COUNT, BLOCKS, 0, BLOCKS)
    assert report.findings == []


@spoiling
@given(data=st.data())
def test_any_change_to_an_entry_is_found_and_the_entry_named(ids: list[int], data: st.DataObject) -> None:
    entry, column = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(COLUMNS))
    with unguarded():
        old = Access.objects.values_list(column, flat=True).get(pk=entry)
        execute(f'UPDATE identity_access SET "{column}" = %s WHERE id = %s', changed(old, data), entry)  # noqa: S608
        assert f"entry {entry}" in found()


@spoiling
@given(data=st.data())
def test_any_change_to_a_block_is_found_and_the_block_named(ids: list[int], data: st.DataObject) -> None:
    number, column = data.draw(st.integers(1, BLOCKS)), data.draw(st.sampled_from(BLOCK_COLUMNS))
    with unguarded():
        old = LedgerBlock.objects.values_list(column, flat=True).get(pk=number)
        execute(f"UPDATE identity_ledgerblock SET {column} = %s WHERE number = %s", changed(old, data), number)  # noqa: S608
        assert f"block {number}" in found()


@spoiling
@given(data=st.data())
def test_entries_taken_away_are_found_and_named(ids: list[int], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(ids), min_size=1))
    with unguarded():
        execute("DELETE FROM identity_access WHERE id = ANY(%s)", list(gone))
        assert set(found()) == {f"entry {each}" for each in gone}


@spoiling
@given(data=st.data())
def test_entries_that_changed_places_are_found_and_named(ids: list[int], data: st.DataObject) -> None:
    one, other = data.draw(st.lists(st.sampled_from(ids), min_size=2, max_size=2, unique=True))
    with unguarded():
        for old, new in ((one, -1), (other, one), (-1, other)):
            execute("UPDATE identity_access SET id = %s WHERE id = %s", new, old)
        assert set(found()) == {f"entry {one}", f"entry {other}"}


@spoiling
@given(kept=st.integers(0, BLOCKS - 1))
def test_a_tail_that_was_cut_off_is_found_and_each_block_named(ids: list[int], kept: int) -> None:
    with unguarded():
        left = ids[: kept * 5]
        execute("DELETE FROM identity_access WHERE NOT id = ANY(%s)", left)
        execute("DELETE FROM identity_ledgerblock WHERE number > %s", kept)
        assert set(found()) == {f"block {number}" for number in range(kept + 1, BLOCKS + 1)}


def test_a_tail_that_was_written_anew_by_somebody_with_all_keys_is_found(ids: list[int]) -> None:
    with unguarded():
        execute("DELETE FROM identity_access WHERE id > %s", ids[4])
        execute("DELETE FROM identity_ledgerblock WHERE number > 1")
        last = LedgerBlock.objects.get()
        entry = seals.Sealed(ids[4], last.up_to_transaction, b"x" * 16)
        seals._write(last, [entry])
        assert "replaced" in found()["block 2"]


def test_entries_that_changed_places_are_told_from_changed_ones(ids: list[int]) -> None:
    with unguarded():
        for old, new in ((ids[0], -1), (ids[1], ids[0]), (-1, ids[1])):
            execute("UPDATE identity_access SET id = %s WHERE id = %s", new, old)
        assert f"its digest is that of entry {ids[1]}" in found()[f"entry {ids[0]}"]


def test_a_block_taken_out_of_the_middle_is_named(ids: list[int]) -> None:
    with unguarded():
        execute("DELETE FROM identity_ledgerblock WHERE number = 2")
        assert found()["block 2"].startswith(("missing", "cut off"))


def test_an_entry_that_was_slipped_in_is_named(ids: list[int]) -> None:
    with unguarded():
        execute(
            """INSERT INTO identity_access (id, actor, organisation, action, about, purpose, "on", digest)
            VALUES (0, 'x', '', 'report_read', 'report:1', '', '', %s)""",
            b"x" * 32,
        )
        assert set(found()) == {"entry 0"}


def test_an_entry_slipped_in_by_somebody_with_all_keys_is_named(ids: list[int]) -> None:
    with unguarded():
        real = Access.objects.get(pk=ids[0])
        real.pk, real.actor, real.transaction = 0, "x", 1
        real.digest = vault.digest(ledger.PURPOSE, ledger.encoded([getattr(real, name) for name in ledger.COVERED]))
        Access.objects.bulk_create([real])
        seals.seal()
        assert found() == {"entry 0": "slipped in: older than what was sealed, and in no block"}


def test_an_entry_without_a_digest_cannot_be_slipped_in(ids: list[int]) -> None:
    with unguarded():
        Access.objects.bulk_create([Access(id=0, actor="x", action="report_read", about="report:1")])
        seals.seal()
        assert set(found()) == {"entry 0"}


def test_a_changed_line_of_the_heads_is_named(ids: list[int], outside: Path) -> None:
    lines = outside.read_text().splitlines()
    lines[1] = lines[1][:-4] + ("AAAA" if lines[1][-4:] != "AAAA" else "BBBB")
    outside.write_text("\n".join([*lines, "nonsense"]) + "\n")
    assert set(found()) == {"line 2 of the heads outside", "line 4 of the heads outside"}


def test_another_key_than_that_of_the_digests_finds_every_entry(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "PURPOSE", "another")
    assert set(found()) == {f"entry {each}" for each in ids}


def test_the_command_names_what_it_finds_and_fails(ids: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    with unguarded():
        execute("DELETE FROM identity_access WHERE id = %s", ids[3])
        with pytest.raises(CommandError, match="1 things") as failed:
            call_command("ledger", "verify")
    assert failed.value.returncode == 1
    assert f"entry {ids[3]}: missing from block 1" in capsys.readouterr().out


def test_the_command_says_that_all_is_well(ids: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("ledger", "verify", "--json")
    assert '"findings": []' in capsys.readouterr().out
    call_command("ledger", "verify")
    assert "12 entries in 3 blocks" in capsys.readouterr().out


def test_the_export_shows_all_entries_about_something_and_is_itself_written_down(
    ids: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("ledger", "export", "--about", "report:3", "--json")
    shown = capsys.readouterr().out
    assert '"on_behalf_of": "person:9"' in shown
    assert shown.count('"action"') == 1
    call_command("ledger", "export", "--about", "report:3")
    assert "accesses_read  report:3  export" in capsys.readouterr().out


def test_without_keys_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAULT_KEYS")
    with pytest.raises(CommandError, match="The vault has no keys"):
        call_command("ledger", "verify")


def test_what_was_written_before_there_were_digests_is_sealed_as_it_stood(as_owner: None) -> None:
    Access.objects.bulk_create([Access(actor="x", action="report_read", about=f"report:{n}") for n in range(3)])
    assert seals.seal() == 3
    assert found() == {}
    entry = Access.objects.order_by("id")[1]
    with unguarded():
        execute("UPDATE identity_access SET actor = 'y' WHERE id = %s", entry.pk)
        assert set(found()) == {f"entry {entry.pk}"}
    with unguarded():
        digest = vault.digest(ledger.PURPOSE, b"")
        execute("UPDATE identity_access SET digest = %s WHERE id = %s", digest, entry.pk)
        assert set(found()) == {f"entry {entry.pk}"}


def test_progress_is_told_in_entries(ids: list[int]) -> None:
    done: list[int] = []
    inspections.inspect(done.append)
    assert sum(done) == inspections.count() == COUNT
    assert connection.in_atomic_block is False
    assert len(heads.lines()) == BLOCKS
