"""F16 and F19: names that do not resolve, or slowly, or to where nothing may go; and addresses in disguise.

The resolver is the test's own, the sockets are real: the books of the server behind them show who connected.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters import addresses, egress, pools
from adapters.contract import Misconfigured, Transient
from adapters.simulator.hostile import Hostile
from tests.adapters.hostiles import playing
from tests.adapters.peers import LOOPBACK, PATIENT, ask

HOST = "northmoor.example"
PUBLIC_ONLY = egress.Allowed(frozenset({HOST, "127.0.0.1"}))
NEAR = replace(LOOPBACK, hosts=LOOPBACK.hosts | {HOST})


@pytest.fixture
def there() -> Iterator[Hostile]:
    with playing() as server:
        yield server


def answering(*answers: list[str]) -> addresses.Resolve:
    """Resolve to one answer after the other, the last of them for ever."""
    left = list(answers)

    async def resolve(_host: str, port: int, _family: socket.AddressFamily) -> list[Any]:
        given = left.pop(0) if len(left) > 1 else left[0]
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(families[ipaddress.ip_address(ip).version], 1, 6, "", (ip, port)) for ip in given]

    return resolve


@contextlib.contextmanager
def going_out(resolve: addresses.Resolve | None = None) -> Iterator[egress.Egress]:
    out = egress.Egress(resolve=resolve)
    try:
        yield out
    finally:
        out.close()


def test_a_name_that_resolves_where_we_may_go_is_reached(there: Hostile) -> None:
    with going_out(answering(["127.0.0.1"])) as out:
        assert ask(out, there.url("ok", host=HOST), allowed=NEAR)[0].response
    assert f"Host: {HOST}:{there.port}" in there.heard[0].head


def test_an_unknown_host_is_tried_again_later() -> None:
    """F16: unknown host; `.invalid` never resolves (RFC 6761, 6.4)."""
    allowed = egress.Allowed(frozenset({"nobody.invalid"}))
    with going_out() as out:
        (answer,) = ask(out, "https://nobody.invalid/in", allowed=allowed)
    assert (type(answer.failure), str(answer.failure)) == (Transient, "dns-failed")


def test_a_name_that_resolves_slowly_is_given_up_and_holds_up_nobody(there: Hostile) -> None:
    """F16: slow DNS."""

    async def resolve(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
        if host == HOST:
            await asyncio.Event().wait()
        return await answering(["127.0.0.1"])(host, port, family)

    with going_out(resolve) as out:
        url = there.url("ok", host=HOST)
        slow = ask(out, url, allowed=NEAR, times=9, limits=replace(PATIENT, connect_for=0.3))
        assert ask(out, there.url("ok", host="localhost"))[0].response
    assert {(type(each.failure), str(each.failure)) for each in slow} == {(Transient, "connect-timeout")}
    assert [heard.way for heard in there.heard] == ["ok"]


@pytest.mark.parametrize(
    "limits", [replace(PATIENT, connect_for=0.3), replace(PATIENT, total_for=0.3)], ids=["", "all"]
)
def test_a_black_hole_is_given_up_within_the_time_to_connect(limits: egress.Limits) -> None:
    """F16: black hole; nobody takes what is in the backlog, and nothing more fits into it.

    Where all has to be over before the time to connect is, it is just as certain that nothing was sent.
    """
    with socket.socket() as deaf, contextlib.ExitStack() as crowd:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            one = crowd.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with going_out() as out:
            (answer,) = ask(out, url, limits=limits)
    assert (type(answer.failure), str(answer.failure)) == (Transient, "connect-timeout")
    assert answer.seconds < PATIENT.first_byte_for


def test_nobody_listening_is_a_refusal_that_passes() -> None:
    """F16: refused."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with going_out() as out:
        (answer,) = ask(out, f"http://127.0.0.1:{port}/")
    assert (type(answer.failure), str(answer.failure)) == (Transient, "connect-refused")


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::7f00:1"],
        [str(ipaddress.IPv4Address(0))],
        ["::"],
        ["169.254.169.254"],
        ["10.0.0.7"],
        ["203.0.113.9", "127.0.0.1"],
    ],
    ids=" ".join,
)
def test_a_name_that_leads_inside_is_never_connected_to(there: Hostile, answer: list[str]) -> None:
    """F19: IPv4-mapped IPv6, 0.0.0.0, and one private address among public ones."""
    with going_out(answering(answer)) as out:
        (told,) = ask(out, there.url("ok", host=HOST), allowed=PUBLIC_ONLY)
    assert (type(told.failure), str(told.failure)) == (Misconfigured, "address-not-public")
    assert there.connections == 0


@pytest.mark.parametrize(("kept_for", "then"), [(10, "connection-lost"), (0, "address-not-public")])
def test_a_name_that_leads_elsewhere_the_second_time_is_not_followed(
    there: Hostile, monkeypatch: pytest.MonkeyPatch, kept_for: int, then: str
) -> None:
    """F19: DNS rebinding; it is connected to what was checked, and what is resolved anew is checked anew."""
    monkeypatch.setattr(pools, "NAMES_KEPT_FOR", kept_for)
    with going_out(answering(["127.0.0.1"], ["169.254.169.254"])) as out:
        url = there.url("closes", host=HOST)
        codes = [str(ask(out, url, allowed=NEAR)[0].failure) for _ in range(2)]
    assert codes == ["connection-lost", then]
    assert len(there.heard) == there.connections == codes.count("connection-lost")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://2130706433:{port}/ok", "address-malformed"),
        ("http://0x7f000001:{port}/ok", "address-malformed"),
        ("http://0177.0.0.1:{port}/ok", "address-malformed"),
        ("http://127.1:{port}/ok", "address-malformed"),
        ("http://0:{port}/ok", "address-malformed"),
        ("http://user:word@127.0.0.1:{port}/ok", "address-userinfo"),
        ("http://northmoor.example@127.0.0.1:{port}/ok", "address-userinfo"),
        ("http://127.0.0.1:{port}\\@northmoor.example/ok", "address-malformed"),
        ("http://[::ffff:127.0.0.1]:{port}/ok", "address-not-public"),
        ("http://[::]:{port}/ok", "address-not-public"),
        ("http://127.0.0.1:{port}/ok", "address-not-public"),
    ],
)
def test_an_address_in_disguise_is_never_connected_to(there: Hostile, address: str, code: str) -> None:
    """F19: decimal address, userinfo in the URL, IPv4-mapped IPv6; even where the catalogue names that very host."""
    hosts = {"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "127.0.0.1", "::ffff:7f00:1", "::", HOST}
    with going_out() as out:
        (told,) = ask(out, address.format(port=there.port), allowed=egress.Allowed(frozenset(hosts)))
    assert (type(told.failure), str(told.failure)) == (Misconfigured, code)
    assert there.connections == 0
