"""The keys that sign security events: derived, published before they sign, and kept from whoever sends secrets on."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey

from adapters import event_tokens
from identity import event_keys, keyrings, signatures, vault
from tellusonce import keys


def rotated(text: str, *, times: int = 1) -> str:
    for _ in range(times):
        text = keyrings.with_new_version(text, of="events")
    return text


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the vault new keys."""
    text = keyrings.generate()
    monkeypatch.setenv("VAULT_KEYS", text)
    return text


def kid() -> str:
    return ECKey.import_key(event_keys.private()).thumbprint()


def published() -> list[str]:
    return [each["kid"] for each in event_keys.public()]


def test_a_new_file_has_the_key_that_signs_and_the_one_that_comes_next(fresh: str) -> None:
    assert sorted(json.loads(fresh)["events"]) == ["1", "2"]
    after, now = published()
    assert kid() == now != after


def test_a_key_is_published_before_it_signs_and_after_it_has_signed(
    fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8417, section 5.3, leaves keys to the parties; whoever keeps our keys for a day still finds the right one."""
    before = published()
    monkeypatch.setenv("VAULT_KEYS", rotated(fresh))
    assert kid() == before[0], "the one that came next signs now"
    assert published()[1:] == before
    monkeypatch.setenv("VAULT_KEYS", rotated(fresh, times=9))
    assert len(published()) == 11
    assert kid() == published()[1], "versions are numbers, and 11 comes after 9"


def test_an_operator_adds_the_next_one_on_the_command_line(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.json"
    file.write_text(fresh)
    file.chmod(0o600)
    monkeypatch.setenv("VAULT_KEYS_FILE", str(file))
    monkeypatch.delenv("VAULT_KEYS")
    before = published()
    call_command("vault", "new-version", str(file), "--of", "events")
    assert kid() == before[0]
    assert published()[1:] == before


def test_a_file_with_one_version_signs_with_it(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = json.loads(fresh)
    del given["events"]["2"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(given))
    assert published() == [kid()]


def test_a_file_from_before_there_were_events_signs_none(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = json.loads(fresh)
    del given["events"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(given))
    assert event_keys.public() == []
    assert event_tokens.KEY not in keys.current()
    with pytest.raises(vault.KeyMissing, match="vault new-version FILE --of events"):
        event_keys.private()


def test_the_key_is_the_same_in_every_process_and_of_p256(fresh: str) -> None:
    """FIPS 186-5, appendix A.2.1: derived, so that a file of random bytes is all that has to be kept."""
    key = ECKey.import_key(event_keys.private())
    event_keys._pem.cache_clear()
    assert ECKey.import_key(event_keys.private()).thumbprint() == key.thumbprint()
    assert (key.curve_name, key.is_private) == ("P-256", True)


def test_the_adapters_are_given_it_under_their_name_for_it(fresh: str) -> None:
    assert keys.current()[event_tokens.KEY] == event_keys.private()
    assert "\n" in event_keys.private(), "of one line it could stand in a header"


def test_everybody_finds_the_public_keys_where_those_of_receipts_are(fresh: str) -> None:
    """RFC 7517, section 5; no private part of them."""
    served = Client().get("/.well-known/jwks.json", secure=True).json()["keys"]
    assert [each["kid"] for each in served] == [signatures.public_keys()["keys"][0]["kid"], *published()]
    assert all("d" not in each for each in served)
    (signs,) = [each for each in served if each["kid"] == kid()]
    assert {name: signs[name] for name in ("kty", "crv", "alg", "use")} == {
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "use": "sig",
    }
    token = jws.serialize_compact({"alg": "ES256"}, b"{}", ECKey.import_key(event_keys.private()), algorithms=["ES256"])
    assert jws.deserialize_compact(token, ECKey.import_key(signs), algorithms=["ES256"]).payload == b"{}"
