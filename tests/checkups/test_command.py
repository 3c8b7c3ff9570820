"""`manage.py recipient`: what it refuses to send, what it shows, and the certificate that anybody can verify."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError

from adapters.contract import Answer, Message
from identity import signatures
from tellusonce import checkups, readiness, synthetics
from tellusonce.models import Recipient, Rehearsal
from tests import factories
from tests.checkups.conftest import SECRETS, SETTINGS, Playing, run


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["https://parking.northmoor.example/in", "http://10.0.0.7/in"])
def test_nothing_is_sent_to_what_may_be_the_real_one_unless_somebody_says_so(address: str) -> None:
    factories.recipient("parking", address=address)
    with pytest.raises(CommandError, match="made-up events to a system that may be the real one") as refused:
        run("check", "parking")
    assert refused.value.returncode == 2
    assert not Rehearsal.objects.exists()


@pytest.mark.django_db
def test_an_endpoint_that_the_catalogue_says_is_for_tests_may_be_checked() -> None:
    route = {"settings": {"test_endpoint": True}}
    factories.recipient("parking", address="https://parking.invalid/in", route=route)
    assert checkups.is_harmless(checkups.begin("parking", wait=0))


@pytest.mark.django_db
def test_what_would_be_sent_is_shown_with_secrets_masked(settings: Any) -> None:
    settings.SECRETS = json.dumps(SECRETS)
    factories.recipient("parking", address="https://parking.northmoor.example/in", route={"settings": SETTINGS})
    status, said = run("check", "parking", "--dry-run")
    assert status == 0
    assert '"family": "Example"' in said or '"family":"Example"' in said
    assert "Authorization: ********" in said
    assert not any(secret in said for secret in SECRETS.values())
    assert not Rehearsal.objects.exists()


@pytest.mark.django_db
def test_who_is_not_there_or_may_be_told_nothing_is_not_checked() -> None:
    factories.recipient("parking", agreement={"in_force_until": datetime(2020, 1, 2, tzinfo=UTC).date()})
    for words in (["nobody"], ["parking"], ["parking", "--kind", "eclipse"]):
        with pytest.raises(CommandError) as refused:
            run("check", *words)
        assert refused.value.returncode == 2


@pytest.mark.django_db(transaction=True)
def test_a_certificate_is_verified_offline_until_it_ends(play: Playing, tmp_path: Path) -> None:
    play.start()
    play.recipient()
    file, keys = tmp_path / "parking.jws", tmp_path / "keys.json"
    keys.write_text(json.dumps(signatures.public_keys()))
    status, said = run("check", "parking", "--certificate", str(file))
    assert status == 0
    assert file.read_text().strip() in said
    status, said = run("verify", str(file), "--keys", str(keys))
    assert "recipient: parking of northmoor" in said
    assert Recipient.objects.get().route.digest in said  # type: ignore[union-attr]  # it has one
    assert "passed:    reachable, authenticates, takes a message" in said
    with time_machine.travel(datetime.now(UTC) + timedelta(days=91)):
        refused(file, "It is genuine, and ended on")
    header, payload, signature = file.read_text().strip().split(".")
    for text, words in (
        (f"{header}.{payload[:-2]}AA.{signature}", "The signature does not fit"),
        ("no certificate", "three parts"),
        (signatures.sign(b"{}", type_="consent-receipt+jwt"), "not that of a certificate"),
    ):
        file.write_text(text)
        refused(file, words)
    file.write_text(f"{header}.{payload}.{signature}")
    keys.write_text('{"keys": []}')
    with pytest.raises(CommandError, match="not issued here"):
        run("verify", str(file), "--keys", str(keys))


def refused(file: Path, words: str) -> None:
    with pytest.raises(CommandError, match=words) as error:
        run("verify", str(file))
    assert error.value.returncode == 1


def test_a_certificate_ends_when_what_it_rests_on_ends() -> None:
    now = datetime.now(UTC)
    text = readiness.issue({}, at=now, until=now + timedelta(days=3))
    found = readiness.verify(text, published=signatures.public_keys(), at=now)
    assert found["exp"] - found["iat"] == timedelta(days=3).total_seconds()


def test_no_delivery_can_have_the_id_of_a_made_up_message() -> None:
    assert all(synthetics.owns(synthetics.new_id()) for _ in range(100))
    assert not any(synthetics.owns(uuid4()) for _ in range(100))
    drawn = synthetics.new_id()
    assert (drawn.version, drawn.variant) == (8, "specified in RFC 4122")


@pytest.mark.django_db
def test_what_a_check_left_that_was_killed_is_cleared_away_by_the_next() -> None:
    recipient = factories.recipient("parking")
    first, second = (Message(str(synthetics.new_id()), "death", "notify", "TEST", 1, "", {}) for _ in range(2))
    left = synthetics.open_(recipient, first, lasts=timedelta(seconds=-1))
    assert synthetics.take(left.pk, Answer("acted"), organisation="northmoor", door="rest") is None
    synthetics.open_(recipient, second, lasts=timedelta(hours=1))
    assert not Rehearsal.objects.filter(pk=left.pk).exists()
