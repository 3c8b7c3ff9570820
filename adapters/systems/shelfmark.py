"""Shelfmark, a library management system (invented, true to type): JSON in its own dialect, signed, answered at once.

It takes every event with 200 and says in ``result`` what it made of it: DONE, QUEUED, DUPLICATE, NO_BORROWER, SEVERAL,
BUSY or REJECTED. It recognises a ``transaction`` that it has had.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from adapters import credentials, mapping, options, replies, rest
from adapters.contract import Ambiguous, Content, Endpoint, Message, Receipt, Refused, Request, Response, Throttled

EVENTS = {("death", "notify"): "BORROWER_DECEASED", ("move", "notify"): "BORROWER_MOVED"}
BORROWER = mapping.compile("""{
    barcode: subject.identifiers.library_card,
    surname: upper(left(subject.name.family, `40`)),
    forenames: join_names(subject.name.given),
    dob: uk_date(subject.born_on)
}""")
HOMES = {
    "death": mapping.compile("subject.addresses[0].{address: address_lines(@, `4`), postcode: postcode}"),
    "move": mapping.compile("new_address.{address: address_lines(@, `4`), postcode: postcode}"),
}
ANSWER = mapping.compile("""body.{
    outcome: code(result, {DONE: 'acted', QUEUED: 'received', NO_BORROWER: 'no_match', SEVERAL: 'multiple_candidates',
                           DUPLICATE: null}),
    actions: done[].{code: code(@, {CARD_CANCELLED: 'account_closed', LOANS_WAIVED: 'record_updated',
                                    ADDRESS_CHANGED: 'record_updated', "*": 'unknown'}), on: null},
    their_reference: ticket,
    duplicate: result == 'DUPLICATE'
}""")
BUSY_FOR = 60.0


class Options(options.Common):
    """Settings of one library service."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"authority": "NM", "key": "a-secret's-name"}]})

    authority: str = Field(pattern=r"^[A-Z]{2,4}$", description="The authority's code in Shelfmark")
    key: credentials.SecretName


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it as a borrower event."""
    event = EVENTS.get((message.kind, message.purpose))
    if event is None:
        raise Refused("event-not-spoken")
    given = message.as_input()
    home = HOMES[message.kind].apply(given) or {}
    body = {
        "eventType": event,
        "transaction": message.id,
        "authority": options.read(Options, endpoint).authority,
        "caseRef": message.reference,
        "borrower": {**BORROWER.apply(given), **home},
    }
    return Content(rest.serialised(mapping.pruned(body)), "application/json", {"X-Shelfmark-Transaction": message.id})


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Sign time and body with the authority's key, in hexadecimal."""
    secret = credentials.key(options.read(Options, endpoint).key, keys=keys)
    stamp = str(int(at.timestamp()))
    signed = hmac.new(secret.encode(), stamp.encode() + content.body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": content.media_type, "X-Shelfmark-Time": stamp, "X-Shelfmark-Signature": signed}
    return Request(endpoint.address, {**content.headers, **headers}, content.body)


def decode(response: Response, endpoint: Endpoint) -> Receipt:  # noqa: ARG001
    """Read ``result``: it says more than the status."""
    receipt = replies.judge(response)
    said: Any = rest.parsed(response.body)
    result = said.get("result") if isinstance(said, dict) else None
    if result == "BUSY":
        raise Throttled("shelfmark-busy", retry_after=BUSY_FOR, status=response.status)
    if result == "REJECTED":
        raise Refused("shelfmark-rejected", status=response.status)
    if not isinstance(result, str):
        raise Ambiguous("reply-malformed", status=response.status)
    return replies.read_answer(ANSWER, status=response.status, body=said).onto(receipt)


def fields_needed(endpoint: Endpoint) -> frozenset[str]:  # noqa: ARG001
    """Name the fields of a borrower, whatever happened."""
    return BORROWER.paths


def fields_of_kind(kind: str) -> frozenset[str]:
    """Name the address that each kind of event brings: where they lived, or where they went."""
    return HOMES[kind].paths if kind in HOMES else frozenset()


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
