"""Show people a request that would go, with everything left out by which somebody could pretend to be us."""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from adapters import envelopes
from adapters.contract import Request

MASK = "********"
SHORTEST = 4  # what is shorter is masked too where it has a place of its own, but not wherever it occurs
# Basic credentials and tokens are made of a secret, and a digest of a short password can be guessed.
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
PASSWORD = re.compile(rb"(<(?:[\w.-]+:)?Password\b[^>]*>)[^<]*(<)")


def shown(request: Request, *, keys: Mapping[str, str]) -> Iterator[str]:
    """Give it line by line: where it goes, its headers, its body."""
    yield f"{request.method} {_masked(request.url, keys)}"
    for name, value in request.headers.items():
        yield f"{name}: {MASK if name.lower() in SECRET_HEADERS else _masked(value, keys)}"
    if request.token is not None:
        yield f"Authorization: Bearer {MASK} (fetched from {request.token.url} first)"
    yield ""
    yield from _masked(_laid_out(request.body), keys).splitlines()


def _laid_out(body: bytes) -> str:
    """Indent what is XML; the bytes that would go have no such spaces."""
    masked = PASSWORD.sub(rb"\1" + MASK.encode() + rb"\2", body)
    try:
        root = envelopes.parse(masked)
    except envelopes.Unreadable:
        return masked.decode("utf-8", "replace")
    etree.indent(root)
    return str(etree.tostring(root, encoding="unicode"))


def _masked(text: str, keys: Mapping[str, str]) -> str:
    for secret in sorted(keys.values(), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
    return text
