"""Recipients of Security Event Tokens, played over real sockets towards our own adapters and published keys."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from joserfc.jwk import ECKey

from adapters import event_tokens, security_event_poll, security_events
from adapters.contract import Ambiguous, Endpoint, Failure, Message, Misconfigured, Receipt, Refused, Response
from tests.simulator.peers import FakeService, Running, eventually

ISSUER, AUDIENCE = "https://tell.northmoor.example", "https://health.example/events"
EXPECTED = {"issuer": ISSUER, "audience": AUDIENCE}
KEY, NEXT = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
IDS = [f"0197b1c2-aaaa-7000-8000-00000000000{number}" for number in range(4)]
FIELDS = {"subject": {"name": {"family": "Hughes"}}, "registration": {"number": "7"}}
SAID = ["deathRegistration", "subject.name.nameParts.type", "subject.name.nameParts.value"]


def health(style: str = "security-events", **more: Any) -> dict[str, Any]:
    return {"name": "health", "style": style, "events": EXPECTED, "client": "northmoor", "poll_every_s": 0.05, **more}


def message(number: int = 0) -> Message:
    return Message(IDS[number], "death", "notify", "K7QF-2M9X", 1, "2026-11-05T10:00:00Z", FIELDS)


def keys(key: ECKey = KEY) -> dict[str, str]:
    return {event_tokens.KEY: key.as_pem(private=True).decode()}


def publish(service: FakeService, *published: ECKey) -> None:
    service.keys = [{**each.as_dict(private=False), "kid": each.thumbprint()} for each in published]


def push(play: Running, *, key: ECKey = KEY, number: int = 0, **settings: str) -> Receipt:
    """Make one try as the egress does."""
    place = Endpoint("health", "security-events", f"{play.url}/security-events/health", {**EXPECTED, **settings})
    content = security_events.encode(message(number), place)
    request = security_events.seal(content, place, at=datetime.now(UTC), nonce="n", keys=keys(key))
    reply = requests.post(request.url, data=request.body, headers=dict(request.headers), timeout=30)
    assert reply.status_code != 202 or reply.content == b"", "RFC 8935, section 2.2"
    return security_events.decode(Response(reply.status_code, {}, reply.content), place)


def token(number: int, **settings: str) -> tuple[str, str]:
    place = Endpoint("health", "security-event-poll", "", {**EXPECTED, **settings})
    content = security_event_poll.encode(message(number), place)
    sealed = security_event_poll.seal(content, place, at=datetime.now(UTC), nonce="n", keys=keys())
    return f"urn:uuid:{IDS[number]}", sealed.body.decode()


def test_a_token_is_verified_booked_by_its_jti_and_confirmed_afterwards(play: Running, service: FakeService) -> None:
    publish(service, KEY)
    confirm = {"confirm": {"after_s": 0, "outcome": "acted"}}
    play.start(health(behaviour=[confirm]), service=service, keep_bodies=True)

    assert push(play) == Receipt()

    [booked] = play.books("health")["by_message"]
    assert (booked["message_id"], booked["reference"], booked["fields"]) == (IDS[0], "K7QF-2M9X", SAID)
    assert booked["operation"] == "https://vocab.account.gov.uk/v1/deathRegistered"
    assert json.loads(booked["bodies"][0])["jti"] == f"urn:uuid:{IDS[0]}"
    eventually(lambda: service.confirmations)
    assert service.confirmations[0]["path"] == f"/api/v1/deliveries/{IDS[0]}/confirmations"


def test_a_token_that_comes_twice_is_acknowledged_twice_and_has_one_effect(play: Running, service: FakeService) -> None:
    """RFC 8935, section 2.2; the signature is another, and what is said the same."""
    publish(service, KEY)
    play.start(health(), service=service)

    assert [push(play), push(play)] == [Receipt(), Receipt()]

    books = play.books("health")
    assert (books["tries"], books["effects"], books["changed"]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("signer", "settings", "failure", "code"),
    [
        (NEXT, {}, Misconfigured, "set-invalid-key"),
        (KEY, {"issuer": "urn:somebody"}, Misconfigured, "set-invalid-issuer"),
        (KEY, {"audience": "urn:somebody"}, Misconfigured, "set-invalid-audience"),
    ],
)
def test_what_is_not_for_them_or_not_from_us_is_refused_by_its_name(
    play: Running, service: FakeService, signer: ECKey, settings: Any, failure: type[Failure], code: str
) -> None:
    publish(service, KEY)
    play.start(health(), service=service)

    with pytest.raises(failure, match=code):
        push(play, key=signer, **settings)

    assert (play.books("health")["effects"], play.books("health")["unread"]) == (0, 1)


def test_a_key_that_is_new_is_looked_up(play: Running, service: FakeService) -> None:
    publish(service, KEY)
    play.start(health(), service=service)
    push(play)
    publish(service, NEXT, KEY)

    def taken() -> bool:
        try:
            return push(play, key=NEXT, number=1) == Receipt()
        except Misconfigured:
            return False

    eventually(taken)


def test_without_published_keys_nothing_is_believed(play: Running, service: FakeService) -> None:
    play.start(health(), service=service)
    with pytest.raises(Misconfigured, match="set-invalid-key"):
        push(play)


@pytest.mark.parametrize("body", [b"", b"a.b.c", b"{}", b"\xff", b"e30.e30.e30"])
def test_what_is_no_token_is_refused(play: Running, service: FakeService, body: bytes) -> None:
    publish(service, KEY)
    play.start(health(), service=service)
    headers = {"Content-Type": "application/secevent+jwt"}
    reply = requests.post(f"{play.url}/security-events/health", data=body, headers=headers, timeout=30)
    assert (reply.status_code, reply.json()["err"]) == (400, "invalid_request")
    reply = requests.post(f"{play.url}/security-events/health", json={}, timeout=30)
    assert (reply.status_code, reply.json()["err"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("step", "failure", "code"),
    [
        ({"refuse": 400}, Refused, "set-invalid-request"),
        ({"refuse": 401}, Misconfigured, "http-401"),
        ({"malformed": True}, Ambiguous, "not-acknowledged"),
    ],
)
def test_a_receiver_can_be_played_badly(
    play: Running, service: FakeService, step: Any, failure: type[Failure], code: str
) -> None:
    publish(service, KEY)
    play.start(health(behaviour=[step]), service=service)
    with pytest.raises(failure, match=code):
        push(play)


def test_what_is_polled_is_booked_and_acknowledged_with_the_next_poll(play: Running, service: FakeService) -> None:
    publish(service, KEY)
    service.sets = dict([token(0), token(1)])
    confirm = {"confirm": {"after_s": 0, "outcome": "acted"}}
    play.start(health("security-event-poll", behaviour=[confirm]), service=service)

    eventually(lambda: not service.sets)

    eventually(lambda: len(service.confirmations) == 2)
    books = play.books("health")
    assert [booked["message_id"] for booked in books["by_message"]] == IDS[:2]
    assert (books["effects"], books["confirmations_taken"]) == (2, 2)
    assert service.polls[0] == {"returnImmediately": True, "ack": [], "setErrs": {}}
    assert sorted(service.polls[1]["ack"]) == [f"urn:uuid:{each}" for each in IDS[:2]]


def test_what_comes_again_before_it_was_acknowledged_has_one_effect(play: Running, service: FakeService) -> None:
    publish(service, KEY)
    service.sets, service.forgets = dict([token(0)]), 2
    play.start(health("security-event-poll"), service=service)

    eventually(lambda: not service.sets)

    books = play.books("health")
    assert (books["messages"], books["tries"], books["effects"]) == (1, 3, 1)


def test_what_cannot_be_taken_is_complained_of(play: Running, service: FakeService) -> None:
    publish(service, KEY)
    service.sets = dict([token(0), token(1, audience="urn:somebody"), token(2)])
    service.sets[f"urn:uuid:{IDS[2]}"] += "x"
    play.start(health("security-event-poll", behaviour=[{"refuse": 400}]), service=service)

    eventually(lambda: not service.sets)

    errors = {jti: said["err"] for poll in service.polls for jti, said in poll["setErrs"].items()}
    assert errors == {
        f"urn:uuid:{IDS[0]}": "invalid_request",
        f"urn:uuid:{IDS[1]}": "invalid_audience",
        f"urn:uuid:{IDS[2]}": "invalid_key",
    }
    assert play.books("health")["effects"] == 0


def test_a_poll_that_is_not_answered_says_the_same_again(play: Running, service: FakeService) -> None:
    publish(service, KEY)
    service.sets, service.failing = dict([token(0)]), [200, 503, 503]
    play.start(health("security-event-poll"), service=service)

    eventually(lambda: not service.sets)

    assert [poll["ack"] for poll in service.polls[1:4]] == [[f"urn:uuid:{IDS[0]}"]] * 3
