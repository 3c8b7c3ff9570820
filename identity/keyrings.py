"""The vault's keys as they come from outside: a JSON object, made by ``manage.py vault new-keys``.

Its shape is ``{"masters": {"1": KEY}, "indexes": {"1": KEY}, "digests": KEY, "signing": {"1": KEY}, "events": {"1":
KEY, "2": KEY}}``: 32 random bytes each in base64, all but digests by version. The highest version is the one in use;
the older ones read what they once wrote, and verify what they once signed. Of ``events`` the highest is the next one:
it is published long before it signs, so that nobody meets a signature by a key that they have not heard of. There is
one key for digests, because a digest that changed with its key could not be compared with an older one. A file from
before there were signatures lacks ``signing`` or ``events``: it still opens everything and signs nothing.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

KEY_SIZE = 32
HIGHEST_VERSION = 255  # it is written as one byte
OWNER_AND_GROUP_MAY_READ = 0o640


class BadKeys(Exception):
    """The keys are not there or cannot be used; the message says which and what to do, never what they are."""


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Keys by purpose, and by version where they are replaced in time."""

    masters: Mapping[int, bytes]
    indexes: Mapping[int, bytes]
    digests: bytes
    signing: Mapping[int, bytes] = field(default_factory=dict)
    events: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def newest_master(self) -> tuple[int, bytes]:
        """The version and key that wrap new data keys."""
        return max(self.masters.items())

    @property
    def newest_index(self) -> tuple[int, bytes]:
        """The version and key under which new blind indexes are made."""
        return max(self.indexes.items())

    @property
    def newest_signing(self) -> tuple[int, bytes]:
        """The version and Ed25519 seed that sign. Raises BadKeys when the file has none."""
        if not self.signing:
            raise BadKeys("'signing' is missing: `python manage.py vault new-version FILE --of signing`")
        return max(self.signing.items())

    @property
    def signs_events(self) -> bytes:
        """The seed of the key that signs events: the last but one, or the only one. Raises BadKeys without any."""
        if not self.events:
            raise BadKeys("'events' is missing: `python manage.py vault new-version FILE --of events`")
        return self.events[sorted(self.events)[-2:][0]]


def generate() -> str:
    """Make the text of a new key file: version 1 of each key, and the one that signs events next."""
    given: dict[str, object] = {purpose: {"1": _new_key()} for purpose in ("masters", "indexes", "signing")}
    given |= {"digests": _new_key(), "events": {"1": _new_key(), "2": _new_key()}}
    return json.dumps(given, indent=2) + "\n"


def with_new_version(text: str, *, of: str) -> str:
    """Add the next version of one purpose, which is in use from then on, to the text of a key file. Raises BadKeys."""
    parse(text)
    given = json.loads(text)
    versions = given.setdefault(of, {})
    newest = max(map(int, versions), default=0)
    if newest >= HIGHEST_VERSION:
        raise BadKeys(f"there are {HIGHEST_VERSION} versions of {of!r}, and there can be no more")
    versions[str(newest + 1)] = _new_key()
    return json.dumps(given, indent=2) + "\n"


def read(path: Path) -> Keyring:
    """Read a key file. Raises BadKeys, also when others than its owner and group can read it."""
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text()
    except OSError as error:
        raise BadKeys(f"the file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise BadKeys(f"the file {path} is not text") from None
    if mode & ~OWNER_AND_GROUP_MAY_READ:
        raise BadKeys(f"the file {path} is open to others (mode {mode:04o}): `chmod 600 {path}`")
    return parse(text)


def parse(text: str) -> Keyring:
    """Read the text of a key file. Raises BadKeys."""
    try:
        given = json.loads(text)
        masters, indexes = _by_version(given["masters"]), _by_version(given["indexes"])
        later = {name: _by_version(given[name]) for name in ("signing", "events") if name in given}
        return Keyring(masters=masters, indexes=indexes, digests=_key(given["digests"]), **later)
    except json.JSONDecodeError as error:
        raise BadKeys(f"they are not JSON (line {error.lineno}, column {error.colno})") from None
    except KeyError as error:
        raise BadKeys(f"{error.args[0]!r} is missing") from None
    except (TypeError, ValueError, AttributeError):
        raise BadKeys("each key must be 32 bytes in base64, all but digests by version from 1 to 255") from None


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_SIZE)).decode()


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_SIZE:
        raise ValueError
    return key


def _by_version(given: Mapping[str, str]) -> dict[int, bytes]:
    keys = {int(version): _key(text) for version, text in given.items()}
    if not keys or not all(1 <= version <= HIGHEST_VERSION for version in keys):
        raise ValueError
    return keys
