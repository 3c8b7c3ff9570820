"""Keys of its own for each test of the identity store, and a quick way to hash."""

import pytest
from pytest_django import Settings

from identity import keyrings


@pytest.fixture(autouse=True)
def vault_keys(monkeypatch: pytest.MonkeyPatch) -> str:
    text = keyrings.generate()
    monkeypatch.delenv("VAULT_KEYS_FILE", raising=False)
    monkeypatch.setenv("VAULT_KEYS", text)
    return text


@pytest.fixture(autouse=True)
def quick_hashing(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
