"""A recipient's desk for JSON over HTTP."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.simulator import replies
from adapters.simulator.books import Received
from adapters.simulator.config import Recipient
from adapters.simulator.replies import Reply, Unreadable
from adapters.simulator.steps import Answer, Refusal

JSON_TYPE = "application/json"


class RestDesk:
    """Reads JSON objects; answers in the words of a confirmation unless `replies` says otherwise."""

    def __init__(self, recipient: Recipient) -> None:
        self._recipient = recipient

    def read(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Find the ids and fields. Raises Unreadable."""
        try:
            document = json.loads(body)
        except ValueError as error:
            raise Unreadable("not JSON") from error
        if not isinstance(document, dict):
            raise Unreadable("not a JSON object")
        return find(document, headers=headers, recipient=self._recipient)

    def reply(self, word: str, received: Received, answer: Answer | None) -> Reply:
        """Say ``taken`` or ``duplicate``, with the answer when there is one."""
        known = replies.values(self._recipient.name, received)
        ours = self._recipient.replies
        chosen = ours.get(answer.outcome if answer and word == "taken" else word)
        content = self._words(word, answer, received) if chosen is None else replies.fill_all(chosen, known)
        status = self._recipient.duplicate_status if word == "duplicate" else 200 if answer else 202
        return _json(status, content)

    def _words(self, word: str, answer: Answer | None, received: Received) -> dict[str, Any]:
        name = self._recipient.name
        said: dict[str, Any] = {"status": word, "their_reference": replies.their_reference(name, received.message_id)}
        if word == "duplicate":
            said["duplicate"] = True
        if answer is not None:
            said |= {"outcome": answer.outcome, "actions": replies.actions(answer), "note": answer.note}
            said |= replies.numbers(answer, name, received.message_id)
        return said

    def refuse(self, refusal: Refusal) -> Reply:
        """Say no."""
        status = refusal.status or 400
        return _json(status, {"title": "Refused", "status": status}, **replies.retry_after(refusal))

    def complain(self, problem: Unreadable) -> Reply:
        """Say that it cannot be read."""
        return _json(problem.status, {"title": str(problem), "status": problem.status})


def _json(status: int, content: Any, **headers: str) -> Reply:
    return Reply(status, json.dumps(content).encode(), JSON_TYPE, headers)


def find(document: Mapping[str, Any], *, headers: Mapping[str, str], recipient: Recipient) -> Received:
    """Find the ids and fields of a JSON object. Raises Unreadable when it names no message."""
    fields: dict[str, Any] = {}
    for path, value in leaves(document):
        fields.setdefault(path, value)
    message_id = str(replies.places(headers, fields, recipient.message_id))
    if not message_id:
        raise Unreadable(f"no message id at {recipient.message_id}")
    return Received(
        message_id=message_id,
        reference=str(replies.places(headers, fields, recipient.reference)),
        sequence=replies.number(replies.places(headers, fields, recipient.sequence)),
        fields=tuple(sorted(fields)),
    )


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk to every leaf: its dotted path without list indexes, and its value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def read_item(item: Mapping[str, Any]) -> Received:
    """Read an item of the inbox, whose envelope is at the top and whose `fields` are what was granted."""
    return Received(
        message_id=str(item["id"]),
        reference=str(item.get("reference", "")),
        sequence=replies.number(item.get("sequence", "")),
        fields=tuple(sorted({path for path, _ in leaves(item.get("fields", {}))})),
    )
