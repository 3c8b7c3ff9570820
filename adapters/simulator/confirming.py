"""Say afterwards what was done, and go on saying it until the service has taken it."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from adapters.simulator import answers, replies
from adapters.simulator.books import Books
from adapters.simulator.config import Recipient, Service
from adapters.simulator.lines import Heard, Line
from adapters.simulator.steps import Confirm
from adapters.simulator.wording import Wordings

FOR_GOOD = frozenset({400, 403, 409, 410, 413, 422})
AT_ONCE = 16


class Reader(Protocol):
    """Whoever reads a mailbox, and answers where a mail led."""

    service: Service

    async def answer(self, entry: Mapping[str, Any]) -> Heard:
        """Say what is owed."""


def owing(recipient: Recipient, message_id: str, confirms: Iterable[Confirm]) -> list[dict[str, Any]]:
    """Write down what will be said and when, so that each try says the same under the same key."""
    return [_owed(recipient, message_id, confirm) for confirm in confirms]


def _owed(recipient: Recipient, message_id: str, confirm: Confirm) -> dict[str, Any]:
    due_at = time.time() + confirm.after_s
    return {
        "key": str(uuid.uuid4()),
        "recipient": recipient.name,
        "message_id": message_id,
        "by": confirm.by,
        "due_at": due_at,
        "says": {
            "outcome": confirm.outcome,
            "actions": replies.actions(confirm),
            "occurred_at": datetime.fromtimestamp(due_at, UTC).isoformat(timespec="milliseconds"),
            "their_reference": replies.their_reference(recipient.name, message_id),
            "note": confirm.note,
            **replies.numbers(confirm, recipient.name, message_id),
        },
    }


class Confirmer:
    """Holds a task for each confirmation that is owed, and books every try."""

    def __init__(self, books: Books, lines: Mapping[str, Line], readers: Mapping[str, "Reader"]) -> None:
        """`lines` are by the recipient's name, and so is who reads the mail of one that has only a mailbox."""
        self._books = books
        self._lines = lines
        self._readers = readers
        self._wordings = Wordings()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)

    def take_on(self, owed: Iterable[Mapping[str, Any]]) -> None:
        """Start confirming; what belongs to a recipient that is no longer played stays owed."""
        for entry in owed:
            if entry["recipient"] in self._lines or entry["recipient"] in self._readers:
                task = asyncio.create_task(self._see_through(entry))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop; what is owed is in the books."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _see_through(self, entry: Mapping[str, Any]) -> None:
        name = entry["recipient"]
        service = (self._lines.get(name) or self._readers[name]).service
        await asyncio.sleep(max(0.0, entry["due_at"] - time.time()))
        for tries in range(service.patience_tries):
            async with self._turns:
                heard = await self._say(entry)
            is_last = heard.status in FOR_GOOD or tries == service.patience_tries - 1
            state = "taken" if heard.is_well else "given_up" if is_last else "retrying"
            self._books.confirmation(entry["key"], state=state, status=heard.status)
            if state != "retrying":
                return
            await asyncio.sleep(pause(tries, longest=service.longest_pause_s))

    async def _say(self, entry: Mapping[str, Any]) -> Heard:
        if entry["by"] == "mail":
            return await self._readers[entry["recipient"]].answer(entry)
        line = self._lines[entry["recipient"]]
        if entry["by"] == "file":
            return await answers.send_back(line, entry)
        if entry["by"] != "rest":
            return await self._wordings.say(line, entry)
        path = f"/api/v1/deliveries/{entry['message_id']}/confirmations"
        headers = {"Content-Type": "application/json", "Idempotency-Key": entry["key"]}
        return await line.call("POST", path, headers=headers, body=json.dumps(entry["says"]).encode())


def pause(tries: int, *, longest: float) -> float:
    """Wait longer after each try, never quite as long as anybody else."""
    return min(longest, 0.25 * 2.0 ** min(tries, 16)) * random.uniform(0.5, 1)
