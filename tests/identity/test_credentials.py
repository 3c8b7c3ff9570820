"""What a client proves itself by is replaced without locking it out."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from identity import clients, credentials
from identity.models import Access, Client
from tests.identity import keys
from tests.identity.test_assertions import asked as asked_with
from tests.identity.test_clients import SECRET, asked, registered

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(days=7)


def status(client_id: str, secret: str) -> int:
    return asked(client_id, secret=secret)[0]


def test_the_former_secret_counts_beside_the_new_one_until_its_date() -> None:
    client_id = registered()
    secret, until = credentials.rotate(client_id, overlap=WEEK)
    assert (until - dt.datetime.now(dt.UTC)).days == 6
    assert (status(client_id, secret), status(client_id, SECRET)) == (200, 200)
    Client.objects.update(former_secret_until=dt.datetime.now(dt.UTC))
    assert (status(client_id, secret), status(client_id, SECRET)) == (200, 401)


def test_of_three_secrets_the_first_counts_no_more() -> None:
    client_id = registered()
    second, _ = credentials.rotate(client_id, overlap=WEEK)
    third, _ = credentials.rotate(client_id, overlap=WEEK)
    assert [status(client_id, each) for each in (SECRET, second, third)] == [401, 200, 200]


def test_a_secret_that_leaked_is_replaced_at_once() -> None:
    client_id = registered()
    credentials.rotate(client_id, overlap=dt.timedelta())
    assert status(client_id, SECRET) == 401


def test_neither_secret_is_kept_readable_and_the_former_one_never_lets_a_token_change_it() -> None:
    client_id = registered()
    secret, _ = credentials.rotate(client_id, overlap=WEEK)
    before = Client.objects.values().get()
    status(client_id, SECRET)
    assert Client.objects.values().get() == before
    assert secret not in str(before)
    assert SECRET not in str(before)


def test_a_change_is_in_the_ledger() -> None:
    client_id = registered()
    credentials.rotate(client_id, overlap=WEEK)
    credentials.set_keys(client_id, keys.public(keys.made()))
    credentials.limit(client_id, 10)
    assert list(Access.objects.order_by("id").values_list("action", flat=True)) == [
        "client_registered",
        "client_secret_rotated",
        "client_keys_set",
        "client_limited",
    ]


def test_keys_replace_the_secrets_and_overlap_by_standing_together() -> None:
    client_id = registered()
    old, new = keys.made("old"), keys.made("new")
    credentials.rotate(client_id, overlap=WEEK)
    credentials.set_keys(client_id, keys.public(old, new))
    assert status(client_id, SECRET) == 401
    assert [asked_with(keys.assertion(key, client_id))[0] for key in (old, new)] == [200, 200]
    credentials.set_keys(client_id, keys.public(new))
    assert [asked_with(keys.assertion(key, client_id))[0] for key in (old, new)] == [401, 200]


@pytest.mark.parametrize("overlap", [dt.timedelta(days=91), dt.timedelta(seconds=-1)])
def test_an_overlap_has_its_bounds(overlap: dt.timedelta) -> None:
    with pytest.raises(clients.NotRegistered, match="0 to 90 days"):
        credentials.rotate(registered(), overlap=overlap)


def test_nobody_can_be_given_a_secret_who_is_not_there_was_revoked_or_has_keys() -> None:
    client_id = registered()
    with pytest.raises(clients.NotRegistered, match="client list"):
        credentials.rotate("nobody", overlap=WEEK)
    credentials.set_keys(client_id, keys.public(keys.made()))
    with pytest.raises(clients.NotRegistered, match="client keys"):
        credentials.rotate(client_id, overlap=WEEK)
    clients.revoke(client_id)
    with pytest.raises(clients.NotRegistered, match="was revoked"):
        credentials.set_keys(client_id, keys.public(keys.made()))


# By the command


def run(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    call_command("client", *words)
    return capsys.readouterr().out


def test_the_command_rotates_limits_and_sets_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client_id = registered()
    rotated = json.loads(run("rotate", client_id, "--overlap-days", "2", "--json", capsys=capsys))
    assert status(client_id, rotated["client_secret"]) == 200
    assert "counts until" in run("rotate", client_id, capsys=capsys)
    assert "30 times a minute" in run("limit", client_id, "30", capsys=capsys)
    assert "any other" in run("limit", client_id, "-1", capsys=capsys)
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(keys.public(keys.made())))
    assert "1 keys from now on" in run("keys", client_id, str(file), capsys=capsys)
    (listed,) = json.loads(run("list", "--json", capsys=capsys))
    assert (listed["proves_itself_by"], listed["requests_per_minute"]) == ("keys", None)


def test_a_client_is_added_with_keys_or_for_staff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(keys.public(keys.made())))
    common = ("--organisation", "northmoor", "--scope", "reports:read")
    assert "secret" not in run("add", "Signing", *common, "--jwks", str(file), capsys=capsys)
    run("add", "Desk", *common, "--redirect", "https://desk.northmoor.example/back", capsys=capsys)
    assert Client.objects.get(name="Desk").is_for_staff
    assert not Client.objects.get(name="Signing").is_for_staff


def test_unfit_keys_are_refused_by_the_command(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text("{}")
    with pytest.raises(CommandError, match="A JWK set is") as refused:
        call_command("client", "keys", registered(), str(file))
    assert refused.value.returncode == 2
