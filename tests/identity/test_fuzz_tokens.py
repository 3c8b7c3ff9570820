"""Whatever token comes, its reader says what it may say, and soon: altered before and after it was signed.

`make fuzz` does the same for twenty times as many examples.
"""

import base64
import contextlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from adapters.simulator import tokens as event_tokens
from adapters.simulator.config import Events
from identity import assertions, receipts, tokens
from identity.models import Client
from tests.adapters.test_fuzz import BITS, EDITS, altered

NOW = datetime.now(UTC)
SECONDS = 2.0
ISSUER = "https://issuer.example"
EC, OKP = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
JWKS: dict[str, Any] = {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint()} for key in (EC, OKP)]}
EXPECTED = tokens.Expected(ISSUER, "us", ("ES256",), NOW, nonce="n", vtr=("Cl.Cm.P2",), access_token="a", subject="s")

Read = Callable[[str], object]


def core_identity(text: str) -> object:
    return tokens.read_core_identity(text, keys=JWKS, expected=EXPECTED)


def assertion(text: str) -> None:
    # For none of our addresses, so that it is never believed and noted as used.
    assertions.verify(Client(client_id="c", jwks=JWKS), text, audiences={"https://nowhere.example"})


def claims_of_assertion(text: str) -> None:
    claims = json.loads(jws.extract_compact(text.encode()).payload)
    if isinstance(claims, dict):
        assertions._check_claims(Client(client_id="c", jwks=JWKS), claims, {"us", ISSUER})


def event(text: str) -> object:
    return event_tokens.read(text.encode("utf-8", "replace"), EC, expected=Events(issuer=ISSUER, audience="us"))


# What each may raise, and nothing else; and by which key its tokens are signed.
READERS: dict[str, tuple[Read, tuple[type[Exception], ...], ECKey | OKPKey]] = {
    "ID tokens": (lambda text: tokens.read_id_token(text, keys=JWKS, expected=EXPECTED), (tokens.Refused,), EC),
    "core identities": (core_identity, (tokens.Refused,), EC),
    "assertions": (assertion, (assertions.Unfit,), EC),
    "names in assertions": (assertions.named, (), EC),
    "events": (event, (event_tokens.Unacceptable,), EC),
    "receipts": (lambda text: receipts.verify(text, published=JWKS), (receipts.BadReceipt,), OKP),
}

SIGNED_BY_OTHERS = [name for name in READERS if name != "receipts"]

CLAIMS: dict[str, Any] = {
    "iss": ISSUER, "sub": "s", "aud": "us", "exp": int(NOW.timestamp()) + 60, "iat": int(NOW.timestamp()), "nonce": "n",
    "vot": "Cl.Cm.P2", "jti": "urn:uuid:0197b1c2-aaaa-7000-8000-000000000001", "txn": "TUO-7Q4-K2M",
    "events": {"urn:e": {"a": [1]}},
    "vc": {"credentialSubject": {"name": [{"nameParts": []}], "birthDate": [{"value": "1941-05-01"}]}},
    "digests": {}, "metadata": {}, "pii_processing": {}, "party_identification": {}, "event": {},
}  # fmt: skip
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        -1,
        10**400,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "\ud800",
        "\0",
        [],
        [[]],
        {},
        [{}],
        [None],
        "x" * 9000,
    ]
)
CHANGES = st.dictionaries(st.sampled_from(sorted(CLAIMS)), ODD, max_size=3)
HEADERS = st.sampled_from(["ES256", "Ed25519", "none", "HS256", ""])


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(payload: bytes, key: ECKey | OKPKey, typ: str = "JWT") -> str:
    algorithm = "ES256" if key is EC else "Ed25519"
    header = {"alg": algorithm, "kid": key.thumbprint(), "typ": typ}
    return jws.serialize_compact(header, payload, key, algorithms=[algorithm])


def token_for(name: str, **changes: Any) -> str:
    more = {"core identities": {"vot": "P2"}, "assertions": {"iss": "c", "sub": "c"}}.get(name, {})
    return signed(json.dumps({**CLAIMS, **more, **changes}).encode(), READERS[name][2], typ_for(name))


def typ_for(name: str) -> str:
    return {"events": "secevent+jwt", "receipts": receipts.TYPE}.get(name, "JWT")


def read_soon(name: str, text: str) -> None:
    """Read, and let nothing be raised that this reader may not raise; the time is of this thread's processor."""
    read, may_raise, _ = READERS[name]
    began = time.thread_time()
    with contextlib.suppress(*may_raise):
        read(text)
    assert time.thread_time() - began < SECONDS


@pytest.mark.parametrize("name", ["ID tokens", "core identities", "names in assertions", "events", "receipts"])
def test_what_is_altered_here_was_right(name: str) -> None:
    assert READERS[name][0](token_for(name))


@pytest.mark.parametrize("name", SIGNED_BY_OTHERS)
@given(changes=CHANGES)
def test_odd_claims_that_are_well_signed_are_read(name: str, changes: dict[str, Any]) -> None:
    read_soon(name, token_for(name, **changes))


@given(changes=CHANGES)
def test_odd_claims_of_an_assertion_are_unfit_or_right(changes: dict[str, Any]) -> None:
    with contextlib.suppress(assertions.Unfit):
        claims_of_assertion(signed(json.dumps({**CLAIMS, "iss": "c", "sub": "c", **changes}).encode(), EC))


NEVER: list[dict[str, Any]] = [{"exp": float("nan")}, {"exp": 10**400}, {"exp": float("inf")}]


@pytest.mark.parametrize("changes", NEVER)
@pytest.mark.parametrize("name", ["ID tokens", "core identities"])
def test_what_never_expires_is_not_believed(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(tokens.Refused, match="exp"):
        READERS[name][0](token_for(name, **changes))


@pytest.mark.parametrize("changes", [*NEVER, {"aud": {}}, {"aud": [{}]}, {"aud": None}])
def test_an_assertion_that_never_expires_or_is_for_nobody_is_unfit(changes: dict[str, Any]) -> None:
    claims_of_assertion(token_for("assertions", exp=time.time() + 60))
    with pytest.raises(assertions.Unfit):
        claims_of_assertion(token_for("assertions", **{"exp": time.time() + 60, **changes}))


@pytest.mark.parametrize("subject", ["\ud800", "c\0", "c\n", "ĉ", 7, None, ["c"]])
def test_a_name_that_no_client_has_is_none(subject: Any) -> None:
    assert assertions.named(token_for("assertions", sub=subject)) == ""


@pytest.mark.parametrize("name", SIGNED_BY_OTHERS)
@given(edits=EDITS)
def test_content_that_is_no_claims_and_well_signed_is_read(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    read_soon(name, signed(altered(json.dumps(CLAIMS).encode(), edits), READERS[name][2], typ_for(name)))


@pytest.mark.parametrize("name", READERS)
@given(edits=EDITS, algorithm=HEADERS, inside=st.booleans())
def test_an_altered_token_is_read(
    name: str, edits: list[tuple[int, int, bytes]], algorithm: str, *, inside: bool
) -> None:
    key = READERS[name][2]
    _, content, signature = token_for(name).split(".")
    header = json.dumps({"alg": algorithm, "kid": key.thumbprint(), "typ": typ_for(name)}).encode()
    if inside:
        text = f"{part(altered(header, edits))}.{content}.{signature}"
    else:
        text = altered(f"{part(header)}.{content}.{signature}".encode(), edits).decode("utf-8", "replace")
    read_soon(name, text)


@pytest.mark.parametrize("name", SIGNED_BY_OTHERS)
@pytest.mark.parametrize(
    "content", [b"[" * 3000, b'{"a":' * 3000, b"9" * 5000, b"[1]", b'"x"', b"7", b"null", b"", b"\xff"]
)
def test_content_that_is_no_object_and_well_signed_is_read(name: str, content: bytes) -> None:
    read_soon(name, signed(content, READERS[name][2], typ_for(name)))


LARGE = {
    "one long part": "a" * 1_000_000,
    "many parts": "." * 1_000_000,
    "a deep header": part(b"[" * 500_000) + ".e30.AAAA",
    "a deep content": f"{part(b'{}')}.{part(b'[' * 500_000)}.AAAA",
    "a long number": f"{part(b'9' * 500_000)}.{part(b'9' * 500_000)}.AAAA",
    "no text": "\udcff" * 10,
    "compressed": part(b'{"alg":"ES256","zip":"DEF"}') + "." + "A" * 100_000 + ".AAAA",
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("how", LARGE)
def test_a_large_token_is_read_soon(name: str, how: str) -> None:
    read_soon(name, LARGE[how])


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("bit", BITS)
def test_a_deep_or_broken_header_of_a_known_key_is_read(name: str, bit: bytes) -> None:
    kid = READERS[name][2].thumbprint().encode()
    header = b'{"alg":"ES256","kid":"' + kid + b'","typ":"JWT","x":' + bit + b"}"
    read_soon(name, f"{part(header)}.{part(b'{}')}.AAAA")


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(
            st.sampled_from(["keys", "id", "assertionMethod", "controller", "publicKeyJwk", "kid"]), each, max_size=4
        )
    ),
    max_leaves=12,
)


@given(document=JSONS, method=JSONS)
def test_any_document_of_keys_is_read(document: Any, method: Any) -> None:
    ours = {
        "id": "did:web:issuer.example",
        "assertionMethod": [method, {"controller": "did:web:issuer.example", "id": method}],
    }
    for each in (document, {"keys": document}, ours, {**ours, "assertionMethod": document}):
        with contextlib.suppress(tokens.Refused):
            keys = tokens.keys_of_did(each, issuer=ISSUER)
            tokens.read_core_identity(signed(json.dumps(CLAIMS).encode(), EC), keys=keys, expected=EXPECTED)
