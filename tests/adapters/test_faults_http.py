"""F15, F17 and F18 over real sockets: whatever a recipient's HTTP does has its class, and costs next to nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters import egress, rest
from adapters.contract import Ambiguous, Failure, Misconfigured, Receipt, Refused, Throttled, Transient
from adapters.simulator import ways
from adapters.simulator.hostile import Hostile
from tests.adapters.examples import endpoint
from tests.adapters.hostiles import playing
from tests.adapters.peers import PATIENT, ask
from tests.simulator.peers import eventually

DAY = 86_400.0
SEVENTH = "Sun, 07 Feb 2027 10:00:07 GMT"
DATE = "Sun, 07 Feb 2027 10:00:00 GMT"


@pytest.fixture(scope="module")
def way_out() -> Iterator[egress.Egress]:
    out = egress.Egress()
    yield out
    out.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Hostile]:
    with playing() as server:
        yield server


@pytest.fixture
def there(shared: Hostile) -> Hostile:
    """Give the server with empty books."""
    shared.heard.clear()
    shared.connections = 0
    return shared


def judged(way_out: egress.Egress, url: str) -> Receipt | Failure:
    """Ask, and have the adapter judge what came."""
    (answer,) = ask(way_out, url)
    if answer.response is None:
        assert answer.failure is not None
        return answer.failure
    try:
        return rest.decode(answer.response, endpoint("rest", {}))
    except Failure as failure:
        return failure


@pytest.mark.parametrize(
    ("said", "kind", "wait"),
    [
        ({"code": 500}, Ambiguous, None),
        ({"code": 502}, Ambiguous, None),
        ({"code": 504}, Ambiguous, None),
        ({"code": 503}, Transient, None),
        ({"code": 503, "retry-after": "7"}, Throttled, 7.0),
        ({"code": 503, "retry-after": SEVENTH, "date": DATE}, Throttled, 7.0),
        ({"code": 503, "retry-after": "-7"}, Transient, None),
        ({"code": 429}, Throttled, None),
        ({"code": 429, "retry-after": "7"}, Throttled, 7.0),
        ({"code": 429, "retry-after": SEVENTH, "date": DATE}, Throttled, 7.0),
        ({"code": 429, "retry-after": DATE, "date": SEVENTH}, Throttled, None),
        ({"code": 429, "retry-after": "9" * 500}, Throttled, DAY),
        ({"code": 429, "retry-after": "Sun, 07 Feb 9999 10:00:00 GMT", "date": DATE}, Throttled, DAY),
        ({"code": 429, "retry-after": "-1"}, Throttled, None),
        ({"code": 429, "retry-after": "soon"}, Throttled, None),
        ({"code": 429, "retry-after": "1e9"}, Throttled, None),
        ({"code": 408}, Transient, None),
        ({"code": 409}, Refused, None),
        ({"code": 401}, Misconfigured, None),
        ({"code": 403}, Misconfigured, None),
        ({"code": 404}, Misconfigured, None),
        ({"code": 410}, Misconfigured, None),
        ({"code": 400}, Refused, None),
        ({"code": 413}, Refused, None),
        ({"code": 415}, Refused, None),
    ],
    ids=lambda value: " ".join(map(str, value.values()))[:40] if isinstance(value, dict) else "",
)
def test_a_status_has_its_class_and_a_wish_for_time_is_understood(
    way_out: egress.Egress, there: Hostile, said: dict[str, Any], kind: type[Failure], wait: float | None
) -> None:
    """F15: each status, with Retry-After in seconds, as a date, absurd and negative."""
    failed = judged(way_out, there.url(f"status?{urlencode(said)}"))
    assert (type(failed), str(failed)) == (kind, f"http-{said['code']}")
    assert getattr(failed, "retry_after", None) == wait


def test_a_conflict_that_says_so_is_a_duplicate(way_out: egress.Egress, there: Hostile) -> None:
    """F15: 409 duplicate."""
    url = there.url("status?" + urlencode({"code": 409, "body": "Already received."}))
    assert judged(way_out, url) == Receipt(duplicate=True)


# Each limit is short where it is what ends the conversation, and far off where it is not.
ENDED_BY = {
    "reply-timeout": replace(PATIENT, first_byte_for=0.5),
    "reply-deadline": replace(PATIENT, total_for=1),
}
NO_REPLY = {
    "silent": "reply-timeout",
    "slow-head": "reply-deadline",
    "slow-body": "reply-deadline",
    "continues": "reply-deadline",
    "stops-in-body": "reply-timeout",
    "closes": "connection-lost",
    "resets": "connection-lost",
    "resets-after-head": "reply-truncated",
    "half-a-head": "connection-lost",
    "announces-gigabyte": "reply-too-large",
    "gigabyte": "reply-too-large",
    "endless-chunks": "reply-too-large",
    "tiny-chunks": "reply-too-large",
    "gzip-bomb": "reply-too-large",
    "deflate-bomb": "reply-too-large",
    "header-flood": "reply-malformed",
    "giant-header": "reply-malformed",
    "length-too-long": "reply-truncated",
    "length-too-short": "reply-malformed",
    "length-twice": "reply-malformed",
    "length-negative": "reply-malformed",
    "length-and-chunks": "reply-malformed",
    "bad-chunks": "reply-malformed",
    "negative-chunk": "reply-malformed",
    "half-a-chunk": "reply-truncated",
    "half-a-gzip": "reply-truncated",
    "no-gzip": "reply-encoded",
    "not-http": "reply-malformed",
}


@pytest.mark.parametrize("way", NO_REPLY)
def test_after_the_bytes_went_whatever_is_no_whole_reply_is_ambiguous(
    way_out: egress.Egress, there: Hostile, way: str
) -> None:
    """F16: reset after headers. F17: silence, slowness, size, and lies about where a reply ends."""
    (answer,) = ask(way_out, there.url(way), limits=ENDED_BY.get(NO_REPLY[way], PATIENT))
    assert (type(answer.failure), str(answer.failure)) == (Ambiguous, NO_REPLY[way])
    assert [heard.way for heard in there.heard] == [way]


def test_every_way_of_the_hostile_server_is_tried() -> None:
    harmless = {"ok", "status", "cookie", "second-reply"}
    assert ways.WAYS.keys() == NO_REPLY.keys() | harmless


def test_bytes_that_come_are_counted_also_where_they_are_cut(way_out: egress.Egress, there: Hostile) -> None:
    whole, cut = (ask(way_out, there.url(way))[0].received for way in ("ok", "endless-chunks"))
    assert whole == len(ways.JSON)
    assert 1024**2 < cut < 2 * 1024**2


@pytest.fixture
def fresh() -> Iterator[egress.Egress]:
    """Give a way out that keeps no connection yet."""
    out = egress.Egress()
    yield out
    out.close()


def test_what_nobody_asked_for_is_not_taken_for_the_answer_to_the_next(fresh: egress.Egress, there: Hostile) -> None:
    """F17: what stays on a kept connection would count for another message, which may be of somebody else."""
    assert ask(fresh, there.url("second-reply"))[0].response
    eventually(lambda: is_idle_with_more(fresh, there))
    (answer,) = ask(fresh, there.url("ok"))
    assert answer.response is not None
    assert (answer.response.status, answer.response.body) == (200, ways.JSON)
    assert there.connections == 2


def test_no_connection_is_taken_again_before_a_second_answer_would_have_come(
    fresh: egress.Egress, there: Hostile
) -> None:
    """F20: the same answer twice, the second while the next message is on its way."""
    assert ask(fresh, there.url("second-reply"))[0].response
    (answer,) = ask(fresh, there.url("ok"))
    assert answer.response is not None
    assert (answer.response.status, answer.response.body) == (200, ways.JSON)


def is_idle_with_more(way_out: egress.Egress, there: Hostile) -> bool:
    """Whether no connection to it is kept, or all that are have heard what nobody asked for."""
    pools = [pool for (target, _), pool in way_out._pools._pools.items() if target.port == there.port]
    kept = [each for pool in pools for queue in pool.session.connector._conns.values() for each, _ in queue]  # type: ignore[union-attr]
    return all(each.should_close for each in kept)


def test_no_cookie_comes_back(way_out: egress.Egress, there: Hostile) -> None:
    for way in ("cookie", "ok"):
        assert ask(way_out, there.url(way))[0].response
    assert "cookie" not in there.heard[1].head.lower()


REDIRECTS = {
    "itself": "/ok",
    "another host": "http://localhost:{port}/ok",
    "a metadata address": "http://169.254.169.254/latest/meta-data/",
    "plain http": "http://127.0.0.1:{port}/ok",
    "a file": "file:///etc/passwd",
    "nowhere": "",
}


@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize("where", REDIRECTS)
def test_not_a_byte_follows_a_redirect(way_out: egress.Egress, there: Hostile, code: int, where: str) -> None:
    """F18: the books of whoever is pointed at stay empty."""
    with playing() as elsewhere:
        target = REDIRECTS[where].format(port=elsewhere.port)
        (answer,) = ask(way_out, there.url("status?" + urlencode({"code": code, "location": target})))
        assert (elsewhere.heard, elsewhere.connections) == ([], 0)
    assert (type(answer.failure), str(answer.failure)) == (Misconfigured, "redirected")
    assert [heard.way for heard in there.heard] == ["status"]


GREEDY = ["announces-gigabyte", "gigabyte", "endless-chunks", "tiny-chunks", "gzip-bomb", "deflate-bomb"]
# Memory is the child's alone: nothing of the server or of the other tests is in it.
CHILD = """
import json, resource, sys
from adapters import egress
from tests.adapters.peers import PATIENT, ask
ways, out = json.loads(sys.argv[1]), egress.Egress()
def grown():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ask(out, ways.pop(0))
before = grown()
codes = [str(answer.failure) for url in ways for answer in ask(out, url, times=4, limits=PATIENT)]
out.close()
print(json.dumps({"codes": codes, "kilobytes": grown() - before}))
"""


def test_gigabytes_and_bombs_cost_less_than_fifty_megabytes(there: Hostile) -> None:
    """F17: a 1 GB body and a gzip bomb, four at a time, by the peak of a process's memory."""
    urls = json.dumps([there.url(way) for way in ["ok", *GREEDY]])
    child = subprocess.run([sys.executable, "-c", CHILD, urls], check=True, capture_output=True, timeout=120)
    told = json.loads(child.stdout)
    assert set(told["codes"]) == {"reply-too-large"}
    assert len(told["codes"]) == 4 * len(GREEDY)
    assert told["kilobytes"] < 50 * 1024
