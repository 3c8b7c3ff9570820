"""Keys are replaced while the service runs, and whoever stops half way goes on where it was."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from identity import columns, keyrings, numbers, people, rotations, vault
from identity.columns import Indexed
from identity.models import Access, DataKey
from tellusonce import answering, messages, registrations
from tellusonce.models import Answers, Batch, Registration, Report
from tests import factories
from tests.conftest import Authority
from tests.identity.persons import CLERK, WHY, record

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key_file(tmp_path: Path, vault_keys: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "keys.json"
    file.touch(mode=0o600)
    file.write_text(vault_keys)
    monkeypatch.setenv("VAULT_KEYS_FILE", str(file))
    return file


def nothing(_: int) -> None:
    """Watch no bar."""


def new_version(file: Path, of: str) -> None:
    call_command("vault", "new-version", str(file), "--of", of)


def raw_of(key: DataKey) -> bytes:
    return vault.unwrap(key.wrapped, key.master_version)


def test_a_new_version_counts_at_once_and_the_file_stays_closed_to_others(key_file: Path) -> None:
    assert vault.create_key().master_version == 1
    new_version(key_file, "masters")
    assert vault.create_key().master_version == 2
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(key_file.read_text())["masters"]) == {"1", "2"}
    assert list(key_file.parent.iterdir()) == [key_file]


def test_every_data_key_is_wrapped_under_the_newest_master_key_and_opens_what_it_did(key_file: Path) -> None:
    keys = [vault.create_key() for _ in range(5)]
    raws = [raw_of(key) for key in keys]
    vault.destroy([keys[4]])
    new_version(key_file, "masters")
    call_command("vault", "rotate-master", "--batch", "2")
    given = json.loads(key_file.read_text())
    del given["masters"]["1"]
    key_file.write_text(json.dumps(given))
    kept = [DataKey.objects.get(pk=key.pk) for key in keys[:4]]
    assert [raw_of(key) for key in kept] == raws[:4]
    assert Access.objects.get(action="keys_rotated").about == "keys:masters"


def test_killed_in_the_middle_of_master_keys_it_goes_on_where_it_was(key_file: Path, as_owner: None) -> None:
    keys = [vault.create_key() for _ in range(400)]
    raws = {key.pk: raw_of(key) for key in keys}
    new_version(key_file, "masters")
    with Killed("rotate-master", "--batch", "1"):
        wait_until(lambda: rotations.wrapped_before().count() < 390)
    left = rotations.wrapped_before().count()
    assert 0 < left < 400
    call_command("vault", "rotate-master")
    assert not rotations.wrapped_before().exists()
    assert {key.pk: raw_of(key) for key in DataKey.objects.all()} == raws


class Killed:
    """A command that is killed when the block ends, without a chance to tidy up."""

    def __init__(self, *arguments: str) -> None:
        settings = connection.settings_dict
        address = f"{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
        password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
        environment = {**os.environ, "DATABASE_URL": f"postgresql://{settings['USER']}{password}@{address}"}
        command = [sys.executable, "-W", "ignore", "manage.py", "vault", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.DEVNULL,
        )

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def wait_until(is_so: Callable[[], bool], *, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.005)


def told(report: Report) -> str:
    """Read the family name as the service would."""
    answers = Answers.objects.select_related("report__key").get(report=report)
    found: str = messages.answers_of(answers, answers.report.key)["subject"]["name"]["family"]
    return found


def test_data_keys_are_replaced_and_everything_they_sealed_is_sealed_anew(as_owner: None) -> None:
    factories.recipient()
    submitted, draft = factories.submitted(), factories.started()
    before = {each.pk: (raw_of(each.key), bytes(each.evidence.get().sealed)) for each in (submitted, draft)}
    call_command("vault", "rotate-data", "--older-than", "0", "--grace", "0", "--batch", "1")
    for report in Report.objects.select_related("key"):
        raw, sealed = before[report.pk]
        assert len(raw_of(report.key)) == 32
        assert raw_of(report.key) != raw
        evidence = report.evidence.get()
        assert bytes(evidence.sealed) != sealed
        place = f"tellusonce_evidence.sealed:{evidence.pk}"
        assert not vault.opens(raw, evidence.sealed, place=place)
        assert answering.registered(report)["subject"]["name"]["family"] == "Quillfeather"
        assert (report.key.stage, report.key.renewed_at is None) == (DataKey.Stage.SETTLED, False)
    assert told(submitted) == "Quillfeather"
    assert answering.told_so_far(Report.objects.get(pk=draft.pk))


def test_only_data_keys_that_are_old_enough_are_replaced() -> None:
    vault.create_key()
    call_command("vault", "rotate-data", "--grace", "0")
    assert not DataKey.objects.exclude(renewed_at=None).exists()


def test_while_data_keys_are_replaced_old_and_new_holders_read_each_other(as_owner: None) -> None:
    """A process that loaded the key before a step still reads what comes after it, and is read."""
    report = factories.started()
    rotations.begin_data(older_than=dt.timedelta(0))
    before, steps = report.key, (rotations.announce, rotations.take_up, rotations.settle)
    place = f"tellusonce_draft.sealed:{report.pk}"
    for step in steps:
        written = vault.seal(before, b'{"a": 1}', place=place)
        report.draft.sealed = written
        report.draft.save()
        step(nothing)
        now = DataKey.objects.get(pk=report.key_id)
        report.draft.refresh_from_db()
        assert vault.unseal(now, report.draft.sealed, place=place) == b'{"a": 1}'
        if step is not rotations.announce:
            assert vault.unseal(before, report.draft.sealed, place=place) == b'{"a": 1}'
        before = now


def test_killed_in_the_middle_of_data_keys_it_goes_on_where_it_was(as_owner: None, key_file: Path) -> None:
    reports = [factories.started() for _ in range(60)]
    for stage in (DataKey.Stage.TAKEN_UP, DataKey.Stage.SETTLED):
        with Killed("rotate-data", "--older-than", "0", "--grace", "0", "--batch", "1"):
            wait_until(partial(at_least, stage, 5))
        assert DataKey.objects.exclude(stage=DataKey.Stage.SETTLED).exists()
        assert all(answering.told_so_far(each) for each in Report.objects.select_related("key"))
    call_command("vault", "rotate-data", "--older-than", "0", "--grace", "0")
    assert not DataKey.objects.exclude(stage=DataKey.Stage.SETTLED).exists()
    assert DataKey.objects.filter(renewed_at=None).count() == 0
    assert all(len(raw_of(each.key)) == 32 and answering.told_so_far(each) for each in Report.objects.all())
    assert len(reports) == Report.objects.count()


def at_least(stage: DataKey.Stage, count: int) -> bool:
    found = DataKey.objects.filter(stage=stage)
    if stage == DataKey.Stage.SETTLED:
        found = found.exclude(renewed_at=None)
    return found.count() >= count


def test_only_the_owner_may_seal_anew_what_only_grows(key_file: Path) -> None:
    factories.started()
    with pytest.raises(CommandError, match="DATABASE_URL naming the owner"):
        call_command("vault", "rotate-data", "--older-than", "0", "--grace", "0")


def test_not_even_the_owner_changes_the_ledger_so(as_owner: None, authority: Authority) -> None:
    factories.started()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('identity.seals_anew', 'on', true)")
        with pytest.raises(IntegrityError, match="only ever added"):
            cursor.execute("UPDATE identity_access SET actor = 'x'")
        transaction.set_rollback(True)


def registered(number: str) -> Registration:
    """Keep a registration as an import does."""
    batch = Batch.objects.create(digest=os.urandom(8), read_at=NOW, read_by="x", registrations=1, updates=0)
    key = vault.create_key()
    kept = Registration(batch=batch, mark=os.urandom(8), is_update=True, recorded_at=NOW, key=key)
    kept.number_index = vault.blind_index(registrations.NUMBER, number)
    kept.sealed = vault.seal(key, json.dumps({"number": number}).encode(), place=columns_place(kept))
    kept.save(force_insert=True)
    return kept


def columns_place(kept: Registration) -> str:
    return f"tellusonce_registration.sealed:{kept.pk}"


def findable(number: str) -> bool:
    return Registration.objects.filter(number_index__in=vault.blind_indexes(registrations.NUMBER, number)).exists()


def test_blind_indexes_are_made_anew_and_found_under_both_versions_meanwhile(as_owner: None, key_file: Path) -> None:
    numbers = [f"NM-{number}" for number in range(5)]
    rows = [registered(number) for number in numbers]
    vault.destroy([rows[4].key])
    new_version(key_file, "indexes")
    (column,) = (each for each in columns.indexed() if each.model is Registration)
    assert all(map(findable, numbers))
    assert rotations.indexed_before(column).count() == 5
    call_command("vault", "rotate-index", "--batch", "2")
    assert all(map(findable, numbers[:4]))
    versions = [bytes(each.number_index)[0] for each in Registration.objects.order_by("recorded_at")]
    assert sorted(versions) == [1, 2, 2, 2, 2]  # the last is of what was erased


def test_people_and_their_numbers_are_found_by_the_new_indexes_alone(as_owner: None, key_file: Path) -> None:
    known = record(identifiers=[{"scheme": "nino", "value": "QQ123456C"}])
    person = people.create(CLERK, record=known, purpose=WHY)
    scheme = "council-tax-account"
    where = {"organisation": "northmoor", "scheme": scheme}
    numbers.learn(CLERK, person=person, value="A-4711", learnt_from="confirmation:1", **where)
    new_version(key_file, "indexes")
    call_command("vault", "rotate-index")
    given = json.loads(key_file.read_text())
    del given["indexes"]["1"]
    key_file.write_text(json.dumps(given))
    os.utime(key_file, (1, 1))
    assert numbers.whose("A-4711", **where) == person
    assert people.find(CLERK, record=known, purpose=WHY).match.person == person


def test_what_is_known_of_people_is_sealed_anew(as_owner: None) -> None:
    person = people.create(CLERK, record=record(), purpose=WHY)
    before = raw_of(DataKey.objects.get())
    call_command("vault", "rotate-data", "--older-than", "0", "--grace", "0")
    assert raw_of(DataKey.objects.get()) != before
    assert people.read(CLERK, person=person, purpose=WHY).names[0].family == record().names[0].family


def test_killed_in_the_middle_of_indexes_it_goes_on_where_it_was(as_owner: None, key_file: Path) -> None:
    for number in range(300):
        registered(f"NM-{number}")
    new_version(key_file, "indexes")
    (column,) = (each for each in columns.indexed() if each.model is Registration)
    with Killed("rotate-index", "--batch", "1"):
        wait_until(lambda: rotations.indexed_before(column).count() < 290)
    assert 0 < rotations.indexed_before(column).count() < 300
    assert all(findable(f"NM-{number}") for number in range(300))
    call_command("vault", "rotate-index")
    assert not rotations.indexed_before(column).exists()
    assert isinstance(column, Indexed)


def test_a_purpose_cannot_have_more_versions_than_a_byte_counts(vault_keys: str) -> None:
    given = json.loads(vault_keys)
    given["masters"] = {str(version): given["masters"]["1"] for version in range(1, 256)}
    with pytest.raises(keyrings.BadKeys, match="no more"):
        keyrings.with_new_version(json.dumps(given), of="masters")
