"""Every value of the demonstration's story, and where it was found though it should be nowhere."""

import base64
import re
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg2
import redis
from psycopg2 import sql

from deploy.demo import stories

# Words of the vocabulary and of the catalogue, which may well stand in the clear.
PUBLIC = {
    "brackwater", "death", "deceased", "email", "female", "maiden", "married", "northmoor", "notify", "other", "usual",
    "northmoor local government pension fund", "chalk and slate teachers' pension fund", "care-home", "next-of-kin",
    "counciltax", "tell us once", "vehicle", "driver", "nino", "true", "false", "2021.1",
    "givenname", "familyname", "https://tell-us-once.example", "https://veterans.example/events",
    "https://health-records.example/events",
}  # fmt: skip
PUBLISHED = "tellusonce_postcode"  # each postcode there is, with its councils; it says nothing about anybody
SHORTEST = 4
MOST_TELLINGS = 12
BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


@cache
def values() -> set[str]:
    """Everything that was told, and everything as it was sent, in all tellings that a directory may have seen."""
    return set().union(*map(_values, range(MOST_TELLINGS))) - PUBLIC


def family_names() -> set[str]:
    """Name whoever died, in all tellings that a directory may have seen."""
    stories_told = (stories.story(telling=number) for number in range(MOST_TELLINGS))
    return {story.register_entry["subject"]["name"]["family"].lower() for story in stories_told}


def _values(telling: int) -> set[str]:
    story, owed = stories.story(telling=telling), stories.owed(telling=telling)
    found = {value for part in (story.register_entry, story.answers) for _, value in stories.leaves(part)}
    sent = {value for each in owed for path, value in stories.leaves(each.told or {}) if path != "recipient"}
    return {value.lower() for value in found | sent if len(value) >= SHORTEST and not value.startswith("<")}


def found_in(text: str) -> set[str]:
    """Name the values that stand in a text, in the clear or in base64 as the broker's messages do."""
    text = "\n".join((text, *unpacked(text))).lower()
    return {value for value in values() if value in text}


def unpacked(text: str) -> Iterator[str]:
    """Give what stands in a text as base64, as messages do at the broker."""
    for packed in BASE64.findall(text):
        try:
            yield base64.b64decode(packed, validate=True).decode()
        except ValueError:
            continue


def dumped(database_url: str) -> str:
    """Dump every table as text, but for what is published; bytes that are text are given as text too."""
    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            return dump(cursor)
    finally:
        connection.close()


def dump(cursor: Any) -> str:
    """Dump every table that a cursor's role may read."""
    cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    tables = [name for (name,) in cursor.fetchall()]
    return "\n".join(row for table in tables if table != PUBLISHED for row in _rows(cursor, table))


def _rows(cursor: Any, table: str) -> Iterator[str]:
    cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
    for row in cursor.fetchall():
        plain = (bytes(each).decode(errors="replace") if isinstance(each, memoryview) else str(each) for each in row)
        yield f"{table}: {' | '.join(plain)}"


def logged(directory: Path) -> str:
    """Read all that processes have written."""
    return "\n".join(file.read_text(errors="replace") for file in sorted(directory.rglob("*.log")))


class Listener:
    """Hears every command that goes to the broker; `commands` grows, from a thread."""

    def __init__(self, url: str) -> None:
        self.commands: list[str] = []
        self._client = redis.Redis.from_url(url)
        self._pubsub = self._client.monitor()  # type: ignore[no-untyped-call]  # it ships half of its types
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._pubsub.__enter__()
        self._thread.start()
        return self

    def _listen(self) -> None:
        try:
            for command in self._pubsub.listen():
                self.commands.append(command["command"])
        except (redis.RedisError, OSError, ValueError):
            return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pubsub.__exit__(kind, error, trace)
        self._client.close()
        self._thread.join(5)

    @property
    def heard(self) -> str:
        """All of it as one text."""
        return "\n".join(self.commands)

    def has_heard(self, pattern: str) -> bool:
        """Whether some command was like this."""
        return any(re.search(pattern, command) for command in list(self.commands))
