"""Of each column it is said what it holds; one of which nobody said anything is named."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from identity import columns
from identity.models import DataKey
from tellusonce import columns as declared


def with_declared(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let the declarations be others for one test."""
    names = ("SEALED", "INDEXED", "BLIND", "PLAIN")
    usual = {name: getattr(declared, name) for name in names}
    monkeypatch.setattr(columns, "_declared", lambda: SimpleNamespace(**{**usual, **changes}))


def test_each_column_is_declared(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("columns")
    assert "Each column is declared" in capsys.readouterr().out


def test_a_column_that_nobody_declared_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {
        **declared.PLAIN,
        "tellusonce.Report": "reference kind state organisation started_by started_at expires_at",
    }
    with_declared(monkeypatch, PLAIN=plain)
    with pytest.raises(CommandError, match=r"tellusonce\.Report\.submitted_at: say in tellusonce\.columns") as failed:
        call_command("columns")
    assert failed.value.returncode == 1


def test_a_declared_column_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with_declared(monkeypatch, BLIND=(*declared.BLIND, "tellusonce.Report.surname"))
    assert columns.undeclared() == ["tellusonce.Report.surname: declared in tellusonce.columns, and not there"]


def test_no_column_is_declared_twice() -> None:
    plain = [f"{model}.{column}" for model, names in declared.PLAIN.items() for column in names.split()]
    every = [*plain, *declared.SEALED, *declared.INDEXED, *declared.BLIND]
    assert len(every) == len(set(every))


@pytest.mark.django_db
def test_every_sealed_column_leads_to_its_key() -> None:
    key = DataKey.objects.create(wrapped=b"x", master_version=1)
    assert [list(each.rows(key)) for each in columns.sealed()] == [[]] * len(declared.SEALED)
    assert all(
        each.model._meta.get_field(each.column).get_internal_type() == "BinaryField" for each in columns.sealed()
    )


def test_what_makes_an_index_anew_is_there() -> None:
    assert len(columns.indexed()) == len(declared.INDEXED)
    with pytest.raises(AttributeError):
        columns.indexed()[0].of(object())  # type: ignore[arg-type]  # it is called, and no row
