"""Recipients that take SOAP, each style spoken to by zeep with its own transport, and by hand where zeep would not."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
from lxml import etree

from adapters.simulator.schemas import Schemas
from tests.simulator import soap_peers
from tests.simulator.peers import WSDLS, Running
from tests.simulator.soap_peers import ADULTS, ELECTORS, GATEWAY, MEMBERS, REVENUES, SAID

NAMES = [recipient["name"] for recipient in soap_peers.ALL]
ACTED = [{"answer": {"outcome": "acted"}}]


def call(play: Running, recipient: Any) -> Any:
    """Send what SAID has for a recipient, by zeep."""
    operation, arguments = SAID[recipient["name"]]
    with client(recipient) as speaking:
        return service(play, speaking, recipient)[operation](**arguments)


def client(recipient: Any) -> zeep.Client:
    made: zeep.Client = zeep.Client(str(recipient["soap"]["wsdl"]))  # type: ignore[no-untyped-call]  # zeep
    return made


def service(play: Running, speaking: Any, recipient: Any) -> Any:
    port = speaking.wsdl.services[recipient["soap"]["service"]].ports[recipient["soap"]["port"]]
    return speaking.create_service(port.binding.name.text, f"{play.url}/soap/{recipient['name']}")


def envelope(recipient: Any, **changes: Any) -> tuple[dict[str, str], bytes]:
    """Word what would be sent; for requests that are then spoilt by hand."""
    operation, arguments = SAID[recipient["name"]]
    with client(recipient) as speaking:
        port = speaking.wsdl.services[recipient["soap"]["service"]].ports[recipient["soap"]["port"]]
        message = port.binding.get(operation).create(**{**deepcopy(arguments), **changes})
        port.binding._set_http_headers(message, port.binding.get(operation))
    return message.headers, etree.tostring(message.content)


def post(play: Running, name: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    reply = requests.post(f"{play.url}/soap/{name}", data=body, headers=headers, timeout=30)
    return reply.status_code, reply.text


@pytest.fixture
def all_of_them(play: Running) -> Running:
    """All five styles at once."""
    play.start(*soap_peers.ALL)
    return play


def test_every_style_is_taken_and_booked(all_of_them: Running) -> None:
    for recipient in soap_peers.ALL:
        call(all_of_them, recipient)

    for name in NAMES:
        [message] = all_of_them.books(name)["by_message"]
        assert (message["message_id"], message["reference"], message["sequence"]) == ("m-1", "K7QF-2M9X", 1)
        assert (message["operation"], message["effects"], message["statuses"]) == (SAID[name][0], 1, [200])


def test_fields_are_booked_by_the_paths_of_their_elements_and_attributes(all_of_them: Running) -> None:
    call(all_of_them, GATEWAY)

    [message] = all_of_them.books("gateway")["by_message"]
    assert {"Notification.Citizen.Name.Given", "Notification.Citizen.Identifier.@scheme"} <= set(message["fields"])


def test_a_duplicate_is_told_so_in_the_products_own_words(all_of_them: Running) -> None:
    results = [call(all_of_them, REVENUES).Result for _ in range(2)]

    assert results == ["Accepted", "AlreadyReceived"]
    assert all_of_them.books("revenues")["effects"] == 1


def test_a_reply_carries_the_outcome_in_every_style(play: Running) -> None:
    play.start(*({**recipient, "behaviour": ACTED} for recipient in (REVENUES, MEMBERS, GATEWAY, ADULTS)))

    assert call(play, REVENUES).Decision.Outcome == "Actioned"
    assert call(play, MEMBERS).outcome == "ENDED"
    assert call(play, GATEWAY).Answer.Action[0].Type == "licence_cancelled"
    assert call(play, ADULTS).Finding == "closed"


def test_not_known_is_said_in_the_products_own_words(play: Running) -> None:
    play.start({**REVENUES, "behaviour": [{"not_known": True}]})

    assert call(play, REVENUES).Decision.Outcome == "NoAccountFound"


def test_the_wrapper_of_an_rpc_reply_is_named_after_the_operation(all_of_them: Running) -> None:
    """WS-I Basic Profile 1.1, R2729."""
    status, text = post(all_of_them, "members", *envelope(MEMBERS))

    body = etree.fromstring(text.encode()).find("{*}Body")
    assert status == 200
    assert body is not None
    assert body[0].tag == "{urn:hearthside:members:2009}recordDeathResponse"


def test_what_is_filled_into_a_reply_cannot_break_it(play: Running) -> None:
    play.start(GATEWAY)
    _, said = SAID["gateway"]

    headers, body = envelope(GATEWAY, Control={**said["Control"], "MessageIdentifier": "<&{reference}>"})
    status, text = post(play, "gateway", headers, body)

    assert status == 200
    assert etree.fromstring(text.encode()).findtext(".//{*}MessageIdentifier") == "<&{reference}>"


@pytest.mark.parametrize(
    ("recipient", "code"), [(REVENUES, "soap-env:Client"), (GATEWAY, "soap-env:Sender")], ids=["1.1", "1.2"]
)
def test_a_request_that_the_schema_does_not_allow_gets_a_clients_fault(
    play: Running, recipient: Any, code: str
) -> None:
    play.start(recipient)
    headers, body = envelope(recipient)
    spoilt = body.replace(b"2026-11-03", b"3rd of November")

    status, text = post(play, recipient["name"], headers, spoilt)

    assert status == (500 if recipient is REVENUES else 400)
    assert code.split(":")[1] in text
    assert "DateOfDeath" in text
    assert "3rd of November" not in text
    assert play.books(recipient["name"])["unread"] == 1


def test_the_parts_of_an_rpc_request_are_checked_too(play: Running) -> None:
    play.start(MEMBERS)
    headers, body = envelope(MEMBERS)

    assert post(play, "members", headers, body.replace(b"03/11/2026", b"2026-11-03"))[0] == 500
    assert post(play, "members", headers, body.replace(b"<sequence>1</sequence>", b""))[0] == 500
    assert post(play, "members", headers, body)[0] == 200


def test_checking_can_be_left_out(play: Running) -> None:
    play.start({**REVENUES, "soap": {**REVENUES["soap"], "validates": False}})
    headers, body = envelope(REVENUES)

    assert post(play, "revenues", headers, body.replace(b"2026-11-03", b"soon"))[0] == 200


@pytest.mark.parametrize(("recipient", "code"), [(REVENUES, "Server"), (ADULTS, "Receiver")], ids=["1.1", "1.2"])
def test_a_fault_on_purpose_is_read_as_one_by_zeep(play: Running, recipient: Any, code: str) -> None:
    play.start({**recipient, "behaviour": [{"fail_first": {"times": 1, "fault": "server"}}]})

    with pytest.raises(zeep.exceptions.Fault) as caught:
        call(play, recipient)

    assert caught.value.code.endswith(code)
    assert call(play, recipient) is not None
    assert play.books(recipient["name"])["effects"] == 1


def test_a_refusal_by_status_is_no_fault(play: Running) -> None:
    play.start({**REVENUES, "behaviour": [{"refuse": 403}]})

    assert post(play, "revenues", *envelope(REVENUES)) == (403, "Refused\n")


@pytest.mark.parametrize(
    ("spoil", "status", "said"),
    [
        (lambda h, _b: (h, b"<not xml"), 500, "not well-formed"),
        (lambda h, b: (h, b'<!DOCTYPE x [<!ENTITY e "e">]>' + b), 500, "DOCTYPE"),
        (lambda h, b: ({**h, "SOAPAction": '"urn:other"'}, b), 500, "SOAPAction"),
        (lambda h, b: ({**h, "Content-Type": "application/soap+xml"}, b), 415, "text/xml"),
        (
            lambda h, b: (h, b.replace(b"schemas.xmlsoap.org/soap/envelope", b"example.com/soap")),
            500,
            "VersionMismatch",
        ),
        (lambda h, b: (h, b.replace(b"NotifyDeath", b"NotifyBirth")), 500, "no operation"),
        (lambda h, b: (h, b[: b.index(b"<soap-env:Body>")] + b"<soap-env:Body/></soap-env:Envelope>"), 500, "nothing"),
    ],
    ids=["xml", "doctype", "action", "media-type", "version", "operation", "empty"],
)
def test_what_is_no_request_of_this_port_is_refused(play: Running, spoil: Any, status: int, said: str) -> None:
    play.start(REVENUES)

    got, text = post(play, "revenues", *spoil(*envelope(REVENUES)))

    assert (got, said in text) == (status, True)
    assert play.books("revenues")["messages"] == 0


def test_a_message_id_may_stand_in_a_header_only(play: Running) -> None:
    play.start({**REVENUES, "message_id": "header:X-Message"})
    headers, body = envelope(REVENUES)

    assert post(play, "revenues", {**headers, "X-Message": "m-9"}, body)[0] == 200
    assert "no message id" in post(play, "revenues", headers, body)[1]


def test_an_operation_without_a_reply_is_taken_in_silence(play: Running, tmp_path: Path) -> None:
    """SOAP 1.1 over HTTP: 202 and nothing else (WS-I Basic Profile 1.1, R2714)."""
    wsdl = tmp_path / "one-way.wsdl"
    text = (WSDLS / "rollcall-electors.wsdl").read_text()
    text = re.sub(r"<wsdl:output[^>]*/>|<wsdl:output>.*?</wsdl:output>", "", text)
    wsdl.write_text(text)
    one_way = {**ELECTORS, "soap": {**ELECTORS["soap"], "wsdl": wsdl}}
    play.start(one_way)

    assert post(play, "electors", *envelope(one_way)) == (202, "")


def test_one_port_may_offer_some_of_its_operations(play: Running) -> None:
    play.start({**REVENUES, "soap": {**REVENUES["soap"], "operations": ["NotifyMove"]}})

    assert "no operation" in post(play, "revenues", *envelope(REVENUES))[1]


def test_every_reply_of_the_demo_fits_its_schema(all_of_them: Running) -> None:
    """Zeep does not check enumerations and patterns; the schemas do."""
    for recipient in soap_peers.ALL:
        _, text = post(all_of_them, recipient["name"], *envelope(recipient))
        is_rpc = recipient is MEMBERS
        body = etree.fromstring(text.encode()).find("{*}Body")
        assert body is not None
        Schemas(recipient["soap"]["wsdl"]).check(body[0], message="recordDeathResponse" if is_rpc else "")
