"""Poll for Security Event Tokens: RFC 8936, Poll-Based SET Delivery Using HTTP."""

import asyncio
import json
from typing import Any

from adapters.simulator import behaviour, confirming, tokens
from adapters.simulator.books import Books
from adapters.simulator.config import Events, Recipient
from adapters.simulator.confirming import Confirmer
from adapters.simulator.lines import Line
from adapters.simulator.steps import Refusal
from adapters.simulator.tokens import Keys, Unacceptable

PATH = "/api/v1/security-events/"


class EventPoller:
    """One recipient that polls: it acknowledges with the next poll what it has booked, and complains of what is bad."""

    def __init__(self, recipient: Recipient, expected: Events, *, books: Books, confirmer: Confirmer) -> None:
        self._recipient = recipient
        self._expected = expected
        self._books = books
        self._confirmer = confirmer
        self._acknowledged: list[str] = []
        self._errors: dict[str, dict[str, str]] = {}

    async def run(self, line: Line, keys: Keys) -> None:
        """Poll for ever; at once where there is something to acknowledge or more to come."""
        while True:
            if not await self.poll(line, keys):
                await asyncio.sleep(self._recipient.poll_every_s)

    async def poll(self, line: Line, keys: Keys) -> bool:
        """Poll once; what could not be said is said again next time. Says whether to ask again at once."""
        asked = {"returnImmediately": True, "ack": self._acknowledged, "setErrs": self._errors}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        path = PATH + self._recipient.name
        heard = await line.call("POST", path, headers=headers, body=json.dumps(asked).encode())
        said = heard.json() if heard.is_well else None
        if not isinstance(said, dict):
            return False
        self._acknowledged, self._errors = [], {}
        for jti, token in said.get("sets", {}).items():
            await self._take(str(jti), str(token).encode(), keys)
        return bool(self._acknowledged or self._errors or said.get("moreAvailable"))

    async def _take(self, jti: str, token: bytes, keys: Keys) -> None:
        name = self._recipient.name
        await keys.learn(token)
        try:
            received = tokens.read(token, keys.of(token), expected=self._expected)
        except Unacceptable as error:
            self._books.request(name, None, token, status=200, ended="unreadable", door="security-event-poll")
            self._complain(jti, error.err)
            return
        known = self._books.tally(name, received.message_id)
        planned = behaviour.plan(self._recipient.behaviour, tries_before=known.tries)
        await asyncio.sleep(planned.delay_s)
        more: dict[str, Any] = {"status": 200, "door": "security-event-poll"}
        if isinstance(planned.trouble, Refusal):
            self._books.request(name, received, token, ended=planned.ending, **more)
            self._complain(jti, "invalid_request")
            return
        is_known = known.effects > 0
        owes = [] if is_known else confirming.owing(self._recipient, received.message_id, planned.confirms)
        ended = "duplicate" if is_known else "taken"
        self._books.request(name, received, token, ended=ended, applied=not is_known, owes=owes, **more)
        self._confirmer.take_on(owes)
        self._acknowledged.append(jti)

    def _complain(self, jti: str, err: str) -> None:
        self._errors[jti] = {"err": err, "description": "This cannot be taken."}
