"""What was erased stays erased, also in a database that was put back from a copy made before."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.signals import worker_init
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import Client

from config import restores
from identity import erasures, vault
from identity.models import Access, DataKey
from tellusonce import answering, signals
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def outside(tmp_path: Path, settings: Any) -> Path:
    signals._alive_lately.cache_clear()
    file = tmp_path / "erasures"
    settings.ERASURES_FILE = str(file)
    return file


def said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def brought_back(key: DataKey) -> None:
    """Do to one key what restoring an older copy does."""
    DataKey.objects.filter(pk=key.pk).update(wrapped=key.wrapped, destroyed_at=None)


def test_what_a_destroyed_key_sealed_cannot_be_had_with_the_master_key_either(outside: Path) -> None:
    report = factories.started()
    wrapped = bytes(report.key.wrapped)
    vault.destroy([report.key])
    report.refresh_from_db()
    assert bytes(report.key.wrapped) == b""
    with pytest.raises(vault.KeyDestroyed):
        answering.told_so_far(report)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM identity_datakey WHERE position(%s in wrapped) > 0", [wrapped])
        assert cursor.fetchone() == (0,)


def test_the_id_of_a_destroyed_key_is_written_outside_once(outside: Path) -> None:
    keys = [vault.create_key() for _ in range(3)]
    assert vault.destroy(keys) == 3
    assert vault.destroy([each.pk for each in keys]) == 0
    assert erasures.append() == 0
    written = [line.split()[0] for line in outside.read_text().splitlines()]
    assert sorted(written) == sorted(str(each.pk) for each in keys)


def test_what_could_not_be_written_at_the_time_is_written_later(settings: Any, outside: Path) -> None:
    settings.ERASURES_FILE = ""
    vault.destroy([vault.create_key()])
    assert erasures.alive() == []
    settings.ERASURES_FILE = str(outside)
    assert erasures.append() == 1
    with outside.open("a") as file:
        file.write("0b5a half a li")
    assert erasures.append() == 0
    assert erasures.alive() == []


def test_a_restored_database_is_not_served_until_it_has_been_erased_again(
    outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = factories.started()
    key = report.key
    vault.destroy([DataKey.objects.get(pk=key.pk)])
    restores.refuse()
    brought_back(key)
    with pytest.raises(SystemExit) as ended:
        restores.refuse()
    assert ended.value.code == restores.BOOT_ERROR
    assert "1 data keys in it were destroyed since" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        worker_init.send(sender=None)
    signals._alive_lately.cache_clear()
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "restore_erasures" in answer.json()["erasures"]
    assert said("restore_erasures", "--dry-run") == "1 data keys would be destroyed again.\n"
    assert said("restore_erasures") == "1 data keys destroyed again; the service may start.\n"
    restores.refuse()
    assert Access.objects.get(action="key_destroyed").purpose == "restored"
    with pytest.raises(vault.KeyDestroyed):
        vault.unseal(DataKey.objects.get(pk=key.pk), b"", place="x.y:1")


@pytest.mark.parametrize(
    "program",
    [
        ("celery", "-A", "config", "worker", "-Q", "prompt"),
        ("gunicorn", "-c", "python:config.web", "--bind", "127.0.0.1:0", "config.wsgi"),
    ],
    ids=["worker", "web"],
)
def test_no_process_starts_on_a_restored_database(outside: Path, valkey: redis.Redis, program: tuple[str, ...]) -> None:
    key = vault.create_key()
    vault.destroy([DataKey.objects.get(pk=key.pk)])
    brought_back(key)
    ended = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "ERASURES_FILE": str(outside), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == restores.BOOT_ERROR
    assert "manage.py restore_erasures" in ended.stderr


def test_without_a_file_it_cannot_be_replayed(settings: Any) -> None:
    settings.ERASURES_FILE = ""
    with pytest.raises(CommandError, match="Set ERASURES_FILE"):
        call_command("restore_erasures")


def test_without_a_database_starting_is_not_refused_and_readiness_says_so(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> Any:
        raise DatabaseError

    monkeypatch.setattr(erasures, "alive", fails)
    restores.refuse()
    assert signals._erasures() == "cannot be judged"


def test_an_operator_destroys_a_key_with_a_reason(outside: Path) -> None:
    key = vault.create_key()
    assert "kept outside" in said("vault", "destroy-key", str(key.pk), "--reason", "court order 7")
    assert "destroyed before" in said("vault", "destroy-key", str(key.pk), "--reason", "again")
    entry = Access.objects.get()
    assert (entry.action, entry.about, entry.purpose) == ("key_destroyed", f"key:{key.pk}", "court order 7")
    with pytest.raises(CommandError, match=r"There is no data key") as refused:
        call_command("vault", "destroy-key", "00000000-0000-0000-0000-000000000000", "--reason", "x")
    assert re.match("There is", str(refused.value))
