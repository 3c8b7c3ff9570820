"""Standard Webhooks: what we sign anybody can verify, and what anybody signs we verify, or refuse."""

import base64
import datetime as dt
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adapters import rest, webhooks
from adapters.contract import Misconfigured
from adapters.webhooks import Signed, Unverified
from tests.adapters.examples import endpoint, message

NOW = dt.datetime(2026, 2, 1, 10, tzinfo=dt.UTC)
ID = "msg_1"
BODY = b'{"test": 1}'


def shared(letter: bytes) -> str:
    return "whsec_" + base64.b64encode(letter * 32).decode()


SEED = bytes(range(32))
PAIR = Ed25519PrivateKey.from_private_bytes(SEED)
POINT = PAIR.public_key().public_bytes_raw()
PRIVATE = "whsk_" + base64.b64encode(SEED).decode()
PUBLIC = "whpk_" + base64.b64encode(POINT).decode()
STRANGER = "whsk_" + base64.b64encode(bytes(32)).decode()
OLD, NEW = shared(b"o"), shared(b"n")


def signed(*secrets: str, body: bytes = BODY, at: dt.datetime = NOW) -> dict[str, str]:
    return webhooks.signed(body, secrets=secrets, message_id=ID, at=at)


def test_a_shared_secret_signs_as_the_reference_libraries_do() -> None:
    """The vector that the reference implementations of Standard Webhooks share in their tests."""
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC)
    headers = webhooks.signed(
        b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=at,
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_private_key_signs_as_v1a_over_the_same_text() -> None:
    """RFC 8032: the signature verifies under the public key, over id.timestamp.payload."""
    version, _, signature = signed(PRIVATE)["webhook-signature"].partition(",")
    assert version == "v1a"
    PAIR.public_key().verify(base64.b64decode(signature), f"{ID}.{int(NOW.timestamp())}.".encode() + BODY)


def test_a_private_key_may_have_its_public_one_behind_it() -> None:
    both = "whsk_" + base64.b64encode(SEED + POINT).decode()
    assert signed(both) == signed(PRIVATE)


@pytest.mark.parametrize(
    "secret",
    [
        "whsk_" + base64.b64encode(SEED + SEED).decode(),
        "whsk_" + base64.b64encode(SEED[:31]).decode(),
        "whsk_not base64",
        "whsec_not base64!",
        "whsec_",
        "",
    ],
    ids=["another's public key", "too short", "no base64", "no base64 either", "nothing", "nothing at all"],
)
def test_a_secret_that_is_none_signs_nothing(secret: str) -> None:
    with pytest.raises(Misconfigured, match="key-malformed"):
        signed(secret)


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2026-01-31", ["old"]),
        ("2026-02-01", ["old", "new"]),
        ("2026-02-28", ["old", "new"]),
        ("2026-03-01", ["new"]),
        ("2036-03-01", ["new"]),
    ],
)
def test_secrets_are_replaced_with_overlap(day: str, names: list[str]) -> None:
    """Issue 5: rotation with overlap; each signs from its first day to its last."""
    signing = [{"secret": "old", "until": "2026-02-28"}, {"secret": "new", "from": "2026-02-01"}]
    place = endpoint("rest", {"signing": signing})
    at, secrets = dt.datetime.fromisoformat(f"{day}T12:00:00Z"), {"old": OLD, "new": NEW}
    request = rest.seal(rest.encode(message(), place), place, at=at, nonce="n", keys=secrets)
    given = request.headers["webhook-signature"].split()
    assert given == [
        webhooks.signed(request.body, secrets=[secrets[name]], message_id=message().id, at=at)["webhook-signature"]
        for name in names
    ]


def test_where_no_secret_is_in_force_nothing_is_sent() -> None:
    signing = TypeAdapter(webhooks.Several).validate_python([{"secret": "old", "until": "2026-01-31"}])
    with pytest.raises(Misconfigured, match="signing-lapsed"):
        webhooks.in_force(signing, on=NOW.date(), keys={"old": OLD})


def test_one_of_two_secrets_that_is_missing_sends_nothing() -> None:
    signing = TypeAdapter(webhooks.Several).validate_python([{"secret": "old"}, {"secret": "new"}])
    with pytest.raises(Misconfigured, match="key-missing"):
        webhooks.in_force(signing, on=NOW.date(), keys={"old": OLD})


def test_every_try_has_the_same_id_and_its_own_time() -> None:
    place = endpoint("rest", {"signing": "k"})
    said = rest.encode(message(), place)
    first, second = (
        rest.seal(said, place, at=NOW + dt.timedelta(hours=hours), nonce="n", keys={"k": NEW}).headers
        for hours in (0, 1)
    )
    assert first["webhook-id"] == second["webhook-id"] == message().id
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([], "at least 1"),
        ([{"secret": "a", "until": "2026-01-01", "from": "2026-02-01"}], "`until` is before `from`"),
        ([{"secret": "a", "since": "2026-02-01"}], "Extra inputs"),
        ([{"secret": "a", "from": "soon"}], "date"),
        ([{"secret": "a"}] * 6, "at most 5"),
    ],
)
def test_settings_that_do_not_fit_are_said(told: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        rest.Options.model_validate({"signing": told})


# What we are sent


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [([NEW], [NEW]), ([OLD, NEW], [NEW]), ([NEW], [OLD, NEW]), ([PRIVATE], [PUBLIC]), ([OLD, PRIVATE], [PUBLIC, NEW])],
    ids=["one", "several signatures", "several secrets", "ed25519", "both kinds"],
)
def test_what_was_signed_under_a_secret_of_ours_is_verified(ours: list[str], theirs: list[str]) -> None:
    verified = webhooks.verified(signed(*ours), BODY, secrets=theirs, now=NOW)
    assert verified == Signed(ID, NOW)


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_clocks_may_differ_by_five_minutes(minutes: int) -> None:
    now = NOW + dt.timedelta(minutes=minutes)
    assert webhooks.verified(signed(NEW), BODY, secrets=[NEW], now=now).at == NOW


OTHER = {
    "another body": ({}, b'{"test": 2}', "signature-wrong"),
    "another id": ({"webhook-id": "msg_2"}, BODY, "signature-wrong"),
    "another time": ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, BODY, "signature-wrong"),
    "another version": ({"webhook-signature": signed(NEW)["webhook-signature"].replace("v1,", "v2,")}, BODY, "-wrong"),
    "called ed25519": ({"webhook-signature": signed(NEW)["webhook-signature"].replace("v1,", "v1a,")}, BODY, "-wrong"),
    "another's secret": ({"webhook-signature": signed(OLD)["webhook-signature"]}, BODY, "signature-wrong"),
    "another's key": ({"webhook-signature": signed(STRANGER)["webhook-signature"]}, BODY, "signature-wrong"),
    "no base64": ({"webhook-signature": "v1,???"}, BODY, "signature-wrong"),
    "not ASCII": ({"webhook-signature": "v1,é"}, BODY, "signature-wrong"),
    "only behind many others": (
        {"webhook-signature": "v1,AA== " * 10 + signed(NEW)["webhook-signature"]},
        BODY,
        "wrong",
    ),
    "no signature": ({"webhook-signature": ""}, BODY, "signature-missing"),
    "no id": ({"webhook-id": ""}, BODY, "signature-missing"),
    "an odd id": ({"webhook-id": "a\ud800"}, BODY, "signature-missing"),
    "no time": ({"webhook-timestamp": ""}, BODY, "signature-missing"),
    "no number as time": ({"webhook-timestamp": "1e9"}, BODY, "signature-missing"),
    "a superscript as time": ({"webhook-timestamp": "²"}, BODY, "signature-missing"),
    "a time beyond all times": ({"webhook-timestamp": "9" * 40}, BODY, "signature-missing"),
    "a time far away": ({"webhook-timestamp": "99999999999"}, BODY, "signature-stale"),
}


@pytest.mark.parametrize("how", OTHER)
def test_what_was_not_is_refused(how: str) -> None:
    """F25: forged."""
    changed, body, code = OTHER[how]
    with pytest.raises(Unverified, match=code):
        webhooks.verified({**signed(NEW), **changed}, body, secrets=[NEW, PUBLIC], now=NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_what_was_signed_long_ago_or_far_ahead_is_refused(seconds: int) -> None:
    """F25: expired, replayed."""
    with pytest.raises(Unverified, match="signature-stale"):
        webhooks.verified(signed(NEW), BODY, secrets=[NEW], now=NOW + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "secrets", [[], ["whpk_" + base64.b64encode(b"short").decode()], ["whsec_?"], [PRIVATE]], ids=str
)
def test_without_a_secret_that_is_one_nothing_is_verified(secrets: list[str]) -> None:
    both = {**signed(NEW), "webhook-signature": signed(NEW, PRIVATE)["webhook-signature"]}
    with pytest.raises(Misconfigured):
        webhooks.verified(both, BODY, secrets=secrets, now=NOW)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()))
def test_no_headers_whatever_are_verified_by_chance(headers: dict[str, str]) -> None:
    with pytest.raises(Unverified):
        webhooks.verified(headers, BODY, secrets=[NEW, PUBLIC], now=NOW)
