"""Recipients that want SOAP messages to say who sent them, told by our own adapter over a real socket (F24)."""

import queue
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters import egress, soap
from adapters.contract import Failure, Misconfigured, Receipt
from tests.adapters.examples import endpoint, message
from tests.adapters.peers import LOOPBACK, PATIENT
from tests.adapters.signing import party
from tests.simulator.peers import WSDLS, Running
from tests.simulator.soap_peers import REVENUES

US = party("us")
KEYS = {"p": "s3cret-s3cret", "wrong": "guessed", "k": US.key, "other": party("other").key}
NAMED = {"username": "tuo", "secret": "p"}
SIGNED = {"signature": {"key": "k", "certificate": US.certificate}}
REQUIRES = {"username_token": KEYS["p"], "signed_by": US.certificate}
MAPPING = """{
    Header: {MessageId: message.id, CaseReference: message.reference, Sequence: message.sequence},
    Deceased: {Forenames: join_names(subject.name.given), Surname: subject.name.family, DateOfDeath: death.died_on}
}"""


@pytest.fixture
def way_out() -> Iterator[egress.Egress]:
    """A way out of the test's own."""
    made = egress.Egress()
    yield made
    made.close()


def told(play: Running, way_out: egress.Egress, *, at: datetime | None = None, **settings: Any) -> Any:
    """Tell it once, and give what came of it."""
    wanted = {"wsdl": "r.wsdl", "operation": "NotifyDeath", "mapping": MAPPING, **settings}
    documents = {each.name: each.read_bytes() for each in WSDLS.glob("*.xsd")}
    documents["r.wsdl"] = (WSDLS / "tallystone-revenues.wsdl").read_bytes()
    place = replace(endpoint("soap", wanted, documents), address=f"{play.url}/soap/revenues")
    request = soap.seal(soap.encode(message(), place), place, at=at or datetime.now(UTC), nonce="n" * 16, keys=KEYS)
    replies: queue.SimpleQueue[egress.Reply] = queue.SimpleQueue()
    way_out.send([egress.Exchange(1, request, LOOPBACK)], replies=replies, limits=PATIENT)
    came = replies.get(timeout=60)
    try:
        assert came.response is not None
        return soap.decode(came.response, place)
    except Failure as failure:
        return type(failure), failure.code


TAKEN = Receipt()
TURNED_AWAY = (Misconfigured, "http-401")


@pytest.mark.parametrize(
    ("requires", "security", "expected"),
    [
        (["username_token"], NAMED, TAKEN),
        (["username_token"], {**NAMED, "type": "text"}, TAKEN),
        (["username_token"], {**NAMED, "secret": "wrong"}, TURNED_AWAY),
        (["username_token"], SIGNED, TURNED_AWAY),
        (["username_token"], None, TURNED_AWAY),
        (["signed_by"], SIGNED, TAKEN),
        (["signed_by"], NAMED, TURNED_AWAY),
        (["signed_by"], {"signature": {"key": "other", "certificate": party("other").certificate}}, TURNED_AWAY),
        (["signed_by", "username_token"], {**NAMED, **SIGNED}, TAKEN),
        (["signed_by", "username_token"], SIGNED, TURNED_AWAY),
    ],
)
def test_a_recipient_takes_what_proves_who_sent_it(
    requires: list[str], security: dict[str, Any] | None, expected: Any, play: Running, way_out: egress.Egress
) -> None:
    play.start({**REVENUES, "requires": {name: REQUIRES[name] for name in requires}})
    assert told(play, way_out, security=security) == expected


@pytest.mark.parametrize("minutes", [-20, 20])
def test_what_was_made_at_another_time_is_turned_away(minutes: int, play: Running, way_out: egress.Egress) -> None:
    """F24: expired Timestamp."""
    play.start({**REVENUES, "requires": REQUIRES})
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert told(play, way_out, at=at, security={**NAMED, **SIGNED}) == TURNED_AWAY
