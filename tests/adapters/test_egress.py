"""The egress against real sockets: what is sent, what never is, and the class of each failure (F16 to F18)."""

import gzip
import os
import queue
import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from adapters import egress, exchanges, pools
from adapters.contract import Ambiguous, Failure, Misconfigured, Request, Response, Transient
from tests.adapters.peers import LOOPBACK, PATIENT, Say, ask, peer, reply, says


@pytest.fixture(scope="module")
def way_out() -> Iterator[egress.Egress]:
    out = egress.Egress()
    yield out
    out.close()


def failure(way_out: egress.Egress, url: str, **more: Any) -> Failure:
    failed = ask(way_out, url, **more)[0].failure
    assert failed is not None
    return failed


def answered(way_out: egress.Egress, url: str) -> Response:
    reply = ask(way_out, url)[0].response
    assert reply is not None
    return reply


def test_a_reply_comes_back_whole_under_its_key(way_out: egress.Egress) -> None:
    with peer(says(reply(202, b"thanks", X_Odd="1"))) as there:
        (answer,) = ask(way_out, there.url)
    assert (answer.key, answer.failure) == (0, None)
    assert answer.response is not None
    assert (answer.response.status, answer.response.body, answer.response.headers["x-odd"]) == (202, b"thanks", "1")
    assert there.bodies == [b'{"name":"secret"}']
    assert 0 < answer.seconds < PATIENT.total_for


def test_each_request_carries_a_trace_context_of_its_own_and_asks_for_no_compression(way_out: egress.Egress) -> None:
    with peer(says(reply())) as there:
        ask(way_out, there.url, times=2)
    traces = re.findall(rb"(?im)^traceparent: (00-[0-9a-f]{32}-[0-9a-f]{16}-01)\r?$", b"\n".join(there.heads))
    assert len(set(traces)) == 2
    assert all(b"Accept-Encoding: identity" in head for head in there.heads)


def test_a_trace_context_that_the_adapter_set_is_kept(way_out: egress.Egress) -> None:
    with peer(says(reply())) as there:
        ask(way_out, there.url, headers={"Traceparent": "mine"})
    assert there.heads[0].lower().count(b"traceparent") == 1


def test_connections_are_kept_alive(way_out: egress.Egress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "LISTENED_FOR", 0.0)
    with peer(says(reply())) as there:
        for _ in range(3):
            ask(way_out, there.url)
    assert (there.connections, len(there.bodies)) == (1, 3)


def test_a_burst_costs_few_connections(way_out: egress.Egress, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is listened to for a while before it is taken again, and a process has only so many descriptors."""
    monkeypatch.setattr(pools, "LISTENED_TO", 8)
    with peer(says(reply())) as there:
        answers = ask(way_out, there.url, times=100, limits=replace(PATIENT, in_flight=4))
    assert all(answer.response for answer in answers)
    assert there.connections <= 8 + 4


def test_no_more_requests_are_in_flight_than_the_endpoint_takes(way_out: egress.Egress) -> None:
    with peer(together(3)) as there:
        answers = ask(way_out, there.url, times=18, limits=replace(PATIENT, in_flight=3))
    assert there.most_at_once == 3
    assert all(answer.response for answer in answers)


def test_endpoints_at_one_address_each_have_their_own_limit(way_out: egress.Egress) -> None:
    replies: queue.SimpleQueue[egress.Reply] = queue.SimpleQueue()
    with peer(together(2)) as there:
        batch = [egress.Exchange(n, Request(there.url, {}, b"x"), LOOPBACK, endpoint=str(n % 2)) for n in range(4)]
        way_out.send(batch, replies=replies, limits=replace(PATIENT, in_flight=1))
        assert all(replies.get(timeout=90).response for _ in batch)
    assert there.most_at_once == 2


def together(count: int) -> Say:
    """Reply when so many have asked, and never before."""
    gate = threading.Barrier(count, timeout=30)

    def say(connection: socket.socket) -> None:
        gate.wait()
        connection.sendall(reply())

    return say


def test_an_exchange_whose_turn_does_not_come_is_not_started(way_out: egress.Egress) -> None:
    limits = replace(PATIENT, in_flight=1, start_for=0.5)
    with peer(says(1.5, reply())) as there:
        answers = ask(way_out, there.url, times=3, limits=limits)
    late = [answer for answer in answers if answer.failure]
    assert [(type(answer.failure), str(answer.failure), answer.seconds) for answer in late] == [
        (Transient, "not-started", 0.0)
    ] * 2
    assert len(there.bodies) == 1


@pytest.mark.parametrize("status", [300, 303, 304, 399])
def test_any_other_redirect_is_none_either(way_out: egress.Egress, status: int) -> None:
    with peer(says(reply(status))) as there:
        failed = failure(way_out, there.url)
    assert (type(failed), failed.code, failed.status) == (Misconfigured, "redirected", status)


def test_a_proxy_in_the_environment_is_not_used(way_out: egress.Egress, monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(says(reply())) as proxy, peer(says(reply(200))) as there:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert answered(way_out, there.url).status == 200
    assert proxy.connections == 0


def test_a_host_that_is_not_allowed_is_never_connected_to(way_out: egress.Egress) -> None:
    with peer(says(reply())) as there:
        failed = failure(way_out, there.url, allowed=egress.Allowed(frozenset({"example.org"})))
        unlisted = failure(way_out, there.url, allowed=egress.Allowed(frozenset({"127.0.0.1"})))
    assert (failed.code, unlisted.code, there.connections) == ("host-not-allowed", "address-not-public", 0)


def test_a_kept_connection_does_not_outlive_its_permission(way_out: egress.Egress) -> None:
    with peer(says(reply())) as there:
        url = there.url.replace("127.0.0.1", "localhost")
        assert ask(way_out, url)[0].response
        failed = failure(way_out, url, allowed=egress.Allowed(frozenset({"localhost"})))
    assert (failed.code, there.connections) == ("address-not-public", 1)


SILENCE = 90.0


def test_a_reply_of_the_largest_size_is_read(way_out: egress.Egress) -> None:
    with peer(says(reply(200, b"x" * exchanges.REPLY_CAP))) as there:
        assert len(answered(way_out, there.url).body) == exchanges.REPLY_CAP


@pytest.mark.parametrize(("coding", "library"), [("gzip", gzip), ("deflate", zlib)], ids=["gzip", "deflate"])
def test_a_compressed_reply_within_the_cap_is_undone(way_out: egress.Egress, coding: str, library: Any) -> None:
    with peer(says(reply(200, library.compress(b'{"a":1}'), Content_Encoding=coding))) as there:
        assert answered(way_out, there.url).body == b'{"a":1}'


def test_a_header_with_a_line_break_is_not_sent(way_out: egress.Egress) -> None:
    with peer(says(reply())) as there:
        failed = failure(way_out, there.url, headers={"X-Key": "a\r\nX-Other: b"})
    assert (type(failed), failed.code, there.bodies) == (Misconfigured, "request-malformed", [])


def test_a_request_that_nobody_foresaw_is_answered_all_the_same(
    way_out: egress.Egress, caplog: pytest.LogCaptureFixture
) -> None:
    failed = failure(way_out, cast("str", None))
    assert (type(failed), failed.code) == (Ambiguous, "egress-AttributeError")
    assert caplog.messages == ["egress failed on AttributeError"]


def test_a_slow_endpoint_does_not_hold_up_another() -> None:
    out = egress.Egress()
    with peer(says(SILENCE)) as slow, peer(says(reply())) as quick:
        waiting: queue.SimpleQueue[egress.Reply] = queue.SimpleQueue()
        batch = [egress.Exchange(n, Request(slow.url, {}, b"x"), LOOPBACK) for n in range(50)]
        out.send(batch, replies=waiting, limits=replace(PATIENT, in_flight=50))
        assert all(answer.response for answer in ask(out, quick.url, times=20))
        assert waiting.empty()
        out.close()
    assert {str(waiting.get(timeout=90).failure) for _ in batch} == {"egress-closed"}


def test_closing_answers_what_is_under_way() -> None:
    out = egress.Egress()
    replies: queue.SimpleQueue[egress.Reply] = queue.SimpleQueue()
    with peer(says(SILENCE)) as there:
        batch = [egress.Exchange(n, Request(there.url, {}, b"x"), LOOPBACK) for n in range(2)]
        out.send(batch, replies=replies, limits=replace(PATIENT, in_flight=1))
        while not there.bodies:
            time.sleep(0.01)
        out.close()
        out.close()
    ends = {answer.key: answer.failure for answer in (replies.get(timeout=90), replies.get(timeout=90))}
    assert [type(ends[key]) for key in (0, 1)] == [Ambiguous, Transient]
    assert {str(end) for end in ends.values()} == {"egress-closed"}


def test_threads_share_one_egress_and_a_forked_child_starts_its_own() -> None:
    seen: list[egress.Egress] = []
    threads = [threading.Thread(target=lambda: seen.append(egress.Egress.shared())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in seen}) == 1
    with peer(says(reply())) as there:
        child = os.fork()
        if not child:
            fresh = egress.Egress.shared()
            is_well = fresh is not seen[0] and ask(fresh, there.url)[0].response is not None
            os._exit(0 if is_well else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert ask(seen[0], there.url)[0].response
    seen[0].close()
    egress.Egress._forget()


def test_many_at_once_to_a_new_origin_share_one_pool_while_others_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "RETIRED_AFTER", 0.0)
    out = egress.Egress()
    with peer(says(reply())) as first, peer(says(reply())) as second:
        for there in (first, second, first, second):
            assert all(
                answer.response for answer in ask(out, there.url, times=20, limits=replace(PATIENT, in_flight=20))
            )
            assert len(out._pools) == 1
    out.close()
