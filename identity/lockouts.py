"""Doors that close for a while after a few failures, alike for what exists and for what does not.

A try counts before anybody looks whether it is right, so that a hundred at once are a hundred tries. What was tried is
kept as a keyed digest. Times are the caller's, from the database's clock.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from identity import vault
from identity.models import Tries

SPEND = """
INSERT INTO identity_tries AS known (door, key, failures, last_at) VALUES (%(door)s, %(key)s, 1, %(at)s)
ON CONFLICT (door, key) DO UPDATE SET
    failures = CASE WHEN known.last_at <= %(since)s THEN 1 ELSE least(known.failures + 1, %(tries)s + 1) END,
    last_at = CASE WHEN known.last_at > %(since)s AND known.failures >= %(tries)s THEN known.last_at ELSE %(at)s END
RETURNING failures
"""
REFUND = """
UPDATE identity_tries SET failures = failures - 1 WHERE door = %(door)s AND key = %(key)s AND failures > 0
"""
IPV4_PREFIX, IPV6_PREFIX = 24, 56  # what one household or office is usually given


@dataclass(frozen=True, slots=True)
class Door:
    """How many failures close it for one who tries, and for how long after the last of them."""

    name: str
    tries: int
    closed_for: dt.timedelta = dt.timedelta(minutes=20)


def spend(door: Door, tried: str, *, at: dt.datetime) -> bool:
    """Count one try, and say whether the door was still open for it. Never within a transaction: it has to stay."""
    values: dict[str, Any] = {
        "door": door.name,
        "key": _key(door, tried),
        "at": at,
        "since": at - door.closed_for,
        "tries": door.tries,
    }
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SPEND, values)
        (failures,) = cursor.fetchone()
    return bool(failures <= door.tries)


def refund(door: Door, tried: str) -> None:
    """Take back one try that succeeded, and leave the failures before it: they may have been somebody else's."""
    with connection.cursor() as cursor:
        cursor.execute(REFUND, {"door": door.name, "key": _key(door, tried)})


def forgive(door: Door, tried: str) -> None:
    """Forget all tries at one thing, since whoever it belongs to has come in, or an operator says so."""
    Tries.objects.filter(door=door.name, key=_key(door, tried)).delete()


def forget(*, before: dt.datetime) -> int:
    """Delete what is older and closes no door any more; give how many."""
    return Tries.objects.filter(last_at__lt=before).delete()[0]


def neighbourhood(address: str) -> str:
    """Give the network of an address, /24 or /56: whoever has one address of it has them all."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    prefix = IPV4_PREFIX if found.version == 4 else IPV6_PREFIX  # noqa: PLR2004  the protocol's own number
    return str(ipaddress.ip_network((found, prefix), strict=False))


def _key(door: Door, tried: str) -> bytes:
    return vault.digest(f"tries {door.name}", tried.encode())
