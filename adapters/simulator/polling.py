"""Fetch what lies in our inbox, as an organisation does that cannot be called."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adapters.simulator import behaviour, confirming, rest
from adapters.simulator.books import Books
from adapters.simulator.config import Recipient
from adapters.simulator.confirming import Confirmer
from adapters.simulator.lines import Line
from adapters.simulator.steps import Confirm

PATH = "/api/v1/inbox"


class Poller:
    """One recipient that polls: what it has booked once it knows again, for an inbox shows things more than once."""

    def __init__(self, recipient: Recipient, books: Books, line: Line, confirmer: Confirmer) -> None:
        self._recipient = recipient
        self._books = books
        self._line = line
        self._confirmer = confirmer

    async def run(self) -> None:
        """Poll for ever."""
        while True:
            await self.poll()
            await asyncio.sleep(self._recipient.poll_every_s)

    async def poll(self) -> None:
        """Fetch all pages once; a page that does not come is asked for again next time."""
        cursor = ""
        while True:
            path = f"{PATH}?cursor={quote(cursor, safe='')}" if cursor else PATH
            heard = await self._line.call("GET", path, headers={"Accept": "application/json"})
            page = heard.json() if heard.is_well else None
            if not isinstance(page, dict):
                return
            for item in page.get("items", ()):
                if isinstance(item, dict) and "id" in item:
                    await self._take(item)
            if not page.get("next") or page["next"] == cursor:
                return
            cursor = page["next"]

    async def _take(self, item: Mapping[str, Any]) -> None:
        name = self._recipient.name
        if item.get("recipient", name) != name or self._books.tally(name, str(item["id"])).effects:
            return
        planned = behaviour.plan(self._recipient.behaviour, tries_before=0)
        await asyncio.sleep(planned.delay_s)
        confirms = planned.confirms
        if planned.answer is not None:
            confirms = (Confirm(after_s=0, by="rest", **planned.answer.model_dump()), *confirms)
        owes = confirming.owing(self._recipient, str(item["id"]), confirms)
        body = json.dumps(item, ensure_ascii=False, sort_keys=True).encode()
        self._books.request(
            name, rest.read_item(item), body, status=200, ended="taken", applied=True, owes=owes, door="inbox"
        )
        self._confirmer.take_on(owes)
