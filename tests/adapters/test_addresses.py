"""Where requests may go: each row is a way that somebody has used to reach what he should not (F19)."""

import asyncio
import ipaddress
from typing import Any

import pytest
from aiohttp import abc

from adapters import addresses
from adapters.contract import Failure, Misconfigured, Transient

EVERYWHERE = str(ipaddress.IPv4Address(0))
PUBLIC = addresses.Allowed(frozenset({"example.org", "127.0.0.1", "::1", "2130706433", "0x7f.1", "8.8.8.8", "[::1]"}))
LAX = addresses.Allowed(PUBLIC.hosts | {"169.254.169.254", EVERYWHERE, "::ffff:169.254.169.254"},
                        (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))  # fmt: skip


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://elsewhere.example/", "host-not-allowed"),
        ("https://example.org.elsewhere.example/", "host-not-allowed"),
        ("https://example.org./", "host-not-allowed"),
        ("https://sub.example.org/", "host-not-allowed"),
        ("https://example.org@elsewhere.example/", "address-userinfo"),
        ("https://user:word@example.org/", "address-userinfo"),
        ("https://@example.org/", "address-userinfo"),
        ("https://elsewhere.example\\@example.org/", "address-malformed"),
        ("https://example.org/#part", "address-malformed"),
        ("https://example.org:99999/", "address-malformed"),
        ("https://exam ple.org/", "address-malformed"),
        ("https://example.org/\r\nX: y", "address-malformed"),
        ("https://\u0435xample.org/", "address-malformed"),
        ("https://[::1/", "address-malformed"),
        ("file:///etc/passwd", "address-scheme"),
        ("gopher://example.org/", "address-scheme"),
        ("example.org/in", "address-scheme"),
        ("", "address-scheme"),
        ("https://127.0.0.1/", "address-not-public"),
        ("https://[::1]/", "address-not-public"),
        ("https://2130706433/", "address-malformed"),
        ("https://0x7f.1/", "address-malformed"),
        ("http://8.8.8.8/", "plain-http"),
    ],
)
def test_an_address_that_must_not_be_reached_is_refused_before_any_name_is_resolved(url: str, code: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        addresses.target(url, PUBLIC)
    assert refused.value.code == code


def test_an_allowed_host_is_a_target_with_its_port() -> None:
    assert addresses.target("https://Example.org/in?x=1", PUBLIC).host == "example.org"
    assert addresses.target("https://example.org:8443/in", PUBLIC).port == 8443
    assert addresses.target("https://example.org/in", PUBLIC).port == 443


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", EVERYWHERE,
        "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.0.2.1", "::", "::1", "fe80::1", "fec0::1", "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        addresses.check(address, addresses.target("https://example.org/", PUBLIC))
    assert refused.value.code == "address-not-public"


@pytest.mark.parametrize(
    "address", ["169.254.169.254", EVERYWHERE, "fe80::1", "::ffff:169.254.169.254", "224.0.0.1", "fec0::1"]
)
def test_a_metadata_or_otherwise_odd_address_is_refused_even_when_every_network_is_allowed(address: str) -> None:
    with pytest.raises(Misconfigured):
        addresses.check(address, addresses.target("https://example.org/", LAX))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"])
def test_a_public_address_is_allowed(address: str) -> None:
    addresses.check(address, addresses.target("https://example.org/", PUBLIC))


def test_plain_http_is_spoken_to_allowed_private_networks_only() -> None:
    near = addresses.Allowed(frozenset({"example.org"}), (ipaddress.ip_network("10.1.0.0/16"),))
    wanted = addresses.target("http://example.org/", near)
    addresses.check("10.1.2.3", wanted)
    addresses.check("::ffff:10.1.2.3", wanted)
    for address, code in (("10.2.0.1", "address-not-public"), ("93.184.216.34", "plain-http")):
        with pytest.raises(Misconfigured) as refused:
            addresses.check(address, wanted)
        assert refused.value.code == code


def resolved(answers: list[str] | Exception) -> list[abc.ResolveResult]:
    """Resolve example.org with the system's resolver replaced: the wire, not our code."""

    async def resolve() -> list[abc.ResolveResult]:
        async def answer(*_: Any, **__: Any) -> list[Any]:
            if isinstance(answers, Exception):
                raise answers
            return [(2, 1, 6, "", (address, 443)) for address in answers]

        asyncio.get_running_loop().getaddrinfo = answer  # type: ignore[method-assign]
        return await addresses.CheckedResolver(addresses.target("https://example.org/", PUBLIC)).resolve(
            "example.org", 443
        )

    return asyncio.run(resolve())


def test_a_name_is_pinned_to_the_addresses_that_were_checked() -> None:
    assert [found["host"] for found in resolved(["93.184.216.34", "93.184.216.35"])] == [
        "93.184.216.34",
        "93.184.216.35",
    ]


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(Misconfigured):
        resolved(["93.184.216.34", "127.0.0.1"])


@pytest.mark.parametrize("trouble", [OSError("no such host"), UnicodeError("label too long")])
def test_a_name_that_does_not_resolve_is_tried_again_later(trouble: Exception) -> None:
    with pytest.raises(Transient) as failed:
        resolved(trouble)
    assert failed.value.code == "dns-failed"
    assert isinstance(failed.value, Failure)
