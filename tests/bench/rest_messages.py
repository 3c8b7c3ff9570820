"""What encoding, sealing and decoding cost for a message of thirty fields, beside doing the least by hand.

Times are of this thread's own processor, and the best of many rounds: other work on the machine is not in them.
"""

import base64
import datetime as dt
import hmac
import json
import time
import timeit
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rich.table import Table

from adapters import rest
from adapters.contract import Endpoint, Message, Response

ROUNDS, TIMES = 25, 500
AT = dt.datetime(2026, 2, 1, 10, tzinfo=dt.UTC)
RAW = b"x" * 32
KEYS = {"signing": "whsec_" + base64.b64encode(RAW).decode(), "door": "token"}
FIELDS: dict[str, Any] = {
    "subject": {
        "name": {"title": "Mrs", "given": ["Ann", "Mary"], "family": "Quillfeather"},
        "sex": "female",
        "born_on": "1941-05-01",
        "nhs_number": "9434765919",
        "addresses": [
            {"lines": ["1 High Street"], "town": "Northmoor", "postcode": "ZX1 1AA", "use": "usual", "uprn": "12"},
            {"lines": ["2 The Quay"], "town": "Southmoor", "postcode": "ZX2 2BB", "use": "other"},
        ],
        "identifiers": {"nino": "QQ123456C", "library_card": "L-77", "passport": "123456789"},
    },
    "death": {"died_on": "2026-01-31", "place": "Northmoor", "registered_on": "2026-02-01", "was_in_hospital": True},
    "informant": {"name": {"given": ["Bo"], "family": "Lee"}, "relationship": "son", "phone": "02079460018"},
    "services": {"library": True, "council_tax": False, "housing": True},
}
MAPPING = """{
    title: subject.name.title, first: subject.name.given[0], second: subject.name.given[1], last: subject.name.family,
    sex: subject.sex, born: subject.born_on, nhs: subject.nhs_number, line: subject.addresses[0].lines[0],
    town: subject.addresses[0].town, postcode: subject.addresses[0].postcode, use: subject.addresses[0].use,
    uprn: subject.addresses[0].uprn, other_line: subject.addresses[1].lines[0], other_town: subject.addresses[1].town,
    other_postcode: subject.addresses[1].postcode, other_use: subject.addresses[1].use,
    nino: subject.identifiers.nino, card: subject.identifiers.library_card, passport: subject.identifiers.passport,
    died: death.died_on, place: death.place, registered: death.registered_on, hospital: death.was_in_hospital,
    teller: informant.name.given[0], teller_last: informant.name.family, relation: informant.relationship,
    phone: informant.phone, library: services.library, tax: services.council_tax, housing: services.housing
}"""
MESSAGE = Message("0197b1c2-aaaa-7000-8000-000000000001", "death", "notify", "TUO-7Q4", 1, "2026-02-01T10:00Z", FIELDS)
PLACE = Endpoint(
    "northmoor",
    "rest",
    "https://northmoor.example/in",
    {"signing": "signing", "auth": {"kind": "bearer", "secret": "door"}},
)
REPLY = Response(202, {"content-type": "application/json"}, b'{"status": "received", "reference": "R-1"}')


def count(value: Any) -> int:
    """Count the leaves."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    return 1 if inner is None else sum(map(count, inner))


def by_adapter(**settings: str) -> Callable[[], object]:
    """Do it as a drain does, with a signature and a bearer token."""
    place = replace(PLACE, settings={**PLACE.settings, **settings}, digest=f"costs-{sorted(settings)}")

    def work() -> object:
        rest.seal(rest.encode(MESSAGE, place), place, at=AT, nonce="n", keys=KEYS)
        return rest.decode(REPLY, place)

    return work


def by_hand(body: Any) -> Callable[[], object]:
    """Write the JSON, sign it as Standard Webhooks do, and read the reply: no more than anybody has to."""

    def work() -> object:
        text = json.dumps(body).encode()
        signature = hmac.digest(RAW, f"{MESSAGE.id}.{int(AT.timestamp())}.".encode() + text, "sha256")
        return base64.b64encode(signature).decode(), json.loads(REPLY.body)

    return work


def microseconds(work: Callable[[], object]) -> float:
    """Take the best round."""
    rounds = timeit.repeat(work, timer=time.thread_time, number=TIMES, repeat=ROUNDS)
    return round(min(rounds) / TIMES * 1e6, 1)


def table(figures: dict[str, float]) -> Table:
    """Put the figures as a table."""
    made = Table("Encoded, sealed and decoded", "Takes", title=f"A message of {figures['fields']} fields")
    for name, each in figures.items():
        if name not in {"fields", "times by hand"}:
            made.add_row(name, f"{each} µs")
    return made


def measure() -> dict[str, float]:
    """Give each in microseconds, and how many times as long as by hand the whole message takes."""
    told = {
        "fields": count(FIELDS),
        "by hand": microseconds(by_hand({"message": MESSAGE.as_input()["message"], "fields": FIELDS})),
        "REST as granted": microseconds(by_adapter()),
        "REST by a mapping": microseconds(by_adapter(mapping=MAPPING)),
        "REST by a mapping, answered at once": microseconds(
            by_adapter(mapping=MAPPING, reply="body.{outcome: status, their_reference: reference}")
        ),
    }
    return {**told, "times by hand": round(told["REST as granted"] / told["by hand"], 2)}
