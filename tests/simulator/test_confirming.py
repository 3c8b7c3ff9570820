"""What a recipient says afterwards."""

import json
from typing import Any

import pytest
from lxml import etree

from adapters.simulator import confirming
from tests.simulator import soap_peers
from tests.simulator.peers import FakeService, Running, eventually
from tests.simulator.test_soap import call

STOPPED = {"outcome": "acted", "actions": [{"code": "payment_stopped", "on": "2026-11-20"}], "note": "By post."}
DOOR = """
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:c="urn:door" targetNamespace="urn:door">
  <types><xs:schema targetNamespace="urn:door" elementFormDefault="qualified">
    <xs:element name="Confirm"><xs:complexType><xs:sequence>
      <xs:element name="DeliveryId" type="xs:string"/>
      <xs:element name="Outcome" type="xs:string"/>
      <xs:element name="Actions" minOccurs="0"><xs:complexType><xs:sequence>
        <xs:element name="Action" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
          <xs:element name="Code" type="xs:string"/><xs:element name="On" type="xs:date" minOccurs="0"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="OccurredAt" type="xs:dateTime" minOccurs="0"/>
      <xs:element name="Note" type="xs:string" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="ConfirmResponse"><xs:complexType><xs:sequence/></xs:complexType></xs:element>
  </xs:schema></types>
  <message name="In"><part name="parameters" element="c:Confirm"/></message>
  <message name="Out"><part name="parameters" element="c:ConfirmResponse"/></message>
  <portType name="Door"><operation name="Confirm"><input message="c:In"/><output message="c:Out"/></operation></portType>
  <binding name="DoorSoap" type="c:Door">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Confirm"><soap:operation soapAction="urn:door:Confirm"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="DoorService"><port name="DoorPort" binding="c:DoorSoap">
    <soap:address location="http://service.example/soap/confirmations"/></port></service>
</definitions>
""".strip().encode()


def confirming_by(by: str, **more: Any) -> dict[str, Any]:
    step = {"confirm": {"after_s": 0.05, "by": by, **STOPPED, **more}}
    return {"name": "tax", "style": "rest", "client": "northmoor", "behaviour": [step]}


def test_a_confirmation_follows_by_rest(play: Running, service: FakeService) -> None:
    play.start(confirming_by("rest"), service=service)

    play.send("tax", id="d-7")
    [said] = eventually(lambda: service.confirmations)

    assert said["path"] == "/api/v1/deliveries/d-7/confirmations"
    content = json.loads(said["body"])
    assert {key: content[key] for key in STOPPED} == STOPPED
    assert content["their_reference"].startswith("R-")
    assert content["occurred_at"].endswith("+00:00")


def test_a_confirmation_follows_by_soap_in_the_words_of_the_services_wsdl(play: Running, service: FakeService) -> None:
    service.wsdl = DOOR
    play.start(confirming_by("soap"), service=service)

    play.send("tax", id="d-7")
    [said] = eventually(lambda: service.confirmations)

    assert said["path"] == "/soap/confirmations"
    envelope = etree.fromstring(said["body"])
    texts = [envelope.findtext(f".//{{urn:door}}{name}") for name in ("DeliveryId", "Outcome", "Note")]
    assert texts == ["d-7", "acted", "By post."]
    codes = [(action[0].text, action[1].text) for action in envelope.iter("{urn:door}Action")]
    assert codes == [("payment_stopped", "2026-11-20")]


def test_several_confirmations_follow_each_other(play: Running, service: FakeService) -> None:
    steps = [{"confirm": {"after_s": after, "outcome": word}} for after, word in ((0, "received"), (0.3, "acted"))]
    play.start({**confirming_by("rest"), "behaviour": steps}, service=service)

    play.send("tax")
    eventually(lambda: len(service.confirmations) == 2)

    assert [json.loads(said["body"])["outcome"] for said in service.confirmations] == ["received", "acted"]


def test_a_soap_recipient_confirms_too(play: Running, service: FakeService) -> None:
    play.start({**soap_peers.REVENUES, **confirming_by("rest"), "style": "soap", "name": "revenues"}, service=service)

    call(play, soap_peers.REVENUES)

    assert eventually(lambda: service.confirmations)


def test_a_confirmation_is_said_again_under_the_same_key_until_it_is_taken(play: Running, service: FakeService) -> None:
    service.statuses = [503, 404, 201]
    play.start(confirming_by("rest"), service=service)

    play.send("tax")
    eventually(lambda: play.books("tax")["confirmations_taken"])

    assert len({(said["key"], said["body"]) for said in service.confirmations}) == 1
    [confirmation] = play.books("tax")["by_message"][0]["confirmations"]
    assert (confirmation["state"], confirmation["tries"], confirmation["status"]) == ("taken", 3, 201)


@pytest.mark.parametrize(("statuses", "tries"), [([422], 1), ([503] * 9, 4)], ids=["refused", "never taken"])
def test_patience_ends(play: Running, service: FakeService, statuses: list[int], tries: int) -> None:
    service.statuses = statuses
    play.start(confirming_by("rest"), service=service)

    play.send("tax")

    assert eventually(lambda: play.books("tax")["confirmations_given_up"])
    assert len(service.confirmations) == tries


def test_a_token_is_asked_for_once_and_again_when_it_is_refused(play: Running, service: FakeService) -> None:
    play.start(confirming_by("rest", after_s=0), service=service)
    for number in range(5):
        play.send("tax", id=f"d-{number}")
    eventually(lambda: len(service.confirmations) == 5)
    assert service.tokens == 1

    service.tokens = 2
    play.send("tax", id="d-9")
    eventually(lambda: len(service.confirmations) == 6)
    assert service.tokens == 3


def test_a_duplicate_owes_no_second_confirmation(play: Running, service: FakeService) -> None:
    play.start(confirming_by("rest"), service=service)

    play.send("tax")
    play.send("tax")

    assert play.books("tax")["confirmations_owed"] == 1


@pytest.mark.parametrize("wsdl", [b"", b"<html/>", DOOR.replace(b"DeliveryId", b"Parcel")])
def test_without_a_wsdl_that_fits_a_confirmation_by_soap_is_given_up(
    play: Running, service: FakeService, wsdl: bytes
) -> None:
    service.wsdl = wsdl
    play.start(confirming_by("soap"), service=service)

    play.send("tax")

    assert eventually(lambda: play.books("tax")["confirmations_given_up"])


def test_a_service_that_is_not_there_is_tried_again(play: Running) -> None:
    away = {"url": "http://127.0.0.1:9", "token_url": "http://127.0.0.1:9/token", "patience_tries": 2}
    play.start(confirming_by("rest"), service=away)

    play.send("tax")

    eventually(lambda: play.books("tax")["confirmations_given_up"])
    [confirmation] = play.books("tax")["by_message"][0]["confirmations"]
    assert (confirmation["tries"], confirmation["status"]) == (2, None)


def test_pauses_grow_and_are_bounded() -> None:
    assert confirming.pause(0, longest=20) <= 0.25
    assert 1 <= confirming.pause(3, longest=20) <= 2
    assert confirming.pause(1000, longest=20) <= 20
