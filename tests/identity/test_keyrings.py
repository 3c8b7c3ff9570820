"""The keys that come from outside are used when they are right, and refused without being shown when not."""

import json
from pathlib import Path
from typing import Any

import pytest

from identity import keyrings


def test_new_keys_can_be_read_back_and_are_never_the_same() -> None:
    one, other = keyrings.parse(keyrings.generate()), keyrings.parse(keyrings.generate())
    assert one.newest_master[0] == one.newest_index[0] == 1
    every = [one.masters[1], one.indexes[1], one.digests, other.masters[1], other.indexes[1], other.digests]
    assert len(set(every)) == len(every)
    assert {len(key) for key in every} == {32}


def test_the_highest_version_is_the_one_in_use() -> None:
    given = json.loads(keyrings.generate())
    newer = json.loads(keyrings.generate())
    given["masters"] = {"10": newer["masters"]["1"], "9": given["masters"]["1"]}
    assert keyrings.parse(json.dumps(given)).newest_master[0] == 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"masters": {}}, "by version from 1 to 255"),
        ({"masters": {"0": "A" * 43 + "="}}, "by version from 1 to 255"),
        ({"masters": {"256": "A" * 43 + "="}}, "by version from 1 to 255"),
        ({"masters": "A" * 43 + "="}, "by version from 1 to 255"),
        ({"indexes": {"first": "A" * 43 + "="}}, "by version from 1 to 255"),
        ({"digests": "c2hvcnQtc2VjcmV0"}, "32 bytes in base64"),
        ({"digests": "c2hvcnQtc2VjcmV0!"}, "32 bytes in base64"),
        ({"digests": None}, "32 bytes in base64"),
    ],
)
def test_unusable_keys_are_named_and_not_shown(change: dict[str, Any], words: str) -> None:
    given = {**json.loads(keyrings.generate()), **change}
    with pytest.raises(keyrings.BadKeys, match=words) as refused:
        keyrings.parse(json.dumps(given))
    assert "c2hv" not in str(refused.value)
    assert "AAAA" not in str(refused.value)


def test_a_missing_purpose_is_named() -> None:
    given = json.loads(keyrings.generate())
    del given["indexes"]
    with pytest.raises(keyrings.BadKeys, match="'indexes' is missing"):
        keyrings.parse(json.dumps(given))


def test_what_is_not_json_is_refused_with_the_place() -> None:
    with pytest.raises(keyrings.BadKeys, match="line 2, column 1"):
        keyrings.parse('{"masters":\n')


def test_a_keyring_does_not_show_its_keys() -> None:
    keyring = keyrings.parse(keyrings.generate())
    assert repr(keyring.digests)[2:-1] not in repr(keyring)
    assert "masters" not in repr(keyring)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400, 0o440])
def test_a_file_for_its_owner_and_group_is_read(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "keys.json"
    file.write_text(keyrings.generate())
    file.chmod(mode)
    assert keyrings.read(file) == keyrings.parse(file.read_text())


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o700, 0o666])
def test_a_file_open_to_others_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "keys.json"
    file.write_text(keyrings.generate())
    file.chmod(mode)
    with pytest.raises(keyrings.BadKeys, match="chmod 600"):
        keyrings.read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(keyrings.BadKeys, match=r"keys\.json cannot be read: No such file"):
        keyrings.read(tmp_path / "keys.json")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(b"\xff\xfe\x00")
    file.chmod(0o600)
    with pytest.raises(keyrings.BadKeys, match="is not text"):
        keyrings.read(file)
