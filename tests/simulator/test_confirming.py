"""What a recipient says afterwards."""

import json
from typing import Any

import pytest

from adapters import confirmation_xml, envelopes
from adapters.contract import Action, OwnNumber
from adapters.simulator import confirming, replies
from tests.simulator import soap_peers
from tests.simulator.peers import FakeService, Running, eventually
from tests.simulator.test_soap import call

STOPPED = {"outcome": "acted", "actions": [{"code": "payment_stopped", "on": "2026-11-20"}], "note": "By post."}
DOOR = confirmation_xml.wsdl("http://service.example/soap/confirmations")
ID = "0d9a6f0e-5f3c-4a53-9a53-0f6b0a8f6f10"


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


@pytest.mark.parametrize(("by", "version"), [("soap", envelopes.SOAP_11), ("soap12", envelopes.SOAP_12)])
def test_a_confirmation_follows_by_soap_as_the_services_wsdl_has_it(
    play: Running, service: FakeService, by: str, version: str
) -> None:
    service.wsdl = DOOR
    play.start(confirming_by(by), service=service)

    play.send("tax", id=ID)
    [said] = eventually(lambda: service.confirmations)

    read = confirmation_xml.parse(said["body"])
    assert (said["path"], read.delivery_id, read.version) == ("/soap/confirmations", ID, version)
    assert (read.answer.outcome, read.answer.note) == ("acted", "By post.")
    assert read.answer.actions == (Action("payment_stopped", "2026-11-20"),)
    assert read.answer.their_reference.startswith("R-")


@pytest.mark.parametrize("by", ["rest", "soap"])
def test_a_confirmation_brings_its_own_number_of_the_person(play: Running, service: FakeService, by: str) -> None:
    service.wsdl = DOOR
    numbers = [{"scheme": "council-tax-account", "value": "NE-{their_reference}"}]
    play.start(confirming_by(by, numbers=numbers), service=service)

    play.send("tax", id=ID)
    [said] = eventually(lambda: service.confirmations)

    reference = replies.their_reference("tax", ID)
    if by == "rest":
        assert json.loads(said["body"])["numbers"] == [{"scheme": "council-tax-account", "value": f"NE-{reference}"}]
    else:
        told = OwnNumber("council-tax-account", f"NE-{reference}")
        assert confirmation_xml.parse(said["body"]).answer.numbers == (told,)


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


def test_a_confirmation_is_said_again_under_one_key_until_it_is_taken(play: Running, service: FakeService) -> None:
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


@pytest.mark.parametrize(
    "wsdl", [b"", b"<html/>", DOOR.replace(b"Confirmations12", b"Other").replace(b'"Confirmations"', b'"Others"')]
)
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
