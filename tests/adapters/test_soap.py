"""SOAP over WSDLs of several styles: what is said, and what the replies mean (F22)."""

import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters import soap
from adapters.contract import (
    Action,
    Ambiguous,
    Answer,
    Failure,
    Misconfigured,
    Receipt,
    Refused,
    Throttled,
    Transient,
)
from tests.adapters.examples import (
    ENVELOPES,
    FIELDS,
    SCHEMA,
    STYLES,
    WRAPPED,
    endpoint,
    envelope,
    fault,
    message,
    response,
    soap_endpoint,
    wsdl,
)

VALIDATOR = etree.XMLSchema(etree.fromstring(SCHEMA))
OK = '<TellResponse xmlns="urn:t"><Result>ok</Result></TellResponse>'
NOTICE = {
    "Id": message().id,
    "Surname": "O'Lee-Ångström",
    "Forename": ["Ann", "Mary"],
    "Died": "2026-01-31",
}


def body_of(style: str) -> tuple[str, Any]:
    """Open what was said, and name the SOAP version it was said in."""
    root = etree.fromstring(soap.encode(message(), soap_endpoint(style)).body)
    version = next(name for name, namespace in ENVELOPES.items() if root.tag == f"{{{namespace}}}Envelope")
    return version, root[-1][0]


@pytest.mark.parametrize("style", [style for style in STYLES if "bare" not in style and "rpc" not in style])
def test_document_style_says_the_element_that_the_wsdl_declares(style: str) -> None:
    version, said = body_of(style)
    VALIDATOR.assertValid(said)
    assert version == ("1.2" if "1.2" in style else "1.1")
    assert [child.text for child in said] == [NOTICE["Id"], NOTICE["Surname"], "Ann", "Mary", NOTICE["Died"], "true"]
    assert said.get("version") == "1"


@pytest.mark.parametrize("style", ["rpc, SOAP 1.1", "rpc, SOAP 1.2"])
def test_rpc_style_says_the_operation_with_its_parts(style: str) -> None:
    _, said = body_of(style)
    assert said.tag == "{urn:t}Tell"
    assert [child.tag for child in said] == ["notice", "channel"]
    assert said.findtext("notice/{urn:t}Surname") == NOTICE["Surname"]


def test_a_bare_simple_type_says_the_value_alone() -> None:
    _, said = body_of("bare simple type")
    assert (said.tag, said.text) == ("{urn:t}Tell", message().id)


def test_the_action_is_where_the_version_wants_it() -> None:
    """SOAP 1.1, 6.1.1: a SOAPAction header; SOAP 1.2 part 2, 6.5: a parameter of the media type."""
    old = soap.encode(message(), soap_endpoint("document, SOAP 1.1"))
    new = soap.encode(message(), soap_endpoint("document, SOAP 1.2"))
    assert (old.media_type, old.headers["SOAPAction"]) == ("text/xml; charset=utf-8", '"urn:t/Tell"')
    assert new.media_type == 'application/soap+xml; charset=utf-8; action="urn:t/Tell"'
    assert "SOAPAction" not in new.headers


IN_ANOTHER_PROCESS = """
from adapters import soap
from tests.adapters.examples import STYLES, message, soap_endpoint
import hashlib
print(*(hashlib.sha256(soap.encode(message(), soap_endpoint(style)).body).hexdigest() for style in STYLES))
"""


def test_another_process_says_the_same_bytes() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert len(said.pop().split()) == len(STYLES)


def test_threads_that_begin_together_say_the_same_bytes() -> None:
    place = soap_endpoint(port="One")  # an endpoint of its own, so that all begin by building the operation
    said: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: said.extend(soap.encode(message(), place).body for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 160
    assert len(set(said)) == 1


@pytest.mark.parametrize(
    ("mapping", "fields", "kind", "code"),
    [
        ("{Id: message.id}", FIELDS, Refused, "element-missing"),
        (WRAPPED, {}, Refused, "element-missing"),
        (WRAPPED.replace("Id:", "Identity:"), FIELDS, Misconfigured, "mapping-misfit"),
        (WRAPPED.replace("Died: ", "Died: {day: 'x'} || "), FIELDS, Refused, "value-misfit"),
        (WRAPPED, {**FIELDS, "subject": {**FIELDS["subject"], "name": {"family": "a\x00b"}}}, Refused, "value-misfit"),
        ("next_of_kin", FIELDS, Refused, "element-missing"),
        ("uk_date(subject.sex)", FIELDS, Refused, "mapping-no-date"),
    ],
    ids=["incomplete mapping", "no data", "unknown element", "wrong shape", "not XML text", "nothing", "no date"],
)
def test_what_does_not_fit_is_classed_and_not_quoted(
    mapping: str, fields: dict[str, Any], kind: type[Failure], code: str
) -> None:
    with pytest.raises(Failure) as failed:
        soap.encode(message(fields), soap_endpoint(mapping=mapping))
    assert (type(failed.value), failed.value.code) == (kind, code)
    assert failed.value.__cause__ is None


def test_a_try_carries_credentials_and_goes_to_the_endpoints_address_not_the_wsdls() -> None:
    place = soap_endpoint(auth={"kind": "basic", "username": "tuo", "secret": "k"})
    content = soap.encode(message(), place)
    request = soap.seal(content, place, at=None, nonce="n", keys={"k": "s3cret"})  # type: ignore[arg-type]
    assert (request.url, request.body) == ("https://northmoor.example/in", content.body)
    assert request.headers["Authorization"] == "Basic dHVvOnMzY3JldA=="
    with pytest.raises(Misconfigured):
        soap.seal(content, place, at=None, nonce="n", keys={})  # type: ignore[arg-type]


RULES = [
    {"code": "Client.Busy", "means": "throttled"},
    {"contains": "already have it", "means": "duplicate"},
    {"code": "client", "contains": "e-99", "means": "misconfigured"},
    {"contains": "try the other site", "means": "ambiguous"},
    {"contains": "later", "means": "transient"},
    {"contains": "bad data", "means": "refused"},
    {"detail": "alreadythere", "means": "duplicate"},
]
NAMED = "<e:Refusal xmlns:e='urn:e'><e:AlreadyThere/></e:Refusal>"
DETAIL = "<e xmlns='urn:t'><Code>E-99</Code><why>We ALREADY have it</why></e>"
HTML = b"<!DOCTYPE html><html><body><p>Sign in</p></body></html>"
MULTIPART = b"--b1\r\nContent-Type: text/xml\r\n\r\n" + envelope(OK) + b"\r\n--b1--\r\n"
NO_BODY = f"<s:Envelope xmlns:s='{ENVELOPES['1.1']}'/>".encode()
MUST = '<a:Action xmlns:a="urn:a" s:mustUnderstand="1">x</a:Action>'

# status, body, headers, settings -> a receipt, or a class and a code
Row = tuple[int, bytes, dict[str, str], dict[str, Any], Receipt | tuple[type[Failure], str]]
REPLIES: dict[str, Row] = {
    "expected": (200, envelope(OK), {}, {}, Receipt()),
    "expected, other version": (200, envelope(OK, version="1.2"), {}, {}, Receipt()),
    "expected, with 202": (202, envelope(OK), {}, {}, Receipt()),
    "in UTF-16": (200, envelope(OK).decode().encode("utf-16"), {}, {}, Receipt()),
    "multipart": (200, MULTIPART, {"content-type": 'multipart/related; boundary="b1"; type="text/xml"'}, {}, Receipt()),
    "multipart, no boundary": (200, MULTIPART, {"content-type": "multipart/x"}, {}, (Ambiguous, "reply-malformed")),
    "empty 200": (200, b"", {}, {}, (Ambiguous, "reply-empty")),
    "blank 200": (200, b" \n", {}, {}, (Ambiguous, "reply-empty")),
    "empty 202": (202, b"", {}, {}, Receipt()),
    "empty 204": (204, b"", {}, {}, Receipt()),
    "empty 500": (500, b"", {}, {}, (Ambiguous, "http-500")),
    "empty body element": (200, envelope(""), {}, {}, (Ambiguous, "reply-unexpected")),
    "another element": (200, envelope("<Oops/>"), {}, {}, (Ambiguous, "reply-unexpected")),
    "another namespace": (200, envelope("<TellResponse/>"), {}, {}, (Ambiguous, "reply-unexpected")),
    "HTML with 200": (200, HTML, {}, {}, (Ambiguous, "reply-html")),
    "XHTML with 200": (200, b"<html xmlns='http://www.w3.org/1999/xhtml'/>", {}, {}, (Ambiguous, "reply-html")),
    "tag soup with 200": (200, b"<html><br><p>", {}, {}, (Ambiguous, "reply-html")),
    "HTML with 503": (503, HTML, {}, {}, (Transient, "http-503")),
    "HTML with 403": (403, HTML, {}, {}, (Misconfigured, "http-403")),
    "truncated": (200, envelope(OK)[:-9], {}, {}, (Ambiguous, "reply-malformed")),
    "JSON": (200, b"{}", {}, {}, (Ambiguous, "reply-malformed")),
    "wrong charset": (200, b"<?xml version='1.0' encoding='utf-8'?>\xff", {}, {}, (Ambiguous, "reply-malformed")),
    "unknown charset": (200, b"<?xml version='1.0' encoding='klingon'?><a/>", {}, {}, (Ambiguous, "reply-malformed")),
    "no envelope": (200, OK.encode(), {}, {}, (Ambiguous, "reply-no-envelope")),
    "no body": (200, NO_BODY, {}, {}, (Ambiguous, "reply-no-envelope")),
    "mustUnderstand": (200, envelope(OK, header=MUST), {}, {}, (Ambiguous, "reply-must-understand")),
    "fault in 200": (200, fault(), {}, {}, (Refused, "fault-Client")),
    "client fault": (500, fault("Client"), {}, {}, (Refused, "fault-Client")),
    "client fault with a dot": (500, fault("Client.Data"), {}, {}, (Refused, "fault-Client")),
    "server fault": (500, fault("Server"), {}, {}, (Transient, "fault-Server")),
    "sender fault": (400, fault("Sender", version="1.2"), {}, {}, (Refused, "fault-Client")),
    "receiver fault": (500, fault("Receiver", version="1.2"), {}, {}, (Transient, "fault-Server")),
    "version fault": (500, fault("VersionMismatch"), {}, {}, (Misconfigured, "fault-VersionMismatch")),
    "mustUnderstand fault": (500, fault("MustUnderstand"), {}, {}, (Misconfigured, "fault-MustUnderstand")),
    "a fault of their own": (500, fault("E17 Mrs Lee"), {}, {}, (Ambiguous, "fault-other")),
    "a fault without code": (500, envelope("<s:Fault/>"), {}, {}, (Ambiguous, "fault-other")),
    "a fault behind a gateway": (503, fault("Client"), {"retry-after": "9"}, {}, (Throttled, "http-503")),
    "a fault without leave": (401, fault("Client"), {}, {}, (Misconfigured, "http-401")),
    "rule: duplicate": (500, fault("Client", detail=DETAIL), {}, {"faults": RULES}, Receipt(duplicate=True)),
    "rule: duplicate in 200": (200, fault("Server", "already have it"), {}, {"faults": RULES}, Receipt(duplicate=True)),
    "rule: throttled": (500, fault("Client.Busy"), {}, {"faults": RULES}, (Throttled, "fault-Client.Busy")),
    "rule: both": (500, fault("Client", "E-99"), {}, {"faults": RULES}, (Misconfigured, "fault-client")),
    "rule: only one of both": (500, fault("Server", "E-99"), {}, {"faults": RULES}, (Transient, "fault-Server")),
    "rule: ambiguous": (503, fault("X", "try the other site"), {}, {"faults": RULES}, (Ambiguous, "fault-ambiguous")),
    "rule: transient": (500, fault("Client", "later"), {}, {"faults": RULES}, (Transient, "fault-transient")),
    "rule: detail": (500, fault(detail=NAMED), {}, {"faults": RULES}, Receipt(duplicate=True)),
    "rule: detail, 1.2": (500, fault(detail=NAMED, version="1.2"), {}, {"faults": RULES}, Receipt(duplicate=True)),
    "rule: not in the detail": (500, fault(text="AlreadyThere"), {}, {"faults": RULES}, (Refused, "fault-Client")),
    "rule: refused": (500, fault("Server", "bad data"), {}, {"faults": RULES}, (Refused, "fault-refused")),
    "subcode": (
        500,
        fault("Sender", version="1.2").replace(
            b"</s:Value>", b"</s:Value><s:Subcode><s:Value>x:Dup</s:Value></s:Subcode>", 1
        ),
        {},
        {"faults": [{"code": "Dup", "means": "duplicate"}]},
        Receipt(duplicate=True),
    ),
}  # fmt: skip


def outcome(row: Row, style: str = "document, SOAP 1.1") -> Receipt | tuple[type[Failure], str]:
    """Read a reply, and give what came of it in the table's terms."""
    status, body, headers, settings, _ = row
    place = soap_endpoint(style, **settings)
    try:
        return soap.decode(response(status, body, **{k.replace("-", "_"): v for k, v in headers.items()}), place)
    except Failure as failure:
        return type(failure), failure.code


@pytest.mark.parametrize("name", REPLIES)
def test_each_reply_has_its_meaning(name: str) -> None:
    assert outcome(REPLIES[name]) == REPLIES[name][-1]


@pytest.mark.parametrize("body", [b"", envelope(""), envelope(OK)], ids=["empty", "empty body", "full"])
def test_an_operation_without_a_reply_takes_any_success_for_one(body: bytes) -> None:
    assert soap.decode(response(200, body), soap_endpoint("one way")) == Receipt()


@pytest.mark.parametrize("name", ["TellResponse", "Out"])
@pytest.mark.parametrize("namespace", ["urn:t", "urn:other", ""])
def test_an_rpc_reply_is_known_by_its_name_whatever_its_namespace(name: str, namespace: str) -> None:
    """WS-I Basic Profile 1.1, R2729, and the toolkits that came before it."""
    body = envelope(f'<{name} xmlns="{namespace}"><reply xmlns=""/></{name}>')
    assert soap.decode(response(200, body), soap_endpoint("rpc, SOAP 1.1")) == Receipt()


ANSWER = """{outcome: code(body.Result, {closed: 'acted', unknown: 'no_match', "*": 'received'}),
             actions: body.Act && not_null(body.Act[].{code: Code, on: On}, [body.Act.{code: Code, on: On}])}"""


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (0, ()),
        (1, (Action("account_closed", "2026-01-31"),)),
        (2, (Action("account_closed", "2026-01-31"),) * 2),
    ],
)
def test_an_answer_in_the_reply_is_read_by_mapping(acts: int, expected: tuple[Action, ...]) -> None:
    act = "<Act><Code>account_closed</Code><On>2026-01-31</On></Act>" * acts
    body = envelope(f'<TellResponse xmlns="urn:t"><Result>closed</Result>{act}</TellResponse>')
    receipt = soap.decode(response(200, body), soap_endpoint(reply=ANSWER))
    assert receipt == Receipt(answer=Answer("acted", expected))


def test_the_fields_of_the_mapping_are_needed() -> None:
    needed = {"subject.name.family", "subject.name.given", "death.died_on", "services.library"}
    assert soap.fields_needed(soap_endpoint()) == needed


@pytest.mark.parametrize(
    ("settings", "documents", "words"),
    [
        ({}, {"a.wsdl": wsdl()}, ""),
        ({"operation": "Shout"}, {"a.wsdl": wsdl()}, "there is no operation Shout; there are Tell"),
        ({"service": "T"}, {"a.wsdl": wsdl()}, "there is no service T; there are S"),
        ({"port": "Two"}, {"a.wsdl": wsdl()}, "there is no port Two; there are One"),
        ({"wsdl": "b.wsdl"}, {"a.wsdl": wsdl()}, "the document b.wsdl is missing"),
        ({}, {}, "the document a.wsdl is missing"),
        ({}, {"a.wsdl": STYLES["imported schema"][0]["a.wsdl"]}, "the document types/t.xsd is missing"),
        ({}, {"a.wsdl": b"<a"}, "a.wsdl is no WSDL that can be read"),
        ({}, {"a.wsdl": b"<a/>"}, "which service is not said; name one of none"),
        ({}, {"a.wsdl": b"<!DOCTYPE a []>" + wsdl().split(b"?>")[1]}, "document type declaration"),
        ({}, {"a.wsdl": wsdl().replace(b"schemas.xmlsoap.org/wsdl/soap/", b"x.example/")}, "none for SOAP over HTTP"),
        ({"faults": [{"means": "duplicate"}]}, {"a.wsdl": wsdl()}, "`faults.0`"),
        ({"faults": [{"code": "a", "means": "fine"}]}, {"a.wsdl": wsdl()}, "`faults.0.means`"),
        ({"mapping": ""}, {"a.wsdl": wsdl()}, "the mapping is empty"),
    ],
)
def test_settings_and_documents_that_do_not_fit_are_said(
    settings: dict[str, Any], documents: dict[str, bytes], words: str
) -> None:
    place = endpoint("soap", {"wsdl": "a.wsdl", "operation": "Tell", "mapping": WRAPPED, **settings}, documents)
    found = soap.check(place)
    assert len(found) == (1 if words else 0)
    assert words in "".join(found)
    if words:
        with pytest.raises(Misconfigured):
            soap.encode(message(), place)
        with pytest.raises(Misconfigured):
            soap.decode(response(200, envelope(OK)), place)


XML = st.recursive(
    st.text(alphabet="ab<>&;'\"= \n", max_size=8) | st.sampled_from(["<s:Fault>", "</a>", "<a/>", "<!--", "<![CDATA["]),
    lambda inner: st.lists(inner, max_size=4).map("".join) | inner.map(lambda text: f"<a>{text}</a>"),
    max_leaves=20,
)


@given(st.binary(max_size=200) | XML.map(envelope) | XML.map(str.encode), st.integers(100, 599))
def test_no_reply_whatever_raises_anything_but_a_failure(body: bytes, status: int) -> None:
    for style in ("document, SOAP 1.1", "rpc, SOAP 1.2"):
        assert outcome((status, body, {}, {"faults": RULES, "reply": ANSWER}, Receipt()), style)
