"""Whatever comes, each decoder says what it may say, and soon: bytes that were right once, and then were altered.

`make fuzz` does the same for twenty times as many examples. F17, F22 and F23 at the decoders. A system in
``adapters/systems/`` is asked like the others, beginning with the ``EXCHANGES`` of its own test.
"""

import contextlib
import gzip
import importlib
import io
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import (
    answer_files,
    compressions,
    confirmation_xml,
    discovery,
    envelopes,
    grants,
    mapping,
    replies,
    report_xml,
    rest,
    soap_service,
    webhooks,
    wsse,
    xml_keys,
)
from adapters.contract import Asked, Failure, Receipt, Response
from adapters.registers import gro
from tellusonce import events
from tests.adapters import checks
from tests.adapters.examples import envelope, fault, message
from tests.adapters.signing import Way, party, relates_to, signed, text

NOW = datetime(2026, 2, 1, 10, tzinfo=UTC)
SECONDS = 5.0
LARGEST = 1024 * 1024
MOST_GROWTH_KIB = 256 * 1024  # what a megabyte may become while it is read, in the trees of the libraries too
ASKED = Asked(message().id, NOW)
REPLY = "body.{outcome: status, actions: did, occurred_at: at, note: note, numbers: ids, duplicate: again}"
SOAP_REPLY = "body.{outcome: Result, actions: Act[].{code: Code, on: On}, note: Result}"

WEBHOOK_SECRETS = ["whsec_c2VjcmV0", "whpk_" + "A" * 43 + "="]
SIGNED = {"signed_by": party().certificate, "addressing": True, "reply": SOAP_REPLY}

Decode = Callable[[bytes, str, int], object]


def by_adapter(name: str, settings: dict[str, Any] | None = None) -> Decode:
    """Decode as a drain does."""
    adapter, place = discovery.find(name), checks.example(name)
    if settings:
        place = replace(place, settings={**place.settings, **settings})

    def decode(body: bytes, media_type: str, status: int) -> object:
        headers = {"content-type": media_type, "retry-after": media_type}
        receipt = adapter.decode(Response(status, headers, body, ASKED), place)
        assert isinstance(receipt, Receipt)
        return receipt

    return decode


def signed_envelope(body: bytes, media_type: str, _status: int) -> object:
    return wsse.verify(envelopes.read(body, media_type=media_type), at=NOW, password_of=lambda _name: "word")


def certified_envelope(body: bytes, media_type: str, _status: int) -> object:
    return wsse.verify(envelopes.read(body, media_type=media_type), at=NOW, signers={"them": party().certificate})


REPORTS = report_xml.service({name: kind.model.model_json_schema() for name, kind in events.kinds().items()})


def reported(body: bytes, _media_type: str, _status: int) -> object:
    found = soap_service.open_envelope(body)
    return report_xml.operation(found), REPORTS.read(found)


def plainly(body: bytes, media_type: str, _status: int) -> object:
    found = envelopes.read(body, media_type=media_type)
    return envelopes.fault(found), envelopes.plain(found.root)


def verified(body: bytes, media_type: str, _status: int) -> object:
    headers = {"webhook-id": "m-1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": media_type}
    return webhooks.verified(headers, body, secrets=WEBHOOK_SECRETS, now=NOW)


def headed(body: bytes, _media_type: str, _status: int) -> None:
    right = webhooks.signed(b"{}", secrets=WEBHOOK_SECRETS[:1], message_id="m-1", at=NOW)
    for name in right:
        for value in (body.decode("latin-1"), f"v1,{body.decode('latin-1')}", f"v1a,{body.decode('utf-8', 'replace')}"):
            with contextlib.suppress(webhooks.Unverified):
                webhooks.verified({**right, name: value}, b"{}", secrets=WEBHOOK_SECRETS, now=NOW)


def answered(body: bytes, _media_type: str, status: int) -> object:
    return replies.read_answer(mapping.compile(REPLY), status=status, body=rest.parsed(body))


# What each may raise, and nothing else.
DECODERS: dict[str, tuple[Decode, tuple[type[Exception], ...]]] = {
    **{name: (by_adapter(name), (Failure,)) for name in discovery.names()},
    "rest, answered": (by_adapter("rest", {"reply": REPLY}), (Failure,)),
    "soap, answered": (by_adapter("soap", {"reply": SOAP_REPLY}), (Failure,)),
    "soap, signed": (by_adapter("soap", SIGNED), (Failure,)),
    "envelopes": (plainly, (envelopes.Unreadable,)),
    "signatures of envelopes": (signed_envelope, (envelopes.Unreadable, wsse.Unverified)),
    "certified envelopes": (certified_envelope, (envelopes.Unreadable, wsse.Unverified)),
    "certificates": (lambda body, *_: xml_keys.read(body.decode("latin-1")), (xml_keys.Unusable,)),
    "reports": (reported, (soap_service.ParseFault,)),
    "confirmations": (lambda body, *_: confirmation_xml.parse(body), (soap_service.ParseFault,)),
    "answer files": (lambda body, *_: answer_files.read(body), (answer_files.Unreadable,)),
    "register extracts": (lambda body, *_: list(gro.read(io.BytesIO(body))), ()),
    "compressions": (lambda body, *_: compressions.undone(body, "gzip", most=LARGEST), (Failure,)),
    "tokens": (lambda body, _, status: grants.read(Response(status, {}, body)), (Failure,)),
    "webhooks": (verified, (webhooks.Unverified,)),
    "headers of webhooks": (headed, ()),
    "answers": (answered, ()),
}

WORD = "<Result>acted</Result><Act><Code>account_closed</Code><On>2026-01-31</On></Act>"
TOLD = f'<t:TellResponse xmlns:t="urn:t">{WORD.replace("<", "<t:").replace("<t:/", "</t:")}</t:TellResponse>'
SECURITY = (
    f'<w:Security xmlns:w="{wsse.SECURITY.partition("}")[0][1:]}" xmlns:u="urn:u"><u:Timestamp><u:Created>'
    "2026-02-01T10:00:00Z</u:Created></u:Timestamp><w:UsernameToken><w:Username>us</w:Username></w:UsernameToken>"
    "</w:Security>"
)
SEEDS = [
    b"",
    b"{}",
    b'{"status": "acted", "did": [{"code": "account_closed", "on": "2026-01-31"}], "again": false, "ids": [{"a": 1}]}',
    b'{"access_token": "t", "token_type": "Bearer", "expires_in": 3600}',
    b'{"result": "DONE", "done": ["CARD_CANCELLED"], "ticket": "T-1", "err": "invalid_key"}',
    envelope(TOLD),
    envelope(TOLD, version="1.2", header=SECURITY),
    envelope("", header='<x:Odd xmlns:x="urn:x" s:mustUnderstand="1"/>'),
    fault("Client.Locked", "already recorded", "<a>b</a>"),
    fault("Sender", version="1.2"),
    b"--b\r\nContent-Type: text/xml\r\n\r\n" + envelope(TOLD) + b"\r\n--b--\r\n",
    gzip.compress(b"{}") * 2,
    b"message,outcome,actions,on,reference,note\r\n0d6a6f5e-1111-4222-8333-444455556666,acted,account_closed,,,\r\n",
    b"\xef\xbb\xbf" + envelope(TOLD),
    envelope(TOLD).decode().encode("utf-16"),
    b"<?xml version='1.0' encoding='windows-1252'?>" + envelope(TOLD).replace(b"acted", b"\xe9"),
    '{"status": "acted", "note": "\u00e9"}'.encode("utf-16"),
    '{"status": "acted"}'.encode("utf-32-be"),
    b"<!DOCTYPE html><html><body>Maintenance</body></html>",
]  # fmt: skip
TWICE = ("body", "stamp", "relates")
CONFIRMED = f"<t:DeliveryId>{message().id}</t:DeliveryId><t:Outcome>acted</t:Outcome><t:Action><t:Code>account_closed"
NAME = "<t:name><t:given>Alma</t:given><t:family>Quillfeather</t:family></t:name>"
STARTED = f"<t:Key>k</t:Key><t:Answers><t:death><t:subject>{NAME}</t:subject></t:death></t:Answers>"
# What only one of them understands is what that one is asked with, every other time.
OWN: dict[str, list[bytes]] = {
    "soap, signed": [text(signed(TOLD, way=Way(over=TWICE), header=relates_to(message().id)))],
    "certified envelopes": [text(signed(TOLD)), text(signed(TOLD, way=Way(with_token=False)))],
    "certificates": [party().certificate.encode()],
    "reports": [envelope(f'<t:StartReport xmlns:t="{report_xml.NAMESPACE}">{STARTED}</t:StartReport>')],
    "confirmations": [
        envelope(
            f'<t:RecordConfirmation xmlns:t="{confirmation_xml.NAMESPACE}">{CONFIRMED}</t:Code></t:Action>'
            "</t:RecordConfirmation>"
        )
    ],
    "headers of webhooks": [b"m-1", str(int(NOW.timestamp())).encode(), b"AAAA v1,AAAA v1a,AAAA"],
}


def recorded(name: str) -> list[bytes]:
    """Give the replies of a system's own test, if it lists them."""
    try:
        module = importlib.import_module(f"tests.adapters.test_{name.replace('-', '_')}")
    except ModuleNotFoundError:
        return []
    told = [exchange[1] for exchange in getattr(module, "EXCHANGES", [])]
    return [body if isinstance(body, bytes) else body.encode() for body in told]


POOLS = {name: OWN.get(name) or recorded(name) or SEEDS for name in DECODERS}
BITS = [
    b"<", b">", b"&", b'"', b"'", b"{", b"}", b"[", b"]", b",", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"--b",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#x110000;", b"]]>", b"<![CDATA[", b"<?xml version='1.0'?>",
    b"<a>" * 300, b"[" * 3000, b'{"a":' * 3000, b"9" * 5000, b"1e999", b"-", b"null", b"NaN", b'"\\ud800"',
    b"xmlns:s=''", b"xmlns='urn:x'", b"s:nil='true'", b"Body", b"Fault", b"<s:Body>", b"</s:Body>", b"\xe2\x80\xae",
    b"true", b"0001-01-01", b"9999-12-31T23:59:60Z", b"charset=utf-7", b"%", b"\\",
]  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(0, 40), st.sampled_from(BITS) | st.binary(max_size=4)), max_size=6
)
STATUSES = st.sampled_from([200, 202, 400, 409, 429, 500, 503])
MEDIA_TYPES = st.sampled_from(
    [
        "",
        "text/xml; charset=utf-8",
        "text/xml; charset=utf-16",
        "multipart/related; boundary=b",
        "multipart/related; boundary=",
        "multipart/related; boundary=b; start=<x>",
        "application/json",
        "v1,AAAA",
        "7",
        "Sun, 07 Feb 2027 10:00:07 GMT",
    ]
)


def altered(seed: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, bit in edits:
        place = at % (len(seed) + 1)
        seed = seed[:place] + bit + seed[place + length :]
    return seed


def read_soon(name: str, body: bytes, media_type: str, status: int) -> None:
    """Decode, and let nothing be raised that this decoder may not raise; the time is of this thread's processor."""
    decode, may_raise = DECODERS[name]
    began = time.thread_time()
    with contextlib.suppress(*may_raise):
        decode(body, media_type, status)
    assert time.thread_time() - began < SECONDS


@pytest.mark.parametrize("name", DECODERS)
@given(st.integers(0, 999), EDITS, MEDIA_TYPES, STATUSES)
def test_a_decoder_says_nothing_but_what_it_may(
    name: str, which: int, edits: list[tuple[int, int, bytes]], media_type: str, status: int
) -> None:
    pool = POOLS[name] if which % 2 else SEEDS
    read_soon(name, altered(pool[which // 2 % len(pool)], edits), media_type, status)


@pytest.mark.parametrize("name", OWN)
def test_what_only_one_understands_it_understands(name: str) -> None:
    for body in OWN[name]:
        DECODERS[name][0](body, "", 200)


def test_the_exchanges_of_every_system_are_among_those_that_are_altered() -> None:
    systems = set(discovery.names()) - set(discovery.PROTOCOLS)
    assert [name for name in systems if POOLS[name] is SEEDS] == []


def filled(head: bytes, bit: bytes, tail: bytes = b"") -> bytes:
    return head + bit * ((LARGEST - len(head) - len(tail)) // len(bit)) + tail


OPENED, CLOSED = envelope("|").split(b"|")
HEADED = OPENED.replace(b"<s:Body>", b"<s:Header>")
ATTRIBUTES, NAMESPACES = (
    b" ".join(bit % n for n in range(count)) for bit, count in ((b"a%d=''", 90_000), (b"xmlns:a%d='u'", 50_000))
)
LARGE = {
    "nested lists": filled(b"", b"["),
    "nested objects": filled(b"", b'{"a":'),
    "a long number": filled(b"", b"9"),
    "many numbers": filled(b"[1", b",1", b"]"),
    "one long text": filled(b'{"status": "', b"x", b'"}'),
    "many answers": filled(b'{"status": "acted", "did": [""', b',{"code":"x"}', b"]}"),
    "nested elements": filled(OPENED, b"<a>"),
    "many elements": filled(OPENED + b"<t>", b"<a/>", b"</t>" + CLOSED),
    "many attributes": OPENED + b"<t " + ATTRIBUTES + b"/>" + CLOSED,
    "many attributes of a reply": OPENED + b"<TellResponse xmlns='urn:t' " + ATTRIBUTES + b"/>" + CLOSED,
    "many namespaces": OPENED + b"<t " + NAMESPACES + b"/>" + CLOSED,
    "many header blocks": filled(HEADED, b"<a/>", b"</s:Header><s:Body/></s:Envelope>"),
    "many faults": filled(OPENED + b"<s:Fault>", b"<faultcode>x</faultcode>", b"</s:Fault>" + CLOSED),
    "one long fault": filled(OPENED + b"<s:Fault><faultstring>", b" x", b"</faultstring></s:Fault>" + CLOSED),
    "many parts": filled(b"", b"\r\n--b\r\n\r\n"),
    "many lines": filled(b"message,outcome\n", b"a,b\n"),
    "one long line": filled(b'message,outcome\n"', b"a,b\n"),
    "spaces": filled(b"", b" "),
    "zeros": bytes(LARGEST),
    "entities": b"<!DOCTYPE a [" + b"<!ENTITY a 'x'>" * 1000 + b"]>" + filled(b"<a>", b"&a;", b"</a>")[: LARGEST // 2],
    "a bomb": gzip.compress(bytes(64 * LARGEST)),
    "members": gzip.compress(b"") * 40_000,
}  # fmt: skip


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("how", LARGE)
def test_as_much_as_the_egress_lets_through_is_read_soon(name: str, how: str) -> None:
    """F17 and F23: deep nesting and blow-up, as large as a reply may be."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read_soon(name, LARGE[how], "multipart/related; boundary=b" if how == "many parts" else "", 200)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KIB
