"""What an operator does on the command line: it says what was done, or in a sentence why not, with status 2."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from identity import keyrings, vault
from identity.models import Client


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def refusal(*words: str) -> str:
    with pytest.raises(CommandError) as refused:
        run(*words)
    assert refused.value.returncode == 2
    return str(refused.value)


def test_new_keys_are_written_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys.json"
    said = run("vault", "new-keys", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"VAULT_KEYS_FILE={file}" in said
    monkeypatch.setenv("VAULT_KEYS_FILE", str(file))
    assert vault.keys() == keyrings.read(file)


def test_keys_that_are_there_are_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    run("vault", "new-keys", str(file))
    before = file.read_text()
    assert "left alone" in refusal("vault", "new-keys", str(file))
    assert file.read_text() == before


def test_keys_that_cannot_be_written_say_why(tmp_path: Path) -> None:
    assert "No such file or directory" in refusal("vault", "new-keys", str(tmp_path / "none" / "keys.json"))


@pytest.mark.django_db
def test_a_client_is_added_listed_and_revoked() -> None:
    added = json.loads(
        run("client", "add", "Records", "--organisation", "northmoor", "--scope", "inbox:read", "--json")
    )
    assert set(added) == {"client_id", "client_secret"}
    (listed,) = json.loads(run("client", "list", "--json"))
    assert listed == {
        "client_id": added["client_id"],
        "name": "Records",
        "organisation": "northmoor",
        "scopes": ["inbox:read"],
        "proves_itself_by": "secret",
        "former_secret_until": None,
        "requests_per_minute": None,
        "revoked_at": None,
    }
    assert json.loads(run("client", "revoke", added["client_id"], "--json")) == {"client_id": added["client_id"]}
    assert json.loads(run("client", "list", "--json"))[0]["revoked_at"] is not None


@pytest.mark.django_db
def test_people_are_shown_the_id_and_the_secret_once() -> None:
    assert run("client", "list") == "There are no clients.\n"
    words = ("--organisation", "northmoor", "--scope", "inbox:read", "--scope", "deliveries:read")
    said = run("client", "add", "Records", *words, "--id", "records", "--secret", "s" * 40)
    assert f"id:     records\nsecret: {'s' * 40}\n" in said
    assert run("client", "list") == "records  northmoor  Records  deliveries:read inbox:read\n"
    assert run("client", "revoke", "records") == "records is let in no more.\n"
    assert run("client", "list") == "records  northmoor  Records  deliveries:read inbox:read  revoked\n"
    assert Client.objects.get().client_secret != "s" * 40


@pytest.mark.django_db
def test_what_cannot_be_done_is_said_in_a_sentence() -> None:
    assert "no scope 'burn'" in refusal("client", "add", "R", "--organisation", "northmoor", "--scope", "burn")
    assert "no client nobody" in refusal("client", "revoke", "nobody")


CLIENT = {
    "name": "register-office",
    "organisation": "northmoor",
    "scopes": ["reports:start"],
    "id": "office",
    "secret": "s" * 32,
}


@pytest.mark.django_db
def test_clients_are_registered_from_a_file_and_once(tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    file.write_text(json.dumps([CLIENT, {**CLIENT, "name": "journey", "id": "journey"}]))
    for _ in range(2):
        assert "2 clients are registered" in run("client", "import", str(file))
    assert sorted(Client.objects.values_list("client_id", flat=True)) == ["journey", "office"]


@pytest.mark.django_db
def test_a_file_with_one_bad_client_registers_none(tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    file.write_text(json.dumps([CLIENT, {**CLIENT, "name": "journey", "id": "journey", "scopes": ["everything"]}]))
    assert "There is no scope 'everything'" in refusal("client", "import", str(file))
    assert not Client.objects.exists()


@pytest.mark.parametrize("text", ["nonsense", "{}", '[{"name": "office"}]'])
def test_a_file_of_clients_that_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "clients.json"
    file.write_text(text)
    assert str(file) in refusal("client", "import", str(file))


def test_a_file_of_clients_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert "cannot be read" in refusal("client", "import", str(tmp_path / "clients.json"))
