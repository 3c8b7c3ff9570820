"""Longharvest, a pension administration system (invented, true to type): JSON; members go by National Insurance number.

It looks for a member by nothing else, so that an agreement has to grant the number, and a message without it is not
sent. Each message has a once-only key. A reply of 200 brings a ``decision`` and the steps taken on each membership; any
other brings ``errors``, whose codes say more than the status does.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from adapters import credentials, mapping, options, replies, rest
from adapters.contract import (
    Ambiguous,
    Content,
    Endpoint,
    Failure,
    Message,
    Misconfigured,
    Receipt,
    Refused,
    Request,
    Response,
    Throttled,
    Transient,
)

JSON = Any

EVENTS = {
    ("death", "notify"): "MEMBER_DIED",
    ("death", "correct"): "MEMBER_DIED",
    ("death", "void"): "MEMBER_DID_NOT_DIE",
    ("move", "notify"): "MEMBER_MOVED",
    ("move", "correct"): "MEMBER_MOVED",
    ("move", "void"): "MEMBER_DID_NOT_MOVE",
}
MEMBER = mapping.compile("""{
    nino: subject.identifiers.nino,
    surname: subject.name.family,
    forenames: join_names(subject.name.given),
    bornOn: subject.born_on
}""")
PARTICULARS = {
    "death": mapping.compile("{diedOn: death.died_on}"),
    "move": mapping.compile(
        "{movedOn: moved_on, address: new_address.{lines: address_lines(@, `5`), postcode: postcode}}"
    ),
}
ANSWER = mapping.compile("""body.{
    outcome: code(decision, {DONE: 'acted', FOUND: 'matched', NOT_FOUND: 'no_match', SEVERAL: 'multiple_candidates',
                             DETAILS_DIFFER: 'manual_review', NOTHING_PAID: 'nothing_to_do', UNDONE: 'reversed',
                             CANNOT_UNDO: 'reversal_refused'}),
    actions: memberships[].steps[].{
        code: code(step, {PENSION_STOPPED: 'payment_stopped', OVERPAID: 'overpayment_assessed',
                          SURVIVOR_SET_UP: 'survivor_pension_started', RECORD_AMENDED: 'record_updated',
                          "*": 'unknown'}),
        on: from
    },
    numbers: memberships[].{scheme: 'own-reference', value: number},
    their_reference: case
}""")

HELD = "event.already-held"
PROCESSING = "scheme.in-payroll-run"
ERRORS: Mapping[str, tuple[type[Failure], str]] = {
    "payload.invalid": (Refused, "longharvest-payload"),
    "key.used-otherwise": (Refused, "longharvest-key-reused"),
    "key.in-use": (Transient, "longharvest-key-in-use"),
    "ledger.unavailable": (Transient, "longharvest-ledger"),
    "scheme.unknown": (Misconfigured, "longharvest-scheme-unknown"),
    "client.not-admitted": (Misconfigured, "longharvest-not-admitted"),
    "outcome.unknown": (Ambiguous, "longharvest-outcome-unknown"),
}


class Options(options.Common):
    """Settings of one fund."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"scheme": "MOOR-LGPS", "auth": {"kind": "bearer", "secret": "a-secret's-name"}}]
        }
    )

    scheme: str = Field(pattern=r"^[A-Z0-9-]{2,20}$", description="The pension scheme's code in Longharvest")
    auth: credentials.Auth = Field(description="How we authenticate")


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it as an event of a member. Raises Refused, without the number by which members are found too."""
    event = EVENTS.get((message.kind, message.purpose))
    if event is None:
        raise Refused("event-not-spoken")
    given = message.as_input()
    member = MEMBER.apply(given)
    if not member["nino"]:
        raise Refused("nino-missing")
    body = {
        "event": event,
        "scheme": options.read(Options, endpoint).scheme,
        "case": message.reference,
        "version": message.sequence,
        "member": member,
        **PARTICULARS[message.kind].apply(given),
    }
    return Content(rest.serialised(mapping.pruned(body)), "application/json", {"Once-Only-Key": message.id})


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Say who we are. Raises Misconfigured without the secret."""
    headers = {**content.headers, "Content-Type": content.media_type, "Accept": "application/json"}
    request = Request(endpoint.address, headers, content.body)
    return credentials.authorised(request, options.read(Options, endpoint).auth, keys=keys)


def decode(response: Response, endpoint: Endpoint) -> Receipt:  # noqa: ARG001
    """Read the decision, or the first error that is known."""
    said = rest.parsed(response.body)
    if known := _errors(said):
        return _judged(known[0], said, response)
    receipt = replies.judge(response)
    if not isinstance(said, dict) or not isinstance(said.get("decision"), str):
        raise Ambiguous("reply-malformed", status=response.status)
    return replies.read_answer(ANSWER, status=response.status, body=said).onto(receipt)


def _errors(said: JSON) -> list[str]:
    listed = said.get("errors") if isinstance(said, dict) else None
    codes = [each.get("code") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [code for code in codes if isinstance(code, str) and code in {HELD, PROCESSING, *ERRORS}]


def _judged(code: str, said: JSON, response: Response) -> Receipt:
    if code == HELD:
        return Receipt(duplicate=True)
    if code == PROCESSING:
        raise Throttled("longharvest-payroll-run", retry_after=_wait(said), status=response.status)
    failure, word = ERRORS[code]
    raise failure(word, status=response.status)


def _wait(said: JSON) -> float | None:
    minutes = said.get("tryAgainInMinutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 0:
        return None
    return float(min(minutes * 60, int(replies.LONGEST_WAIT)))


def fields_needed(endpoint: Endpoint) -> frozenset[str]:  # noqa: ARG001
    """Name the fields of a member, the number above all."""
    return MEMBER.paths


def fields_of_kind(kind: str) -> frozenset[str]:
    """Name what each kind of event says besides."""
    return PARTICULARS[kind].paths if kind in PARTICULARS else frozenset()


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
