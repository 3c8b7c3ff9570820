"""What only a socket can show: garbage that breaks a system, certificates of either side, tokens, SOAP."""

import json
import socket
from typing import Any

import pytest
import yaml

from tests.adapters.authorities import Authority
from tests.adapters.issuers import issuing
from tests.adapters.peers import Peer, Say, peer, reply
from tests.checkups.conftest import CONFIRMS, SECRETS, Playing, check
from tests.simulator.peers import WSDLS
from tests.simulator.soap_peers import ELECTORS

pytestmark = pytest.mark.django_db(transaction=True)

REPLY = {"reply": "body.{outcome: outcome}"}
ANSWER = json.dumps({"outcome": "acted"}).encode()


def judging(there: list[Peer], *, garbage: int) -> Say:
    """Take what is JSON, and answer anything else with this status."""

    def say(connection: socket.socket) -> None:
        try:
            json.loads(there[0].bodies[-1])
        except ValueError:
            connection.sendall(reply(garbage))
        else:
            connection.sendall(reply(200, ANSWER))

    return say


@pytest.mark.parametrize(
    ("status", "failed"), [(400, []), (422, []), (500, ["refuses garbage"]), (200, ["refuses garbage"])]
)
def test_a_body_that_is_broken_off_has_to_be_refused_as_such(play: Playing, status: int, failed: list[str]) -> None:
    there: list[Peer] = []
    with peer(judging(there, garbage=status)) as running:
        there.append(running)
        play.running.url = running.url.removesuffix("/in")
        play.recipient(settings=REPLY)
        found = check()
    assert found.failed == failed
    assert found.line("confirms")["said"] == "its answer at once is final"


def secured(play: Playing, settings: Any, authority: Authority, how: str, **tls: str) -> dict[str, Any]:
    """Let the catalogue reach the peer over TLS, under an authority of its own."""
    settings.SECRETS = json.dumps({**SECRETS, "authority": authority.pem, **tls})
    return {**REPLY, "tls": {"authority": "authority", **{name: name for name in tls}}}


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("good", "its certificate expires on "),
        ("expired", "tls-certificate-expired"),
        ("self-signed", "tls-certificate"),
    ],
)
def test_a_certificate_is_looked_at_and_its_end_is_said(play: Playing, settings: Any, how: str, said: str) -> None:
    authority, there = Authority(), list[Peer]()
    with peer(judging(there, garbage=400), tls=authority.server(how)) as running:
        there.append(running)
        play.running.url = f"https://localhost:{running.port}"
        play.recipient(settings=secured(play, settings, authority, how))
        found = check()
    assert found.failed == ([] if how == "good" else ["reachable"])
    assert said in found.line("reachable")["said"]


@pytest.mark.parametrize("asks", [True, False])
def test_whoever_shows_no_certificate_must_not_be_let_in(play: Playing, settings: Any, asks: bool) -> None:  # noqa: FBT001
    authority, there = Authority(), list[Peer]()
    certificate, key = authority.pair(name="tell-us-once")
    tls = authority.server(clients=authority.pem if asks else "")
    with peer(judging(there, garbage=400), tls=tls) as running:
        there.append(running)
        play.running.url = f"https://localhost:{running.port}"
        play.recipient(settings=secured(play, settings, authority, "good", certificate=certificate, key=key))
        found = check()
    assert found.failed == ([] if asks else ["authenticates"]), found.report


def test_a_token_that_nobody_gave_must_not_do(play: Playing, settings: Any) -> None:
    settings.SECRETS = json.dumps({"parking": "s3cret"})
    with issuing() as issuer:
        auth = {"kind": "oauth2", "token_url": f"{issuer.url}/token", "client_id": "tuo", "secret": "parking"}
        play.running.url = issuer.url
        play.recipient(settings={"auth": auth}, path="/in")
        found = check(wait=0)
    assert found.line("authenticates")["state"] == "passed", found.report
    assert found.line("reachable")["said"].count("127.0.0.1") == 2, "the address that gives tokens is looked at, too"
    assert len(issuer.turned_away) == 2


def test_a_recipient_that_speaks_soap_passes_and_confirms_by_soap(play: Playing) -> None:
    catalogue = yaml.safe_load((WSDLS.parent / "catalogue" / "northmoor-east.yaml").read_text())
    theirs = next(each for each in catalogue["recipients"] if each["slug"] == "northmoor-east-electoral")
    seen = {"receipt": {"number": "{their_reference}", "seenBefore": True, "takenAt": "{now}"}}
    played = {
        "requires": {},
        "behaviour": [{"confirm": {**CONFIRMS["confirm"], "by": "soap"}}],
        "replies": {**ELECTORS["replies"], "duplicate": seen},
    }
    play.start(**{**ELECTORS, "name": "parking", **played})
    play.recipient(
        settings=theirs["route"]["settings"],
        path="/soap/parking",
        adapter="soap",
        documents={"rollcall-electors.wsdl": (WSDLS / "rollcall-electors.wsdl").read_text()},
    )
    found = check()
    assert found.status == 0, found.report
    assert found.line("confirms")["said"] == "acted, by soap"
    assert found.line("takes it twice")["said"] == "it says that it had it: duplicate (http-200)"
    assert "fault-" in found.line("refuses garbage")["said"] or "http-400" in found.line("refuses garbage")["said"]
