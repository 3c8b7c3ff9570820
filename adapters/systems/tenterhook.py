"""Tenterhook, a housing system (invented, true to type): a form with one record of fixed width, answered by another.

A record is of characters, not bytes, in Windows-1252; what that has no place for goes without its accent, and what is
longer than its place is cut. Their record begins with a code of three digits.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import ConfigDict, Field

from adapters import credentials, mapping, options, replies
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

CHARSET = "cp1252"
EVENTS = {
    ("death", "notify"): "DTH",
    ("death", "correct"): "DTC",
    ("death", "void"): "DTX",
    ("move", "notify"): "MOV",
    ("move", "correct"): "MVC",
    ("move", "void"): "MVX",
}
# Each part of a record in its order, and how many characters it has.
LAYOUT = {
    "event": 3,
    "id": 36,
    "case": 16,
    "surname": 30,
    "forenames": 40,
    "born": 10,
    "on": 10,
    "address": 80,
    "postcode": 8,
    "uprn": 12,
}
TENANT = mapping.compile("""{
    surname: upper(subject.name.family),
    forenames: join_names(subject.name.given),
    born: uk_date(subject.born_on)
}""")
DAYS = {"death": mapping.compile("uk_date(death.died_on)"), "move": mapping.compile("uk_date(moved_on)")}
HOMES = {
    "death": mapping.compile("""not_null(subject.addresses[?use == 'usual'] | [0], subject.addresses[0]).{
        address: one_line(@), postcode: postcode, uprn: uprn
    }"""),
    "move": mapping.compile("old_address.{address: one_line(@), postcode: postcode, uprn: uprn}"),
}

# Their record: the code, the number of the tenancy, the day on which it was done.
CODE, TENANCY, DAY = slice(0, 3), slice(3, 15), slice(15, 25)
LENGTH = 25
ANSWER = mapping.compile("""body.{
    outcome: code(code, {"100": 'acted', "101": 'acted', "110": 'manual_review', "120": 'no_match',
                         "121": 'multiple_candidates', "130": 'nothing_to_do', "140": 'reversed',
                         "141": 'reversal_refused'}),
    actions: [code(code, {"100": {code: 'account_closed', on: day}, "101": {code: 'record_updated', on: day},
                          "*": null})],
    numbers: [{scheme: 'own-reference', value: tenancy}],
    their_reference: tenancy
}""")
HELD = "200"
FAULTS: Mapping[str, tuple[type[Failure], str]] = {
    "300": (Refused, "tenterhook-record"),
    "310": (Misconfigured, "tenterhook-landlord-unknown"),
    "900": (Transient, "tenterhook-rolled-back"),
    "901": (Throttled, "tenterhook-night-run"),
    "999": (Ambiguous, "tenterhook-unknown-state"),
}


class Options(options.Common):
    """Settings of one landlord."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"landlord": "0042", "auth": {"kind": "api-key", "secret": "a-secret's-name"}}],
        }
    )

    landlord: str = Field(pattern=r"^[0-9]{4}$", description="The landlord's number in Tenterhook")
    auth: credentials.Auth = Field(description="How we authenticate")


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it as a form. Raises Refused."""
    event = EVENTS.get((message.kind, message.purpose))
    if event is None:
        raise Refused("event-not-spoken")
    given = message.as_input()
    parts = {
        "event": event,
        "id": message.id,
        "case": message.reference,
        **TENANT.apply(given),
        "on": DAYS[message.kind].apply(given),
        **(HOMES[message.kind].apply(given) or {}),
    }
    record = "".join(_placed(parts.get(name), width) for name, width in LAYOUT.items())
    form = {"layout": "TH7", "landlord": options.read(Options, endpoint).landlord, "record": record}
    return Content(urlencode(form, encoding=CHARSET).encode(), "application/x-www-form-urlencoded")


def _placed(value: JSON, width: int) -> str:
    text = " ".join(str(value or "").split())
    return "".join(map(_written, unicodedata.normalize("NFC", text)))[:width].ljust(width)


def _written(character: str) -> str:
    """Give the character, without its accent if need be (ŵ and ŷ are letters of many names), or a question mark."""
    for each in (character, unicodedata.normalize("NFD", character)[0]):
        if each.encode(CHARSET, "ignore"):
            return each
    return "?"


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Say who we are. Raises Misconfigured without the secret."""
    request = Request(endpoint.address, {"Content-Type": content.media_type}, content.body)
    return credentials.authorised(request, options.read(Options, endpoint).auth, keys=keys)


def decode(response: Response, endpoint: Endpoint) -> Receipt:  # noqa: ARG001
    """Read their record."""
    receipt = replies.judge(response)
    record = response.body.decode(CHARSET, "replace").rstrip("\r\n")
    code = record[CODE]
    if len(record) != LENGTH or not (code.isascii() and code.isdigit()):
        raise Ambiguous("reply-malformed", status=response.status)
    if code == HELD:
        return Receipt(duplicate=True)
    if code in FAULTS:
        failure, word = FAULTS[code]
        raise failure(word, status=response.status)
    body = {"code": code, "tenancy": record[TENANCY].strip(), "day": _day(record[DAY])}
    return replies.read_answer(ANSWER, status=response.status, body=body).onto(receipt)


def _day(text: str) -> str:
    return "-".join(reversed(text.split("/")))


def fields_needed(endpoint: Endpoint) -> frozenset[str]:  # noqa: ARG001
    """Name the fields of a tenant, whatever happened."""
    return TENANT.paths


def fields_of_kind(kind: str) -> frozenset[str]:
    """Name what each kind of event says besides."""
    return DAYS[kind].paths | HOMES[kind].paths if kind in DAYS else frozenset()


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
