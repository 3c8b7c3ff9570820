"""The clock of the database, which a test may set within its transaction; answers that take no time."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from identity import oidc
from tellusonce import citizens, clocks


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizens, "ANSWER_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    yield
    oidc.forget_keys()


@pytest.fixture
def set_clock() -> Callable[..., dt.datetime]:
    def at(moment: dt.datetime | None = None) -> dt.datetime:
        if moment is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('tellusonce.clock_at', %s, true)", [moment.isoformat()])
        return clocks.now()

    return at
