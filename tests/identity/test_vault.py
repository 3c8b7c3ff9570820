"""What is sealed is read at its own place with its own key, and nowhere and by nothing else."""

import json
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from identity import keyrings, vault
from identity.models import DataKey

PLACE = "reports_answers.sealed:0b5a"
RAW = bytes(range(32))
raw_keys = st.binary(min_size=32, max_size=32)
places = st.builds("{}.{}:{}".format, st.from_regex(r"[a-z_]+", fullmatch=True), st.just("sealed"), st.integers(1))


@given(raw=raw_keys, plaintext=st.binary(), place=places)
def test_what_was_sealed_is_unsealed(raw: bytes, plaintext: bytes, place: str) -> None:
    sealed = vault.seal_with(raw, plaintext, place=place)
    assert vault.unseal_with(raw, sealed, place=place) == plaintext
    assert vault.unseal_with(raw, memoryview(sealed), place=place) == plaintext


@given(plaintext=st.binary(), position=st.integers(0), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(plaintext: bytes, position: int, bit: int) -> None:
    sealed = bytearray(vault.seal_with(RAW, plaintext, place=PLACE))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(vault.Tampered):
        vault.unseal_with(RAW, bytes(sealed), place=PLACE)


@given(plaintext=st.binary(), length=st.integers(0))
def test_a_cut_value_is_found(plaintext: bytes, length: int) -> None:
    sealed = vault.seal_with(RAW, plaintext, place=PLACE)
    with pytest.raises(vault.Tampered):
        vault.unseal_with(RAW, sealed[: length % len(sealed)], place=PLACE)


@given(here=places, there=places)
def test_a_value_moved_to_another_row_cannot_be_read(here: str, there: str) -> None:
    sealed = vault.seal_with(RAW, b"AB123456C", place=here)
    if here != there:
        with pytest.raises(vault.Tampered):
            vault.unseal_with(RAW, sealed, place=there)


@given(one=raw_keys, other=raw_keys)
def test_another_data_key_reads_nothing(one: bytes, other: bytes) -> None:
    sealed = vault.seal_with(one, b"AB123456C", place=PLACE)
    if one != other:
        with pytest.raises(vault.Tampered):
            vault.unseal_with(other, sealed, place=PLACE)


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    assert len({vault.seal_with(RAW, b"AB123456C", place=PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "place", ["", "answers", "answers:1", "answers.sealed", "answers.sealed:", "answers.sealed:None"]
)
def test_a_place_without_a_row_is_a_mistake_of_the_caller(place: str) -> None:
    with pytest.raises(ValueError, match=r"table\.column:pk"):
        vault.seal_with(RAW, b"", place=place)


def test_a_refusal_quotes_nothing() -> None:
    sealed = vault.seal_with(RAW, b"AB123456C", place=PLACE)
    with pytest.raises(vault.Tampered) as refused:
        vault.unseal_with(RAW, sealed, place="reports_answers.sealed:other")
    assert "AB123456C" not in str(refused.value)
    assert "other" not in str(refused.value)


@pytest.mark.django_db
def test_a_data_key_seals_and_unseals_and_is_only_kept_wrapped() -> None:
    key = DataKey.objects.get(pk=vault.create_key().pk)
    sealed = vault.seal(key, b"AB123456C", place=PLACE)
    assert vault.unseal(key, sealed, place=PLACE) == b"AB123456C"
    assert key.master_version == 1
    raw = vault.unwrap(key.wrapped, 1)
    assert raw not in bytes(key.wrapped)


@pytest.mark.django_db
def test_a_destroyed_key_says_that_it_was_destroyed() -> None:
    key = vault.create_key()
    sealed = vault.seal(key, b"AB123456C", place=PLACE)
    DataKey.objects.update(wrapped=b"", destroyed_at=timezone.now())
    key.refresh_from_db()
    with pytest.raises(vault.KeyDestroyed):
        vault.unseal(key, sealed, place=PLACE)
    with pytest.raises(vault.KeyDestroyed):
        vault.seal(key, b"", place=PLACE)


@pytest.mark.django_db
def test_no_key_is_called_destroyed_while_it_is_still_there() -> None:
    vault.create_key()
    with pytest.raises(IntegrityError, match="destroyed_key_is_gone"):
        DataKey.objects.update(destroyed_at=timezone.now())


@pytest.mark.django_db
def test_another_master_key_unwraps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    key = vault.create_key()
    monkeypatch.setenv("VAULT_KEYS", keyrings.generate())
    with pytest.raises(vault.Tampered):
        vault.unwrap(key.wrapped, key.master_version)


@pytest.mark.django_db
def test_older_master_keys_go_on_reading_what_they_wrapped(monkeypatch: pytest.MonkeyPatch, vault_keys: str) -> None:
    old = vault.create_key()
    sealed = vault.seal(old, b"AB123456C", place=PLACE)
    rotated, newer = json.loads(vault_keys), json.loads(keyrings.generate())
    rotated["masters"]["2"] = newer["masters"]["1"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(rotated))
    assert vault.create_key().master_version == 2
    assert vault.unseal(old, sealed, place=PLACE) == b"AB123456C"


@given(wrapped=st.binary(min_size=1, max_size=80))
def test_nothing_but_a_wrapped_key_unwraps(wrapped: bytes) -> None:
    with pytest.raises(vault.Tampered):
        vault.unwrap(wrapped, 1)


def test_a_master_key_that_is_not_there_is_named_by_version() -> None:
    with pytest.raises(vault.KeyMissing, match="lack version 7"):
        vault.unwrap(b"x" * 40, 7)


def test_without_keys_nothing_works_and_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAULT_KEYS")
    for use in (
        vault.keys,
        lambda: vault.unwrap(b"x" * 40, 1),
        lambda: vault.digest("content", b""),
        lambda: vault.blind_index("nino", "AB123456C"),
    ):
        with pytest.raises(vault.KeyMissing, match=r"set VAULT_KEYS_FILE .* vault new-keys FILE"):
            use()


def test_unusable_keys_say_which_variable_and_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAULT_KEYS", "{}")
    with pytest.raises(vault.KeyMissing, match="in VAULT_KEYS cannot be used: 'masters' is missing"):
        vault.keys()
    monkeypatch.setenv("VAULT_KEYS_FILE", str(tmp_path / "none.json"))
    with pytest.raises(vault.KeyMissing, match=r"in VAULT_KEYS_FILE cannot be used: the file .* cannot be read"):
        vault.keys()


def test_a_key_file_goes_before_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, vault_keys: str) -> None:
    file = tmp_path / "keys.json"
    file.touch(mode=0o600)
    file.write_text(keyrings.generate())
    before = vault.digest("content", b"x")
    monkeypatch.setenv("VAULT_KEYS_FILE", str(file))
    assert vault.digest("content", b"x") != before
    assert vault.keys() == keyrings.read(file) != keyrings.parse(vault_keys)


def test_a_digest_depends_on_purpose_data_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    first = vault.digest("content", b"x")
    assert first == vault.digest("content", b"x")
    others = {vault.digest("content", b"y"), vault.digest("ledger", b"x"), vault.blind_index("content", "x")[1:]}
    monkeypatch.setenv("VAULT_KEYS", keyrings.generate())
    others.add(vault.digest("content", b"x"))
    assert len(others - {first}) == 4
    assert len(first) == 32


def test_a_blind_index_depends_on_field_value_and_key_and_tells_its_version(
    monkeypatch: pytest.MonkeyPatch, vault_keys: str
) -> None:
    first = vault.blind_index("nino", "AB123456C")
    assert first == vault.blind_index("nino", "AB123456C")
    assert first not in {vault.blind_index("nino", "AB123456D"), vault.blind_index("passport", "AB123456C")}
    rotated = json.loads(vault_keys)
    rotated["indexes"]["2"] = json.loads(keyrings.generate())["indexes"]["1"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(rotated))
    second = vault.blind_index("nino", "AB123456C")
    assert (first[0], second[0]) == (1, 2)
    assert first[1:] != second[1:]
    assert len(first) == len(second) == 33
