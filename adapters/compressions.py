"""Undo a compression that we did not ask for, within a cap: a bomb is cut off as it swells.

Sources: RFC 9110 section 8.4.1, RFC 1952 section 2.2 (a gzip file is a series of members), read November 2026.
"""

import zlib

from adapters.contract import Ambiguous

CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
# Whoever cuts a reply of a megabyte into more is up to something.
MOST_MEMBERS = 64
EITHER_WRAPPER = zlib.MAX_WBITS | 32


def undone(body: bytes, coding: str, *, most: int) -> bytes:
    """Return what was compressed, checked against the length and the sum that stand at its end.

    Raises Ambiguous: ``reply-encoded``, ``reply-truncated`` or ``reply-too-large``, once more than `most` bytes come.
    """
    coding = coding.strip().lower()
    if coding == "identity" or not body:
        return body
    if coding not in CODINGS:
        raise Ambiguous("reply-encoded")
    plain = bytearray()
    for _ in range(MOST_MEMBERS):
        member, body = _first_member(body, most=most - len(plain))
        plain += member
        if not body:
            return bytes(plain)
    raise Ambiguous("reply-encoded")


def _first_member(body: bytes, *, most: int) -> tuple[bytes, bytes]:
    unpacker = zlib.decompressobj(wbits=EITHER_WRAPPER)
    try:
        plain = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise Ambiguous("reply-encoded") from None
    if len(plain) > most:
        raise Ambiguous("reply-too-large")
    if not unpacker.eof:
        raise Ambiguous("reply-truncated")
    return plain, unpacker.unused_data
