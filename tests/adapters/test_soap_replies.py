"""Whose reply it is and whether it answers what was asked (F22, F24), as tables and over real sockets."""

import queue
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from adapters import egress, soap
from adapters.contract import (
    Ambiguous,
    Answer,
    Asked,
    Failure,
    Misconfigured,
    Receipt,
    Refused,
    Response,
    Throttled,
    Transient,
)
from tests.adapters.examples import ENVELOPES, endpoint, envelope, fault, message, soap_endpoint, wsdl
from tests.adapters.peers import LOOPBACK, PATIENT, peer, reply, says
from tests.adapters.signing import ADDRESSING, AT, GOOD, WSSE, WSU, Party, Way, party, relates_to, signed, text
from tests.adapters.test_wsse import FORGERIES, Forge

THEM = party()
OK = '<TellResponse xmlns="urn:t"><Result>closed</Result></TellResponse>'
FAULT = "<s:Fault><faultcode>s:{}</faultcode><faultstring>{}</faultstring></s:Fault>"
REPLY = "{outcome: code(body.Result, {closed: 'acted', \"*\": 'received'})}"
DUPLICATE: dict[str, Any] = {"faults": [{"contains": "already", "means": "duplicate"}]}
ASKED = Asked(message().id, AT)
ANOTHER = "0197b1c2-aaaa-7000-8000-000000000002"
BOTH = Way(over=("body", "stamp", "relates"))
Outcome = Receipt | tuple[type[Failure], str]


def outcome(
    body: bytes, *, status: int = 200, asked: Asked | None = ASKED, media_type: str = "text/xml", **settings: Any
) -> Outcome:
    """Give what comes of a reply, in the tables' terms."""
    came = Response(status, {"content-type": media_type}, body, asked)
    try:
        return soap.decode(came, soap_endpoint(reply=REPLY, **settings))
    except Failure as failure:
        return type(failure), failure.code


def outcome_of_signed(body: bytes, **more: Any) -> Outcome:
    return outcome(body, signed_by=THEM.certificate, **more)


def signed_reply(inner: str = OK, by: Party = THEM, way: Way = GOOD, header: str = "") -> bytes:
    return text(signed(inner, by, way, header=header))


DONE = Receipt(answer=Answer("acted"))

# Replies where they have to be signed: the reply, what else is said, and what comes of it.
SIGNED: dict[str, tuple[bytes, dict[str, Any], Outcome]] = {
    "signed": (signed_reply(), {}, DONE),
    "unsigned": (envelope(OK), {}, (Ambiguous, "reply-security-missing")),
    "by another": (signed_reply(by=party("other")), {}, (Ambiguous, "reply-certificate-unknown")),
    "altered": (signed_reply().replace(b"closed", b"opened"), {}, (Ambiguous, "reply-signature-wrong")),
    "an old one": (
        signed_reply(way=Way(created=AT - timedelta(hours=1))), {}, (Ambiguous, "reply-timestamp-stale")
    ),
    "no timestamp": (
        signed_reply(way=Way(over=("body",), created=None)), {}, (Ambiguous, "reply-timestamp-missing")
    ),
    "nobody knows what was asked": (signed_reply(), {"asked": None}, (Ambiguous, "reply-unasked")),
    "empty 202": (b"", {"status": 202}, (Ambiguous, "reply-empty")),
    "a signed fault": (signed_reply(FAULT.format("Client", "no")), {"status": 500}, (Refused, "fault-Client")),
    "a signed fault: had it": (signed_reply(FAULT.format("Client", "already")), DUPLICATE, Receipt(duplicate=True)),
    "an unsigned fault: had it": (fault("Client", "already"), DUPLICATE, (Ambiguous, "reply-security-missing")),
    "an unsigned fault": (fault("Client"), {"status": 500}, (Ambiguous, "reply-security-missing")),
    "a gateway's page": (b"<html/>", {"status": 503}, (Transient, "http-503")),
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNED)
def test_a_reply_that_has_to_be_signed_counts_only_if_it_is(name: str) -> None:
    """F24: bad signature, expired Timestamp; what anybody might have written is Ambiguous, faults too."""
    body, more, expected = SIGNED[name]
    assert outcome_of_signed(body, **more) == expected


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.replace("_", " "))
def test_no_forged_reply_is_taken(forge: Forge) -> None:
    """F24: signature wrapping."""
    root = signed(OK)
    forge(root)
    found = outcome_of_signed(text(root))
    assert isinstance(found, tuple)
    assert found[0] is Ambiguous


@pytest.mark.parametrize("minutes", [0, 4, -4])
def test_their_clock_may_be_some_minutes_off(minutes: int) -> None:
    assert outcome_of_signed(signed_reply(way=Way(created=AT + timedelta(minutes=minutes)))) == DONE


# Replies where messages are addressed: what header they bring, what is in the body, and what comes of it.
RELATED: dict[str, tuple[str, str, dict[str, Any], Outcome]] = {
    "to this": (relates_to(ASKED.message_id), OK, {}, DONE),
    "to another": (relates_to(ANOTHER), OK, {}, (Ambiguous, "reply-to-another")),
    "to this and another": (
        relates_to(ASKED.message_id) + relates_to(ANOTHER), OK, {}, (Ambiguous, "reply-to-another")
    ),
    "to nothing": ("", OK, {}, (Ambiguous, "reply-unrelated")),
    "related otherwise": (
        '<a:RelatesTo RelationshipType="urn:x">urn:uuid:x</a:RelatesTo>' + relates_to(ASKED.message_id), OK, {}, DONE
    ),
    "nobody knows what was asked": (
        relates_to(ASKED.message_id), OK, {"asked": None}, (Ambiguous, "reply-to-another")
    ),
    "a fault to this": (relates_to(ASKED.message_id), FAULT.format("Client", "no"), {}, (Refused, "fault-Client")),
    "a fault to another": (relates_to(ANOTHER), FAULT.format("Client", "no"), {}, (Ambiguous, "reply-to-another")),
    "a fault to nothing": (
        "", FAULT.format("MustUnderstand", "no"), {}, (Misconfigured, "fault-MustUnderstand")
    ),
    "had it, to nothing": ("", FAULT.format("Client", "already"), DUPLICATE, (Ambiguous, "reply-unrelated")),
    "had it, to this": (
        relates_to(ASKED.message_id), FAULT.format("Client", "already"), DUPLICATE, Receipt(duplicate=True)
    ),
    "all that may be addressed": (
        '<a:Action s:mustUnderstand="1">x</a:Action><a:To s:mustUnderstand="1">x</a:To>'
        + relates_to(ASKED.message_id), OK, {}, DONE
    ),
    "what is no addressing": (
        '<a:Other s:mustUnderstand="1"/>' + relates_to(ASKED.message_id), OK, {}, (Ambiguous, "reply-must-understand")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RELATED)
def test_a_reply_counts_only_for_the_message_that_it_answers(name: str) -> None:
    """F24, replayed reply: RelatesTo has to be the MessageID (WS-Addressing 1.0 Core, 3.1)."""
    header, inner, more, expected = RELATED[name]
    declared = f'<s:Envelope xmlns:a="{ADDRESSING}" xmlns:u="urn:u" xmlns:s='
    body = envelope(inner, header=header).replace(b"<s:Envelope xmlns:s=", declared.encode())
    assert outcome(body, addressing=True, **more) == expected


def test_a_signed_reply_has_to_sign_what_it_answers() -> None:
    """F24: a reply of a minute ago, turned to this message by whoever saw it."""
    good = signed_reply(way=BOTH, header=relates_to(ASKED.message_id))
    assert outcome_of_signed(good, addressing=True) == DONE
    turned = signed_reply(header=relates_to(ANOTHER)).replace(ANOTHER.encode(), ASKED.message_id.encode())
    assert outcome_of_signed(turned, addressing=True) == (Ambiguous, "reply-unrelated")
    forged = signed_reply(way=BOTH, header=relates_to(ANOTHER)).replace(ANOTHER.encode(), ASKED.message_id.encode())
    assert outcome_of_signed(forged, addressing=True) == (Ambiguous, "reply-signature-wrong")


MUST = '<x:Other xmlns:x="urn:x" s:mustUnderstand="{}" {}/>'
UNDERSTOOD = {
    "nobody's": (MUST.format("1", ""), False),
    "in a word": (MUST.format("true", ""), False),
    "not needed": (MUST.format("0", ""), True),
    "for the next": (MUST.format("1", 's:actor="http://schemas.xmlsoap.org/soap/actor/next"'), False),
    "for another on the way": (MUST.format("1", 's:actor="urn:gateway"'), True),
    "a Security header that nobody verifies": (f'<w:Security xmlns:w="{WSSE}" s:mustUnderstand="1"/>', False),
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_must_be_understood_and_is_not_leaves_the_reply_in_doubt(name: str) -> None:
    """F22: SOAP 1.1, 4.2.2 and 4.2.3."""
    header, is_taken = UNDERSTOOD[name]
    assert (outcome(envelope(OK, header=header)) == DONE) == is_taken


STAMP = (
    f'<w:Security xmlns:w="{WSSE}" xmlns:u="{WSU}" s:mustUnderstand="1"><u:Timestamp><u:Created>{{}}</u:Created>'
    "</u:Timestamp>{}</w:Security>"
)
STAMPED: dict[str, tuple[str, Outcome]] = {
    "a timestamp alone": (STAMP.format(AT.isoformat(), ""), DONE),
    "an old one": (STAMP.format("2026-01-01T00:00:00Z", ""), (Ambiguous, "reply-timestamp-stale")),
    "something that nobody verifies": (STAMP.format(AT.isoformat(), "<x/>"), (Ambiguous, "reply-security-malformed")),
    "none": ("", DONE),
}


@pytest.mark.parametrize("name", STAMPED)
def test_whoever_is_sent_a_timestamp_may_answer_with_one(name: str) -> None:
    """F22, F24: a Security header that must be understood, from those who were sent a user name."""
    header, expected = STAMPED[name]
    security = {"username": "tuo", "secret": "p"}
    assert outcome(envelope(OK, header=header), security=security) == expected
    if header:
        assert outcome(envelope(OK, header=header)) == (Ambiguous, "reply-must-understand")


# Faults of the standards that these are built on, in either version, and what they mean.
STANDARD: dict[str, Outcome] = {
    "FailedAuthentication": (Misconfigured, "fault-FailedAuthentication"),
    "InvalidSecurity": (Misconfigured, "fault-InvalidSecurity"),
    "MessageExpired": (Transient, "fault-MessageExpired"),
    "ActionNotSupported": (Misconfigured, "fault-ActionNotSupported"),
    "EndpointUnavailable": (Transient, "fault-EndpointUnavailable"),
    "NoSuchThing": (Refused, "fault-Client"),
}


@pytest.mark.parametrize("code", STANDARD)
def test_faults_of_security_and_addressing_have_their_meaning(code: str) -> None:
    """F22: SOAP Message Security 1.1.1, section 12; WS-Addressing 1.0 SOAP Binding, section 6.4."""
    old = fault(code) if code != "NoSuchThing" else fault("Client")
    assert outcome(old, status=500) == STANDARD[code]
    subcode = f"</s:Value><s:Subcode><s:Value>x:{code}</s:Value></s:Subcode>".encode()
    new = fault("Sender", version="1.2").replace(b"</s:Value>", subcode, 1)
    assert outcome(new, status=500, style="document, SOAP 1.2") == STANDARD[code]


def test_roles_of_soap_12_are_ours_as_well() -> None:
    """F22: SOAP 1.2 part 1, 2.2."""
    for role, is_ours in (("next", True), ("ultimateReceiver", True), ("none", False)):
        header = MUST.format("1", f's:role="{ENVELOPES["1.2"]}/role/{role}"')
        found = outcome(envelope(OK, header=header, version="1.2"), style="document, SOAP 1.2")
        assert (found == (Ambiguous, "reply-must-understand")) == is_ours


def parts(*each: str, boundary: str = "b1") -> bytes:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in each).encode() + f"--{boundary}--\r\n".encode()


ROOT = f"Content-Type: application/xop+xml; charset=utf-8\r\nContent-ID: <root>\r\n\r\n{envelope(OK).decode()}"
PICTURE = "Content-Type: image/png\r\nContent-ID: <picture>\r\n\r\nnothing to see"
RELATED_TYPE = 'multipart/related; type="application/xop+xml"; boundary="b1"'
MULTIPART: dict[str, tuple[str, bytes, Outcome]] = {
    "one part": (RELATED_TYPE, parts(ROOT), DONE),
    "the first by default": (RELATED_TYPE, parts(ROOT, PICTURE), DONE),
    "the one that is named": (f'{RELATED_TYPE}; start="<root>"', parts(PICTURE, ROOT), DONE),
    "something before": (RELATED_TYPE, b"For old readers.\r\n" + parts(ROOT), DONE),
    "line feeds alone": (RELATED_TYPE, parts(ROOT).replace(b"\r\n", b"\n"), DONE),
    "an unquoted boundary": ("multipart/related; boundary=b1", parts(ROOT), DONE),
    "a picture first": (RELATED_TYPE, parts(PICTURE, ROOT), (Ambiguous, "reply-malformed")),
    "no boundary": ("multipart/related", parts(ROOT), (Ambiguous, "reply-malformed")),
    "another boundary": ("multipart/related; boundary=b2", parts(ROOT), (Ambiguous, "reply-malformed")),
    "no part": (RELATED_TYPE, b"--b1--\r\n", (Ambiguous, "reply-malformed")),
    "no head": (RELATED_TYPE, b"--b1\r\nx\r\n--b1--\r\n", (Ambiguous, "reply-malformed")),
    "coded": (
        RELATED_TYPE, parts(f"Content-Transfer-Encoding: base64\r\n{ROOT}"), (Ambiguous, "reply-malformed")
    ),
    "truncated": (RELATED_TYPE, parts(ROOT)[:200], (Ambiguous, "reply-malformed")),
}  # fmt: skip


@pytest.mark.parametrize("name", MULTIPART)
def test_a_multipart_reply_is_read_by_its_root(name: str) -> None:
    """F22: multipart reply (RFC 2387; SOAP Messages with Attachments; MTOM)."""
    media_type, body, expected = MULTIPART[name]
    assert outcome(body, media_type=media_type) == expected


NAMED = "<TellResponse xmlns='urn:t'><Result>closed</Result><Note>Ångström</Note></TellResponse>"
CHARSETS: dict[str, tuple[str, bytes, Outcome]] = {
    "utf-8": ("text/xml; charset=utf-8", envelope(NAMED), DONE),
    "nothing said": ("text/xml", envelope(NAMED), DONE),
    "said by the transport alone": (
        "text/xml; charset=ISO-8859-1", envelope(NAMED).decode().encode("latin-1"), DONE
    ),
    "said by the document": (
        "text/xml; charset=utf-8",
        b"<?xml version='1.0' encoding='iso-8859-1'?>" + envelope(NAMED).decode().encode("latin-1"),
        DONE,
    ),
    "utf-16": ("text/xml; charset=utf-16", envelope(NAMED).decode().encode("utf-16"), DONE),
    "said wrongly": (
        "text/xml; charset=utf-8", envelope(NAMED).decode().encode("latin-1"), (Ambiguous, "reply-malformed")
    ),
    "said in no known word": ("text/xml; charset=klingon", envelope(NAMED), DONE),
    "utf-7, which hides things": ("text/xml; charset=utf-7", envelope("+ADw-"), (Ambiguous, "reply-unexpected")),
}  # fmt: skip


@pytest.mark.parametrize("name", CHARSETS)
def test_a_reply_is_read_in_the_charset_that_it_says(name: str) -> None:
    """F22: wrong charset (RFC 7303, section 3)."""
    media_type, body, expected = CHARSETS[name]
    assert outcome(body, media_type=media_type) == expected


# Over the wire


def exchanged(body: bytes, *, status: int = 200, media_type: str = "text/xml", **settings: Any) -> Outcome:
    """Send a whole request to a peer that answers this, and read the reply as it came."""
    way_out, replies = egress.Egress(), queue.SimpleQueue[egress.Reply]()
    try:
        with peer(says(reply(status, body, Content_Type=media_type))) as there:
            place = replace(soap_endpoint(reply=REPLY, **settings), address=there.url)
            request = soap.seal(soap.encode(message(), place), place, at=AT, nonce="n", keys={"k": THEM.key})
            way_out.send([egress.Exchange(1, request, LOOPBACK)], replies=replies, limits=PATIENT)
            came = replies.get(timeout=60)
            assert there.bodies == [request.body]
        assert came.response is not None
        return soap.decode(replace(came.response, asked=ASKED), place)
    except Failure as failure:
        return type(failure), failure.code
    finally:
        way_out.close()


TRUNCATED = envelope(OK)[:-9]
WIRE: dict[str, tuple[Callable[[], Outcome], Outcome]] = {
    "a reply": (lambda: exchanged(envelope(OK)), DONE),
    "malformed": (lambda: exchanged(TRUNCATED), (Ambiguous, "reply-malformed")),
    "wrong charset": (
        lambda: exchanged(NAMED.encode("latin-1"), media_type="text/xml; charset=utf-8"),
        (Ambiguous, "reply-malformed"),
    ),
    "a page with 200": (lambda: exchanged(b"<html>", media_type="text/html"), (Ambiguous, "reply-html")),
    "empty 200": (lambda: exchanged(b""), (Ambiguous, "reply-empty")),
    "fault in 200": (lambda: exchanged(fault("Client")), (Refused, "fault-Client")),
    "client fault in 500": (lambda: exchanged(fault("Client"), status=500), (Refused, "fault-Client")),
    "server fault in 500": (lambda: exchanged(fault("Server"), status=500), (Transient, "fault-Server")),
    "a detail that means: had it": (
        lambda: exchanged(fault("Client", "no", "<e>already</e>"), status=500, **DUPLICATE),
        Receipt(duplicate=True),
    ),
    "busy": (lambda: exchanged(fault("Server"), status=429), (Throttled, "http-429")),
    "multipart": (lambda: exchanged(parts(ROOT), media_type=RELATED_TYPE), DONE),
    "must understand": (
        lambda: exchanged(envelope(OK, header=MUST.format("1", ""))),
        (Ambiguous, "reply-must-understand"),
    ),
    "billion laughs": (
        lambda: exchanged(b'<!DOCTYPE a [<!ENTITY e "x">]>' + envelope(OK)),
        (Ambiguous, "reply-dtd"),
    ),
    "signed": (lambda: exchanged(signed_reply(), signed_by=THEM.certificate), DONE),
    "bad signature": (
        lambda: exchanged(signed_reply(by=party("other")), signed_by=THEM.certificate),
        (Ambiguous, "reply-certificate-unknown"),
    ),
    "expired timestamp": (
        lambda: exchanged(signed_reply(way=Way(created=AT - timedelta(days=1))), signed_by=THEM.certificate),
        (Ambiguous, "reply-timestamp-stale"),
    ),
    "replayed reply": (
        lambda: exchanged(
            signed_reply(way=BOTH, header=relates_to(ANOTHER)), signed_by=THEM.certificate, addressing=True
        ),
        (Ambiguous, "reply-to-another"),
    ),
    "mutual signatures, addressed": (
        lambda: exchanged(
            signed_reply(way=BOTH, header=relates_to(ASKED.message_id)),
            signed_by=THEM.certificate,
            addressing=True,
            security={"signature": {"key": "k", "certificate": THEM.certificate}},
        ),
        DONE,
    ),
}


@pytest.mark.parametrize("name", WIRE)
def test_replies_over_real_sockets_have_their_meaning(name: str) -> None:
    """F22, F23 and F24."""
    make, expected = WIRE[name]
    assert make() == expected


def test_a_missing_or_changed_wsdl_sends_nothing_and_takes_nothing() -> None:
    """F24: the document is gone, or no longer has the operation."""
    settings = {"wsdl": "a.wsdl", "operation": "Tell", "mapping": "{Id: message.id}"}
    for documents in ({}, {"a.wsdl": wsdl().replace(b'"Tell"', b'"Report"')}):
        place = endpoint("soap", settings, documents)
        for step in (
            lambda place=place: soap.encode(message(), place),
            lambda place=place: soap.decode(Response(200, {}, envelope(OK)), place),
        ):
            with pytest.raises(Misconfigured) as stopped:
                step()
            assert stopped.value.code == "documents-unusable"


def test_the_address_that_counts_is_the_routes() -> None:
    """F24: the WSDL names another address, and nothing goes there."""
    assert b"unused.example" in wsdl()
    place = soap_endpoint(addressing=True)
    request = soap.seal(soap.encode(message(), place), place, at=AT, nonce="n", keys={})
    assert request.url == place.address
    assert b"unused.example" not in request.body
    assert etree.fromstring(request.body) is not None
