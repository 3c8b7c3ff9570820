"""Our own adapters talk to the recipients that are played: each side keeps the other honest."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from adapters import rest, soap
from adapters.contract import Action, Answer, Endpoint, Message, Receipt, Refused, Response, Throttled
from tests.simulator import soap_peers
from tests.simulator.peers import Running
from tests.simulator.soap_peers import SAID

MESSAGE = Message("m-1", "death", "notify", "K7QF-2M9X", 1, "2026-11-05T10:00:00Z", {"subject": {"name": "Hughes"}})


def deliver(adapter: Any, endpoint: Endpoint, message: Message = MESSAGE) -> Receipt:
    """Make one try as the egress does."""
    content = adapter.encode(message, endpoint)
    request = adapter.seal(content, endpoint, at=datetime.now(UTC), nonce="n", keys={})
    reply = requests.post(
        request.url, data=request.body, headers=dict(request.headers), timeout=30, allow_redirects=False
    )
    headers = {name.lower(): value for name, value in reply.headers.items()}
    receipt: Receipt = adapter.decode(Response(reply.status_code, headers, reply.content), endpoint)
    return receipt


def rest_endpoint(play: Running, name: str, **settings: Any) -> Endpoint:
    return Endpoint(name, "rest", f"{play.url}/rest/{name}", settings)


def soap_endpoint(play: Running, recipient: dict[str, Any], said: Any = None) -> Endpoint:
    operation, arguments = SAID[recipient["name"]]
    wsdl = recipient["soap"]["wsdl"]
    settings = {
        "wsdl": wsdl.name,
        "operation": operation,
        "port": recipient["soap"]["port"],
        "mapping": f"`{json.dumps(said or arguments)}`",
    }
    documents = {path.name: path.read_bytes() for path in wsdl.parent.iterdir()}
    return Endpoint(
        recipient["name"],
        "soap",
        f"{play.url}/soap/{recipient['name']}",
        settings,
        documents,
        digest=json.dumps(settings),
    )


def test_what_the_rest_adapter_sends_by_default_is_understood_by_default(play: Running) -> None:
    play.start({"name": "tax", "style": "rest"})

    receipts = [deliver(rest, rest_endpoint(play, "tax", reply="body")) for _ in range(2)]

    assert [receipt.duplicate for receipt in receipts] == [False, True]
    [message] = play.books("tax")["by_message"]
    assert (message["message_id"], message["reference"], message["sequence"]) == ("m-1", "K7QF-2M9X", 1)
    assert message["fields"][0] == "fields.subject.name"


def test_an_answer_in_the_reply_is_read_as_it_was_meant(play: Running) -> None:
    stopped = {"code": "payment_stopped", "on": "2026-11-20"}
    answer = {"outcome": "acted", "actions": [stopped], "note": "Stopped."}
    play.start({"name": "tax", "style": "rest", "behaviour": [{"answer": answer}]})

    receipt = deliver(rest, rest_endpoint(play, "tax", reply="body"))

    assert isinstance(receipt.answer, Answer)
    assert (receipt.answer.outcome, receipt.answer.note) == ("acted", "Stopped.")
    assert receipt.answer.actions == (Action("payment_stopped", "2026-11-20"),)


def test_a_conflict_is_read_as_a_duplicate(play: Running) -> None:
    play.start({"name": "tax", "style": "rest", "duplicate_status": 409})

    assert [deliver(rest, rest_endpoint(play, "tax")).duplicate for _ in range(2)] == [False, True]


def test_a_failing_recipient_is_read_as_asking_for_time(play: Running) -> None:
    play.start({"name": "tax", "style": "rest", "behaviour": [{"fail_first": {"times": 1, "retry_after_s": 3}}]})

    with pytest.raises(Throttled) as caught:
        deliver(rest, rest_endpoint(play, "tax"))

    assert caught.value.retry_after == 3
    assert deliver(rest, rest_endpoint(play, "tax")) == Receipt()


@pytest.mark.parametrize("recipient", soap_peers.ALL, ids=lambda recipient: recipient["name"])
def test_what_the_soap_adapter_sends_is_valid_for_every_style(play: Running, recipient: dict[str, Any]) -> None:
    play.start(recipient)

    assert deliver(soap, soap_endpoint(play, recipient)) == Receipt()
    [message] = play.books(recipient["name"])["by_message"]
    assert (message["message_id"], message["effects"]) == ("m-1", 1)


@pytest.mark.parametrize("recipient", [soap_peers.REVENUES, soap_peers.ADULTS], ids=["1.1", "1.2"])
def test_a_clients_fault_is_read_as_a_refusal(play: Running, recipient: dict[str, Any]) -> None:
    play.start({**recipient, "behaviour": [{"refuse": {"fault": "client"}}]})

    with pytest.raises(Refused):
        deliver(soap, soap_endpoint(play, recipient))
