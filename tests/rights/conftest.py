"""Keys of its own for each test of rights and of the keys behind them."""

import pytest

from identity import keyrings


@pytest.fixture(autouse=True)
def vault_keys(monkeypatch: pytest.MonkeyPatch) -> str:
    text = keyrings.generate()
    monkeypatch.delenv("VAULT_KEYS_FILE", raising=False)
    monkeypatch.setenv("VAULT_KEYS", text)
    return text
