"""Decide which hosts and addresses a request may go to, and pin a name to the address that was checked.

Guards against server-side request forgery: hosts are allow-listed, names are resolved here and nowhere else, and a
connection is only ever made to an address that has just been found public or explicitly allowed.
Sources: RFC 6890 (special-purpose addresses), RFC 6052 (NAT64), RFC 3056 (6to4), read November 2026.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yarl
from aiohttp import abc

from adapters.contract import Misconfigured, Transient

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# What `getaddrinfo` gives, by whoever resolves.
Resolve = Callable[[str, int, socket.AddressFamily], Awaitable[list[Any]]]

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where requests may go: hosts by name, and the networks that are private and yet allowed.

    Plain http is only spoken to those networks; the public internet is https or nothing.
    """

    hosts: frozenset[str]
    private_networks: tuple[IPNetwork, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One origin that was found to be allowed; pools of connections are kept by it."""

    scheme: str
    host: str
    port: int
    allowed: Allowed


EVERY_NETWORK = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
WRONG = {
    "address-malformed": "is no address; give one such as https://host.example/path, with nothing odd in it",
    "address-scheme": "is no address; give one that begins with https://",
    "address-userinfo": "has a user or a password in it; take them out and name a secret in `auth`",
    "address-not-public": "leads where nothing may go (link-local, or no host at all); give the recipient's own host",
}


def fault(address: str) -> str:
    """Say what is wrong with an address wherever it may lead, and what would be right; "" if nothing is."""
    try:
        host = (_parsed(address).raw_host or "").lower()
        found = target(address, Allowed(frozenset({host}), EVERY_NETWORK))
    except Misconfigured as wrong:
        return WRONG[wrong.code]
    return "" if found.host else WRONG["address-malformed"]


@lru_cache(maxsize=4096)
def target(address: str, allowed: Allowed) -> Target:
    """Check an address as far as that goes without resolving it.

    Raises Misconfigured: ``address-malformed``, ``address-scheme``, ``address-userinfo``, ``host-not-allowed``,
    ``address-not-public`` or ``plain-http``.
    """
    url = _parsed(address)
    if url.scheme not in DEFAULT_PORTS:
        raise Misconfigured("address-scheme")
    if "@" in _authority(address):
        raise Misconfigured("address-userinfo")
    host = (url.raw_host or "").lower()
    if host not in allowed.hosts:
        raise Misconfigured("host-not-allowed")
    found = Target(url.scheme, host, url.port or DEFAULT_PORTS[url.scheme], allowed)
    if _is_numeric(host):
        check(host, found)
    return found


def _parsed(address: str) -> yarl.URL:
    if not address.isascii() or not address.isprintable() or " " in address or "\\" in address:
        raise Misconfigured("address-malformed")
    try:
        url = yarl.URL(address)
        _ = url.port, url.raw_host
    except ValueError:
        raise Misconfigured("address-malformed") from None
    if url.raw_fragment:
        raise Misconfigured("address-malformed")
    return url


def _authority(address: str) -> str:
    """Cut it out of the text itself, as parsers disagree on odd ones."""
    return re.split(r"[/?]", address.partition("//")[2], maxsplit=1)[0]


def _is_numeric(host: str) -> bool:
    """Whether it is an address and not a name, in whatever spelling a resolver might take for one."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.startswith("0x")


def check(address: str, wanted: Target) -> None:
    """Check one resolved address.

    Raises Misconfigured: ``address-malformed``, ``address-not-public`` or ``plain-http``.
    """
    try:
        ip = _unwrapped(ipaddress.ip_address(address))
    except ValueError:
        # Decimal, octal and hexadecimal spellings end here: only the canonical one is an address.
        raise Misconfigured("address-malformed") from None
    if _is_never_allowed(ip):
        raise Misconfigured("address-not-public")
    if any(ip.version == network.version and ip in network for network in wanted.allowed.private_networks):
        return
    if not ip.is_global:
        raise Misconfigured("address-not-public")
    if wanted.scheme != "https":
        raise Misconfigured("plain-http")


def _unwrapped(ip: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip


def _is_never_allowed(ip: IPAddress) -> bool:
    """Whether no configuration may allow it: metadata services live on link-local addresses."""
    is_odd = ip.is_link_local or ip.is_unspecified or ip.is_multicast
    if isinstance(ip, ipaddress.IPv6Address):
        return is_odd or ip.is_site_local or (ip.is_reserved and not ip.is_loopback)
    return is_odd or ip.is_reserved


class CheckedResolver(abc.AbstractResolver):
    """Resolves the one host of a pool; aiohttp then connects to these addresses and to no others."""

    def __init__(self, wanted: Target, *, resolve: Resolve | None = None) -> None:
        self._wanted = wanted
        self._resolve = resolve or _by_the_system

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[abc.ResolveResult]:
        """Resolve and check: one address that is not allowed refuses them all, as a rebinding name has both kinds."""
        try:
            found = await self._resolve(host, port, family)
        except (OSError, UnicodeError):
            raise Transient("dns-failed") from None
        for *_, address in found:
            check(str(address[0]), self._wanted)
        return [
            abc.ResolveResult(hostname=host, host=str(a[0]), port=port, family=f, proto=p, flags=socket.AI_NUMERICHOST)
            for f, _, p, _, a in found
        ]

    async def close(self) -> None:
        """Nothing is held open."""


async def _by_the_system(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    return await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
