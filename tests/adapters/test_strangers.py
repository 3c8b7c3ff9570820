"""Who is not us, and how it is told: each proof of a route is left out once, and once made false."""

from typing import Any

import pytest

from adapters import reachings, strangers
from adapters.addresses import Allowed
from adapters.contract import Ambiguous, Endpoint, Failure, Message, Misconfigured, Refused, Response
from adapters.sendings import Sent, Wire
from tests.adapters.examples import message, soap_endpoint
from tests.adapters.signing import party

US = party("us")
KEYS = {"token": "right", "hook": "whsec_cmlnaHQ=", "word": "pass-word", "key": US.key, "own": "theirs"}
BEARER = {"auth": {"kind": "bearer", "secret": "token"}}
SIGNATURE = {"signature": {"key": "key", "certificate": US.certificate}}


def rest(**settings: Any) -> Wire:
    return Wire(Endpoint("r", "rest", "https://r.example/in", settings, digest=repr(settings)), KEYS)


def made(wire: Wire) -> dict[str, strangers.Stranger]:
    return {each.what: each for each in strangers.strangers(wire, message)}


def test_a_bearer_token_is_left_out_and_made_false() -> None:
    found = made(rest(**BEARER))
    assert list(found) == ["without `auth`", "with a false `auth`"]
    assert "Authorization" not in found["without `auth`"].request.headers
    assert found["with a false `auth`"].request.headers["Authorization"] not in {"", "Bearer right"}


def test_each_proof_is_false_alone_while_the_others_hold() -> None:
    found = made(rest(**BEARER, signing="hook"))
    assert len(found) == 4
    false = found["with a false `signing`"].request.headers
    assert false["Authorization"] == "Bearer right"
    assert false["webhook-signature"].startswith("v1,")
    assert "webhook-signature" not in found["without `signing`"].request.headers
    assert "webhook-signature" in found["without `auth`"].request.headers


def test_a_user_name_over_soap_is_left_out_and_its_password_made_false() -> None:
    security = {"username": "tuo", "secret": "word", "type": "text"}
    found = made(Wire(soap_endpoint("document, SOAP 1.1", security=security), KEYS))
    assert b"Security" not in found["without `security`"].request.body
    false = found["with a false `security`"].request.body
    assert b"Security" in false
    assert b"pass-word" not in false


def test_a_signature_over_soap_is_left_out_and_cannot_be_made_false() -> None:
    found = made(Wire(soap_endpoint("document, SOAP 1.1", security=SIGNATURE), KEYS))
    assert list(found) == ["without `security`"]


def test_a_secret_that_a_product_calls_as_it_likes_is_made_false() -> None:
    place = Endpoint("r", "shelfmark", "https://r.example/in", {"authority": "NM", "key": "own"})
    assert list(made(Wire(place, KEYS))) == ["with a false `key`"]


def test_a_route_that_proves_nothing_has_no_strangers() -> None:
    assert strangers.proofs(rest()) == []


def answered(status: int, failure: Failure | None) -> Sent:
    return Sent(failure=failure, response=Response(status, {}, b""))


@pytest.mark.parametrize(
    ("what", "sent", "is_refused"),
    [
        ("without `auth`", answered(202, None), False),
        ("without `auth`", answered(401, Misconfigured("http-401", status=401)), True),
        ("without `auth`", answered(403, Misconfigured("http-403", status=403)), True),
        ("without `auth`", answered(404, Misconfigured("http-404", status=404)), False),
        ("without `auth`", answered(400, Refused("http-400", status=400)), False),
        ("without `auth`", answered(500, Ambiguous("http-500", status=500)), False),
        ("without `auth`", answered(500, Misconfigured("fault-FailedAuthentication", status=500)), True),
        ("without `auth`", answered(500, Refused("fault-Client", status=500)), False),
        ("without `auth`", Sent(failure=Ambiguous("connection-lost")), False),
        ("without `tls`", Sent(failure=Ambiguous("connection-lost")), True),
        ("without `tls`", Sent(failure=Misconfigured("tls-client-refused")), True),
    ],
)
def test_only_a_word_about_who_it_is_counts_as_a_refusal(what: str, sent: Sent, is_refused: bool) -> None:  # noqa: FBT001
    (stranger, *_) = made(rest(**BEARER)).values()
    told = strangers.Stranger(what, stranger.request, stranger.asked)
    assert strangers.is_refused(sent, told) is is_refused


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://127.0.0.1/in", "address-not-public"),
        ("https://169.254.169.254/in", "address-not-public"),
        ("https://elsewhere.example/in", "host-not-allowed"),
        ("ftp://127.0.0.1/in", "address-scheme"),
    ],
)
def test_nobody_is_looked_at_who_may_not_be_sent_to(url: str, code: str) -> None:
    allowed = Allowed(frozenset({"127.0.0.1", "169.254.169.254"}))
    with pytest.raises(Misconfigured, match=code):
        reachings.reach(url, allowed, tls=None, seconds=1)


def test_a_stranger_speaks_of_another_message_each_time() -> None:
    count = iter(range(9))

    def another() -> Message:
        return Message(f"7e57-{next(count)}", "death", "notify", "TEST", 1, "2026-01-20T09:30:00Z", {})

    found = list(strangers.strangers(rest(**BEARER, signing="hook"), another))
    assert len({each.asked.message_id for each in found}) == len(found) == 4
