"""The encryption of personal data: a data key per report or person, wrapped by a master key from outside.

AES-256-GCM (NIST SP 800-38D) seals a value under a data key and binds it to its place, so that a sealed value moved
to another row cannot be read there. AES key wrap (RFC 3394) wraps the data key. Blind indexes and digests are
HMAC-SHA-256 under keys derived by HKDF (RFC 5869) for each field and purpose.

A sealed value is one byte of format, 12 of nonce, the ciphertext and 16 of tag. A blind index is one byte of version
before its 32, so that an index under an older key can be told apart while keys are being replaced.

Failures::

    VaultFailure
      KeyMissing      the master, index or digest keys are not there; an operator puts them there
      KeyDestroyed    the data key is gone, and what it sealed with it: this is erasure, not an error
      Tampered        the value is not what was sealed at this place with this key
"""

import hmac
import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.db import transaction
from django.db.models.functions import Now

from identity import erasures, keyrings
from identity.models import DataKey

Stored = bytes | memoryview  # a binary column comes back as a memoryview
FORMAT = b"\x01"
NONCE_SIZE = 12
TAG_SIZE = 16
WRAPPED_SIZE = keyrings.KEY_SIZE + 8  # RFC 3394 adds eight bytes
NO_KEYS = (
    "The vault has no keys: set VAULT_KEYS_FILE to a file made by `python manage.py vault new-keys FILE`, "
    "or VAULT_KEYS to the contents of one."
)


class VaultFailure(Exception):
    """Something sealed cannot be read; messages never hold a value, a key or a place."""


class KeyMissing(VaultFailure):
    """The keys from outside are not there, unusable, or lack the version that is asked for."""


class KeyDestroyed(VaultFailure):
    """The data key has been destroyed: what it sealed was erased on purpose."""


class Tampered(VaultFailure):
    """The value is not what was sealed at this place with this key."""


def create_key() -> DataKey:
    """Make a data key under the newest master key, and save it."""
    key = new_key()
    key.save(force_insert=True)
    return key


def new_key() -> DataKey:
    """Make a data key under the newest master key, which the caller saves together with what it seals."""
    version, master = keys().newest_master
    wrapped = aes_key_wrap(master, AESGCM.generate_key(bit_length=256))
    return DataKey(wrapped=wrapped, master_version=version)


def destroy(keys: Iterable[DataKey | UUID]) -> int:
    """Destroy data keys, which erases all that they sealed, and say how many there still were; for good.

    Their ids are written outside when the transaction ends, so that a restored database cannot bring them back.
    """
    ids = [key.pk if isinstance(key, DataKey) else key for key in keys]
    left = DataKey.objects.filter(pk__in=ids, destroyed_at=None)
    count = left.update(wrapped=b"", destroyed_at=Now(), stage=DataKey.Stage.SETTLED)
    transaction.on_commit(erasures.append, robust=True)  # whoever seals the ledger looks again
    return count


def rewrap(key: DataKey) -> None:
    """Wrap a data key under the newest master key; the caller saves it. Raises as `unwrap` does."""
    _wrap(key, unwrap(key.wrapped, key.master_version))


def pair(key: DataKey) -> None:
    """Put a new data key behind the present one: from then on whoever loads it can open what either sealed."""
    _wrap(key, unwrap(key.wrapped, key.master_version) + AESGCM.generate_key(bit_length=256))


def swap(key: DataKey) -> None:
    """Let the other one of two data keys seal."""
    raw = unwrap(key.wrapped, key.master_version)
    _wrap(key, raw[keyrings.KEY_SIZE :] + raw[: keyrings.KEY_SIZE])


def keep_first(key: DataKey) -> None:
    """Let go of the second of two data keys, and of all that it alone can open."""
    _wrap(key, unwrap(key.wrapped, key.master_version)[: keyrings.KEY_SIZE])


def _wrap(key: DataKey, raw: bytes) -> None:
    version, master = keys().newest_master
    pieces = (raw[start : start + keyrings.KEY_SIZE] for start in range(0, len(raw), keyrings.KEY_SIZE))
    key.wrapped, key.master_version = b"".join(aes_key_wrap(master, piece) for piece in pieces), version


def seal(key: DataKey, plaintext: bytes, *, place: str) -> bytes:
    """Encrypt for one place, ``table.column:pk``. Raises KeyDestroyed, KeyMissing, Tampered."""
    return seal_with(unwrap(key.wrapped, key.master_version), plaintext, place=place)


def unseal(key: DataKey, sealed: Stored, *, place: str) -> bytes:
    """Decrypt what was sealed for this place. Raises KeyDestroyed, KeyMissing, Tampered."""
    return unseal_with(unwrap(key.wrapped, key.master_version), sealed, place=place)


def unwrap(wrapped: Stored, master_version: int) -> bytes:
    """Give the raw data key, for many values under it; never store it. Raises KeyDestroyed, KeyMissing, Tampered.

    While a key is being replaced these are two, one behind the other.
    """
    if not wrapped:
        raise KeyDestroyed("a data key has been destroyed, and what it sealed with it")
    try:
        master = keys().masters[master_version]
    except KeyError:
        raise KeyMissing(f"The vault's keys lack version {master_version} of the master key.") from None
    wrapped = bytes(wrapped)
    try:
        return b"".join(
            aes_key_unwrap(master, wrapped[start : start + WRAPPED_SIZE])
            for start in range(0, len(wrapped), WRAPPED_SIZE)
        )
    except InvalidUnwrap:
        raise Tampered("a data key is not what this master key wrapped") from None


def seal_with(raw: bytes, plaintext: bytes, *, place: str) -> bytes:
    """Encrypt under an unwrapped data key for one place."""
    nonce = os.urandom(NONCE_SIZE)
    return FORMAT + nonce + AESGCM(raw[: keyrings.KEY_SIZE]).encrypt(nonce, plaintext, _bound_to(place))


def unseal_with(raw: bytes, sealed: Stored, *, place: str) -> bytes:
    """Decrypt under an unwrapped data key what was sealed for this place. Raises Tampered."""
    sealed = bytes(sealed)
    if len(sealed) < len(FORMAT) + NONCE_SIZE + TAG_SIZE or not sealed.startswith(FORMAT):
        raise Tampered("a sealed value is not in a known format")
    bound = _bound_to(place)
    body = len(FORMAT) + NONCE_SIZE
    for start in range(0, len(raw), keyrings.KEY_SIZE):
        try:
            key = AESGCM(raw[start : start + keyrings.KEY_SIZE])
            return key.decrypt(sealed[len(FORMAT) : body], sealed[body:], bound)
        except InvalidTag:
            continue
    raise Tampered("a sealed value is not what was sealed at its place with its key")


def opens(raw: bytes, sealed: Stored, *, place: str) -> bool:
    """Say whether an unwrapped data key opens what was sealed for this place."""
    try:
        unseal_with(raw, sealed, place=place)
    except Tampered:
        return False
    return True


def digest(purpose: str, data: bytes) -> bytes:
    """Give the 32 bytes by which `data` can be recognised, and not guessed, for one purpose."""
    return digester(purpose)(data)


def digester(purpose: str) -> Callable[[bytes], bytes]:
    """Give what makes digests for one purpose, where there are many to be made. Raises KeyMissing."""
    key = _derived(keys().digests, f"digest {purpose}")
    return lambda data: hmac.digest(key, data, "sha256")


def blind_index(field: str, value: str) -> bytes:
    """Give the 33 bytes by which an equal value of this field is found; normalise the value first.

    Few possible values can be tried out one by one by whoever holds the keys, so never index such a field by itself.
    """
    return _index(*keys().newest_index, field, value)


def blind_indexes(field: str, value: str) -> list[bytes]:
    """Give the blind indexes under all versions of the key, newest first: ask by these while they are replaced."""
    versions = sorted(keys().indexes.items(), reverse=True)
    return [_index(version, root, field, value) for version, root in versions]


def _index(version: int, root: bytes, field: str, value: str) -> bytes:
    return bytes([version]) + hmac.digest(_derived(root, f"index {field}"), value.encode(), "sha256")


def keys() -> keyrings.Keyring:
    """Give the keys of this process. Raises KeyMissing with a sentence for the operator."""
    # From the environment and not from Django's settings, which debug pages and `diffsettings` show.
    path = os.environ.get("VAULT_KEYS_FILE", "")
    return _keyring(path, os.environ.get("VAULT_KEYS", ""), _changed_at(path))


def _changed_at(path: str) -> int:
    """Say when the file changed: a version added to it counts at once, in every process."""
    try:
        return os.stat(path).st_mtime_ns if path else 0  # noqa: PTH116 - each digest asks, and a Path costs more
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _keyring(path: str, text: str, _changed_at: int) -> keyrings.Keyring:
    if not path and not text:
        raise KeyMissing(NO_KEYS)
    try:
        return keyrings.read(Path(path)) if path else keyrings.parse(text)
    except keyrings.BadKeys as error:
        source = "VAULT_KEYS_FILE" if path else "VAULT_KEYS"
        raise KeyMissing(f"The vault's keys in {source} cannot be used: {error}.") from error


def _bound_to(place: str) -> bytes:
    table_and_column, _, row = place.partition(":")
    if "." not in table_and_column or row in {"", "None"}:
        raise ValueError("a place is `table.column:pk`, and its row must have a key already")
    return FORMAT + place.encode()


@lru_cache(maxsize=256)
def _derived(root: bytes, label: str) -> bytes:
    info = f"tell-us-once {label}".encode()
    return HKDF(algorithm=SHA256(), length=keyrings.KEY_SIZE, salt=None, info=info).derive(root)
