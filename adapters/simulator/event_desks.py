"""A recipient's desk for pushed Security Event Tokens: RFC 8935, Push-Based SET Delivery Using HTTP."""

import json
from collections.abc import Mapping

from adapters.simulator import replies, tokens
from adapters.simulator.books import Received
from adapters.simulator.config import Events
from adapters.simulator.replies import Reply, Unreadable
from adapters.simulator.steps import Answer, Refusal
from adapters.simulator.tokens import Keys, Unacceptable


class EventDesk:
    """Verifies a token by the keys that are known; answers 202 to each that is good, the second time too."""

    def __init__(self, expected: Events, keys: Keys) -> None:
        self._expected = expected
        self._keys = keys

    def read(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Verify it. Raises Unreadable, whose text is the error of section 2.4."""
        if headers.get("content-type") != tokens.MEDIA_TYPE:
            raise Unreadable("invalid_request")
        try:
            return tokens.read(body, self._keys.of(body), expected=self._expected)
        except Unacceptable as error:
            raise Unreadable(error.err) from None

    def reply(self, word: str, received: Received, answer: Answer | None) -> Reply:  # noqa: ARG002 - any desk is asked so
        """Section 2.2: accepted, without a word."""
        return Reply(202)

    def refuse(self, refusal: Refusal) -> Reply:
        """Say no: by 400 with an error of section 2.4, or by a status of HTTP's own."""
        if refusal.status in {None, 400}:
            return _error("invalid_request")
        return Reply(refusal.status or 400, headers=replies.retry_after(refusal))

    def complain(self, problem: Unreadable) -> Reply:
        """Say that it cannot be taken."""
        return _error(str(problem))


def _error(err: str) -> Reply:
    """Section 2.3."""
    return Reply(400, json.dumps({"err": err, "description": "This cannot be taken."}).encode(), "application/json")
