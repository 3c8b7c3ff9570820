"""A recipient that loads files: it takes what waits, opens it with its key, and sends back a file of what it did."""

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pyrage

from adapters.simulator import behaviour, confirming, rest
from adapters.simulator.books import Books
from adapters.simulator.config import Recipient
from adapters.simulator.confirming import Confirmer
from adapters.simulator.lines import Line

PATH = "/api/v1/inbox/file"
ENCRYPTED = b"age-encryption.org/"


class FilePoller:
    """One recipient that takes files: again those that it took and has not answered, for one may have been lost."""

    def __init__(self, recipient: Recipient, books: Books, line: Line, confirmer: Confirmer) -> None:
        self._recipient = recipient
        self._books = books
        self._line = line
        self._confirmer = confirmer

    async def run(self) -> None:
        """Take for ever."""
        while True:
            for state in ("available", "sent"):
                await self.take(state)
            await asyncio.sleep(self._recipient.poll_every_s)

    async def take(self, state: str) -> None:
        """Take one file, if there is one."""
        path = f"{PATH}?recipient={quote(self._recipient.name)}&state={state}"
        heard = await self._line.call("GET", path, headers={"Accept": "*/*"})
        if heard.is_well and heard.body:
            for row in csv.DictReader(io.StringIO(self._opened(heard.body).decode(), newline="")):
                self._load(row)

    def _opened(self, content: bytes) -> bytes:
        if not content.startswith(ENCRYPTED):
            return content
        return bytes(pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(self._recipient.opens_with)]))

    def _load(self, row: Mapping[str, str]) -> None:
        name, message_id = self._recipient.name, row["message"]
        if self._books.tally(name, message_id).effects:
            return
        planned = behaviour.plan(self._recipient.behaviour, tries_before=0)
        owes = confirming.owing(self._recipient, message_id, planned.confirms)
        body = json.dumps(row, ensure_ascii=False, sort_keys=True).encode()
        received = rest.find(row, headers={}, recipient=self._recipient)
        more: dict[str, Any] = {"applied": True, "owes": owes, "door": "file"}
        self._books.request(name, received, body, status=200, ended="taken", **more)
        self._confirmer.take_on(owes)
