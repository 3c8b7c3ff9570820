"""Access tokens over real sockets: fetched once, renewed in time, once more after a 401, and never written anywhere."""

import logging
import queue
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters import egress, rest, tokens
from adapters.contract import Failure, Misconfigured, Request, Throttled, Transient
from tests.adapters.examples import endpoint, message
from tests.adapters.issuers import Issuer, issuing
from tests.adapters.peers import LOOPBACK, PATIENT
from tests.adapters.test_webhooks import NOW
from tests.simulator.peers import eventually


@pytest.fixture
def way_out() -> Iterator[egress.Egress]:
    out = egress.Egress()
    yield out
    out.close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


def begin(way_out: egress.Egress, *requests: Request, **limits: Any) -> queue.SimpleQueue[egress.Reply]:
    replies: queue.SimpleQueue[egress.Reply] = queue.SimpleQueue()
    batch = [egress.Exchange(n, request, LOOPBACK) for n, request in enumerate(requests)]
    way_out.send(batch, replies=replies, limits=replace(PATIENT, in_flight=50, **limits))
    return replies


def ends(way_out: egress.Egress, *requests: Request, **limits: Any) -> list[int | Failure]:
    """Send these, and give for each its status or its failure."""
    replies = begin(way_out, *requests, **limits)
    return [end(replies.get(timeout=90)) for _ in requests]


def end(reply: egress.Reply) -> int | Failure:
    if reply.response is None:
        assert reply.failure is not None
        return reply.failure
    return reply.response.status


def test_a_route_says_how_a_token_is_had(issuer: Issuer, way_out: egress.Egress) -> None:
    auth = {"kind": "oauth2", "token_url": f"{issuer.url}/token", "client_id": "tuo", "secret": "k", "scope": "tell"}
    place = replace(endpoint("rest", {"auth": auth}), address=f"{issuer.url}/in")
    request = rest.seal(rest.encode(message(), place), place, at=NOW, nonce="n", keys={"k": "s3cret"})
    assert request.token == issuer.demand(scope="tell")
    assert ends(way_out, request) == [202]
    assert issuer.taken == ["Bearer token-1"]


def test_a_token_is_fetched_once_for_many_at_once_and_kept(issuer: Issuer, way_out: egress.Egress) -> None:
    issuer.gives.clear()
    replies = begin(way_out, *[issuer.request()] * 20)
    eventually(lambda: issuer.asked)
    issuer.gives.set()
    assert [end(replies.get(timeout=90)) for _ in range(20)] == [202] * 20
    assert ends(way_out, issuer.request()) == [202]
    assert len(issuer.asked) == 1


def test_each_demand_has_its_own_token(issuer: Issuer, way_out: egress.Egress) -> None:
    """F28: a rotated secret is another demand."""
    for changed in ({}, {"scope": "other"}, {"client_id": "other"}, {"secret": "rotated"}, {}):
        assert ends(way_out, issuer.request(**changed)) == [202]
    assert len(issuer.asked) == 4


def test_a_token_is_renewed_before_it_runs_out(
    issuer: Issuer, way_out: egress.Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.seconds = 100
    assert ends(way_out, issuer.request()) == [202]
    later = time.monotonic() + 79
    monkeypatch.setattr(tokens, "monotonic", lambda: later)
    assert ends(way_out, issuer.request()) == [202]
    assert len(issuer.asked) == 1
    monkeypatch.setattr(tokens, "monotonic", lambda: later + 2)
    assert ends(way_out, issuer.request()) == [202]
    assert len(issuer.asked) == 2


def test_a_token_that_counts_no_more_is_renewed_once_within_the_same_try(
    issuer: Issuer, way_out: egress.Egress
) -> None:
    assert ends(way_out, issuer.request()) == [202]
    issuer.revoke()
    assert ends(way_out, *[issuer.request()] * 5) == [202] * 5
    assert len(issuer.asked) == 2
    assert issuer.taken == ["Bearer token-1"] + ["Bearer token-2"] * 5


def test_whoever_refuses_a_new_token_is_not_asked_again_and_again(issuer: Issuer, way_out: egress.Egress) -> None:
    issuer.seconds = 1000
    assert ends(way_out, issuer.request()) == [202]
    issuer.counting = frozenset()  # type: ignore[assignment]
    issuer.says = (200, {}, b'{"access_token": "of-no-use", "token_type": "Bearer", "expires_in": 3600}')
    assert ends(way_out, issuer.request()) == [401]
    assert (len(issuer.asked), len(issuer.turned_away)) == (2, 2)


def test_a_token_that_was_new_and_is_refused_is_not_asked_for_again(issuer: Issuer, way_out: egress.Egress) -> None:
    issuer.says = (200, {}, b'{"access_token": "of-no-use", "token_type": "Bearer", "expires_in": 3600}')
    assert ends(way_out, issuer.request()) == [401]
    assert (len(issuer.asked), len(issuer.turned_away)) == (1, 1)


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        ((400, {}, b'{"error": "invalid_client"}'), Misconfigured, "token-invalid-client"),
        ((503, {}, b""), Transient, "token-http-503"),
        ((429, {"Retry-After": "7"}, b""), Throttled, "token-http-429"),
        ((307, {"Location": "/elsewhere"}, b""), Misconfigured, "token-redirected"),
        ((200, {}, b"<html>"), Transient, "token-malformed"),
        ((200, {"Content-Encoding": "gzip"}, b"x"), Transient, "token-reply-truncated"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_a_token_nothing_is_sent(
    issuer: Issuer, way_out: egress.Egress, says: Any, kind: type[Failure], code: str
) -> None:
    issuer.says = says
    for ended in ends(way_out, *[issuer.request()] * 3):
        assert (type(ended), str(ended)) == (kind, code)
    assert (issuer.taken, issuer.turned_away) == ([], [])
    assert len(issuer.asked) == 1


def test_a_failure_is_asked_about_again_after_a_while(
    issuer: Issuer, way_out: egress.Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.says = (503, {}, b"")
    assert str(ends(way_out, issuer.request())[0]) == "token-http-503"
    issuer.says = None
    assert str(ends(way_out, issuer.request())[0]) == "token-http-503"
    later = time.monotonic() + tokens.FAILED_FOR
    monkeypatch.setattr(tokens, "monotonic", lambda: later)
    assert ends(way_out, issuer.request()) == [202]


@pytest.mark.parametrize(
    ("url", "kind", "code"),
    [
        ("http://127.0.0.1:9/token", Transient, "token-connect-refused"),
        ("http://elsewhere.example/token", Misconfigured, "token-host-not-allowed"),
        ("http://169.254.169.254/token", Misconfigured, "token-host-not-allowed"),
        ("http://user@127.0.0.1:9/token", Misconfigured, "token-address-userinfo"),
    ],
)
def test_a_token_is_fetched_under_the_same_rules_as_anything(
    issuer: Issuer, way_out: egress.Egress, url: str, kind: type[Failure], code: str
) -> None:
    (ended,) = ends(way_out, issuer.request(url=url))
    assert (type(ended), str(ended)) == (kind, code)
    assert issuer.turned_away == []


def test_a_token_that_does_not_come_ends_with_the_deadline_and_nothing_was_sent(
    issuer: Issuer, way_out: egress.Egress
) -> None:
    """F17: accepts and never answers; the message itself was never on the way."""
    issuer.gives.clear()
    for ended in ends(way_out, *[issuer.request()] * 3, total_for=0.5):
        assert (type(ended), str(ended)) == (Transient, "token-reply-deadline")
    assert issuer.turned_away == []


def test_closing_while_a_token_is_fetched_has_sent_nothing(issuer: Issuer) -> None:
    out = egress.Egress()
    issuer.gives.clear()
    replies = begin(out, *[issuer.request()] * 2)
    eventually(lambda: issuer.asked)
    out.close()
    ended = [end(replies.get(timeout=90)) for _ in range(2)]
    assert {(type(each), str(each)) for each in ended} == {(Transient, "egress-closed")}
    assert issuer.turned_away == []


def test_no_token_and_no_secret_is_logged_or_printed(
    issuer: Issuer, way_out: egress.Egress, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert ends(way_out, issuer.request(method="client_secret_post")) == [202]
        issuer.says = (400, {}, b'{"error": "invalid_client", "error_description": "s3cret"}')
        failed = ends(way_out, issuer.request(method="client_secret_post", scope="x"))
    printed = caplog.text + repr(issuer.request()) + repr(issuer.demand()) + repr(failed)
    assert "token-1" not in printed
    assert "s3cret" not in printed
