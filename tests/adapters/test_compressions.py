"""A compression that nobody asked for is undone within the cap, or is no reply (F17)."""

import contextlib
import gzip
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import compressions
from adapters.contract import Ambiguous, Failure

MOST = 1000
PLAIN = b'{"a":1}' * 20
PACKED = gzip.compress(PLAIN)


@pytest.mark.parametrize(
    ("body", "coding", "expected"),
    [
        (PACKED, "gzip", PLAIN),
        (PACKED, " GZip ", PLAIN),
        (PACKED, "x-gzip", PLAIN),
        (zlib.compress(PLAIN), "deflate", PLAIN),
        (PLAIN, "identity", PLAIN),
        (b"", "gzip", b""),
        (gzip.compress(b"a") + gzip.compress(b"b"), "gzip", b"ab"),
        (gzip.compress(bytes(MOST)), "gzip", bytes(MOST)),
    ],
    ids=["gzip", "any case", "x-gzip", "deflate", "none", "empty", "two members", "as large as may be"],
)
def test_what_is_whole_is_undone(body: bytes, coding: str, expected: bytes) -> None:
    assert compressions.undone(body, coding, most=MOST) == expected


@pytest.mark.parametrize(
    ("body", "coding", "code"),
    [
        (gzip.compress(bytes(MOST + 1)), "gzip", "reply-too-large"),
        (gzip.compress(bytes(600)) + gzip.compress(bytes(600)), "gzip", "reply-too-large"),
        (gzip.compress(bytes(50_000_000)), "gzip", "reply-too-large"),
        (PACKED[:-5], "gzip", "reply-truncated"),
        (PACKED + PACKED[:9], "gzip", "reply-truncated"),
        (PACKED[:-4] + b"\x01\x00\x00\x00", "gzip", "reply-encoded"),
        (PACKED[:-8] + b"\x00\x00\x00\x00" + PACKED[-4:], "gzip", "reply-encoded"),
        (PACKED + b"and more", "gzip", "reply-encoded"),
        (gzip.compress(b"") * (compressions.MOST_MEMBERS + 1), "gzip", "reply-encoded"),
        (gzip.compress(PACKED), "gzip, gzip", "reply-encoded"),
        (PLAIN, "gzip", "reply-encoded"),
        (PLAIN, "br", "reply-encoded"),
        (PLAIN, "", "reply-encoded"),
    ],
    ids=[
        "one byte more", "members that are too much together", "a bomb", "cut off", "cut off in the second member",
        "another length at its end", "another sum at its end", "something behind it", "a thousand cuts",
        "compressed twice", "not compressed at all", "a coding that nobody knows", "none named",
    ],
)  # fmt: skip
def test_what_is_not_is_no_reply(body: bytes, coding: str, code: str) -> None:
    with pytest.raises(Ambiguous) as failed:
        compressions.undone(body, coding, most=MOST)
    assert failed.value.code == code


@given(st.binary(max_size=200) | st.just(PACKED), st.sampled_from(["gzip", "deflate"]), st.integers(0, 200))
def test_no_bytes_whatever_make_it_fail_otherwise(body: bytes, coding: str, cut: int) -> None:
    with contextlib.suppress(Failure):
        assert len(compressions.undone(body[:cut] + os.urandom(4) + body[cut:], coding, most=MOST)) <= MOST
