"""Pennyroll: exchanges as it has them."""

import hashlib
import hmac
from pathlib import Path

import pytest
from lxml import etree

from adapters.contract import (
    Action,
    Ambiguous,
    Answer,
    Failure,
    Misconfigured,
    OwnNumber,
    Receipt,
    Refused,
    Throttled,
    Transient,
)
from adapters.systems import pennyroll
from tests.adapters.checks import AT
from tests.adapters.examples import endpoint, envelope, message, response
from tests.adapters.examples import fault as soap_fault
from tests.catalogue.examples import altered, complaints

PLACE = endpoint("pennyroll", {"client": "NMTUO1", "key": "k"})
DEATH = """<?xml version='1.0' encoding='utf-8'?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:pennyroll:exchange:3">{header}<s:Body>\
<p:PostEvent><p:Exchange>0197b1c2-aaaa-7000-8000-000000000001</p:Exchange><p:Client>NMTUO1</p:Client>\
<p:Event>{event}</p:Event><p:Case>TUO-7Q4-K2M</p:Case><p:Citizen><p:Nino>QQ123456C</p:Nino>\
<p:Surname>O'LEE-ÅNGSTRÖM</p:Surname><p:Forenames>Ann Mary</p:Forenames><p:Born>05/1941</p:Born></p:Citizen>\
<p:On>31/01/2026</p:On><p:Property><p:Line>1 High Street</p:Line><p:Line>Northmoor</p:Line>\
<p:Postcode>NM1 1AA</p:Postcode><p:Uprn>12</p:Uprn></p:Property></p:PostEvent></s:Body></s:Envelope>"""
SESSION = """<s:Header><p:Session s:mustUnderstand="1"><p:Client>NMTUO1</p:Client>\
<p:Made>2026-02-01T10:00:00.000Z</p:Made><p:Once>n-1</p:Once><p:Ticket>{ticket}</p:Ticket></p:Session></s:Header>"""
MOVE = {
    "subject": {"name": {"given": ["Bo"], "family": "Lee"}, "identifiers": {"council_tax_account": "CT0047"}},
    "moved_on": "2026-03-01",
    "old_address": {"lines": ["1 High Street"], "town": "Northmoor", "postcode": "ZX1 1AA"},
    "new_address": {"lines": ["Flat 2", "The Quay"], "town": "Southmoor", "postcode": "ZX2 2BB", "uprn": "77"},
}
MOVED = (
    "<p:Event>MOVED</p:Event><p:Case>TUO-7Q4-K2M</p:Case><p:Citizen><p:Account>CT0047</p:Account>"
    "<p:Surname>LEE</p:Surname><p:Forenames>Bo</p:Forenames></p:Citizen><p:On>01/03/2026</p:On>"
    "<p:Property><p:Line>1 High Street</p:Line><p:Line>Northmoor</p:Line><p:Postcode>ZX1 1AA</p:Postcode></p:Property>"
    "<p:Forwarding><p:Line>Flat 2</p:Line><p:Line>The Quay</p:Line><p:Line>Southmoor</p:Line>"
    "<p:Postcode>ZX2 2BB</p:Postcode><p:Uprn>77</p:Uprn></p:Forwarding>"
)


@pytest.mark.parametrize(
    ("purpose", "event"),
    [("notify", "DECEASED"), ("correct", "DECEASED_AMENDED"), ("void", "DECEASED_WITHDRAWN")],
)
def test_a_death_is_said_as_recorded(purpose: str, event: str) -> None:
    said = pennyroll.encode(message(purpose=purpose), PLACE)
    assert said.body.decode() == DEATH.format(header="", event=event)
    assert said.headers == {"SOAPAction": '"urn:pennyroll:exchange:3/PostEvent"'}


def test_a_move_says_both_addresses() -> None:
    assert MOVED in pennyroll.encode(message(MOVE, kind="move"), PLACE).body.decode()


def test_what_it_has_no_event_for_is_refused() -> None:
    with pytest.raises(Refused, match="event-not-spoken"):
        pennyroll.encode(message(kind="marriage"), PLACE)


def test_what_xml_has_no_place_for_is_refused_and_not_quoted() -> None:
    with pytest.raises(Refused, match=r"^value-misfit$"):
        pennyroll.encode(message({"subject": {"name": {"family": "Lee\x00"}}}), PLACE)


def test_each_try_opens_a_session_of_its_own() -> None:
    content = pennyroll.encode(message(), PLACE)
    request = pennyroll.seal(content, PLACE, at=AT, nonce="n-1", keys={"k": "s3cret"})
    body = etree.tostring(etree.fromstring(request.body)[-1], method="c14n", exclusive=True)
    said = f"NMTUO1\n2026-02-01T10:00:00.000Z\nn-1\n{hashlib.sha256(body).hexdigest()}"
    ticket = hmac.new(b"s3cret", said.encode(), hashlib.sha256).hexdigest()
    assert request.body.decode() == DEATH.format(header=SESSION.format(ticket=ticket), event="DECEASED")
    assert pennyroll.seal(content, PLACE, at=AT, nonce="n-2", keys={"k": "s3cret"}).body != request.body


def test_without_its_key_nothing_is_sent() -> None:
    with pytest.raises(Misconfigured, match="key-missing"):
        pennyroll.seal(pennyroll.encode(message(), PLACE), PLACE, at=AT, nonce="n", keys={"another": "s3cret"})


def reply(inner: str) -> bytes:
    return envelope(f'<r:PostEventResponse xmlns:r="urn:pennyroll:exchange:3">{inner}</r:PostEventResponse>')


def fault(number: str, *, code: str = "Server") -> bytes:
    detail = f'<p:Problem xmlns:p="urn:pennyroll:exchange:3"><p:Number> {number} </p:Number></p:Problem>'
    return soap_fault(code, "The exchange for O'LEE could not be posted", detail)


Expected = Receipt | tuple[type[Failure], str]
APPLIED = """<r:Result>APPLIED</r:Result><r:WorkItem>W-9</r:WorkItem>\
<r:Account><r:Kind>CT</r:Kind><r:Number>CT0047</r:Number></r:Account>\
<r:Account><r:Kind>HB</r:Kind><r:Number>B12</r:Number></r:Account>\
<r:Done><r:Code>LIABILITY_ENDED</r:Code><r:On>2026-01-31</r:On></r:Done>\
<r:Done><r:Code>OVERPAID</r:Code></r:Done>"""
DONE = (Action("account_closed", "2026-01-31"), Action("overpayment_assessed"))
NUMBERS = (OwnNumber("council-tax-account", "CT0047"),)
ONE = "<r:Result>APPLIED</r:Result><r:Done><r:Code>{}</r:Code></r:Done>"
EXCHANGES: list[tuple[int, bytes, Expected]] = [
    (200, reply(APPLIED), Receipt(answer=Answer("acted", DONE, their_reference="W-9", numbers=NUMBERS))),
    (200, reply(ONE.format("BENEFIT_ENDED")), Receipt(answer=Answer("acted", (Action("payment_stopped"),)))),
    (200, reply(ONE.format("TEA")), Receipt(answer=Answer("acted"), remark="answer-unknown-action")),
    (200, reply("<r:Result>APPLIED</r:Result>"), Receipt(answer=Answer("acted"))),
    (200, reply("<r:Result>WORKTRAY</r:Result>"), Receipt(answer=Answer("manual_review"))),
    (200, reply("<r:Result>NOT_HELD</r:Result>"), Receipt(answer=Answer("no_match"))),
    (200, reply("<r:Result>SEVERAL</r:Result>"), Receipt(answer=Answer("multiple_candidates"))),
    (200, reply("<r:Result>NO_CHANGE</r:Result>"), Receipt(answer=Answer("nothing_to_do"))),
    (200, reply("<r:Result>UNDONE</r:Result>"), Receipt(answer=Answer("reversed"))),
    (200, reply("<r:Result>UNDO_BARRED</r:Result>"), Receipt(answer=Answer("reversal_refused"))),
    (200, reply("<r:Result>NEW WORD</r:Result>"), Receipt(remark="answer-unreadable")),
    (200, reply(""), Receipt()),
    (500, fault("PR-200"), Receipt(duplicate=True)),
    (200, fault("PR-200"), Receipt(duplicate=True)),
    (500, fault("PR-100"), (Transient, "pennyroll-ticket-expired")),
    (500, fault("PR-101"), (Misconfigured, "pennyroll-ticket-wrong")),
    (500, fault("PR-110"), (Misconfigured, "pennyroll-client-unknown")),
    (500, fault("PR-210"), (Throttled, "pennyroll-busy")),
    (503, fault("PR-220"), (Throttled, "pennyroll-busy")),
    (500, fault("PR-300"), (Refused, "pennyroll-value")),
    (500, fault("PR-310"), (Refused, "pennyroll-exchange-reused")),
    (500, fault("PR-800"), (Transient, "pennyroll-rolled-back")),
    (500, fault("PR-900"), (Ambiguous, "pennyroll-unknown-state")),
    (500, fault("PR-777"), (Ambiguous, "pennyroll-fault-unknown")),
    (500, soap_fault("Client", "bad XML"), (Ambiguous, "pennyroll-fault-unknown")),
    (503, soap_fault("Server", "proxy"), (Transient, "http-503")),
    (401, b"", (Misconfigured, "http-401")),
    (200, b"", (Ambiguous, "reply-empty")),
    (200, b"<html><body>Maintenance</body></html>", (Ambiguous, "reply-html")),
    (200, envelope("<PostEventResponse/>"), (Ambiguous, "reply-unexpected")),
    (200, envelope(""), (Ambiguous, "reply-unexpected")),
]


@pytest.mark.parametrize(("status", "body", "expected"), EXCHANGES)
def test_each_reply_has_its_meaning(status: int, body: bytes, expected: Expected) -> None:
    try:
        found: Expected = pennyroll.decode(response(status, body), PLACE)
    except Failure as failure:
        found = type(failure), failure.code
    assert found == expected


def test_a_header_that_must_be_understood_is_not_passed_over() -> None:
    odd = '<x:Odd xmlns:x="urn:x" s:mustUnderstand="1"/>'
    told = f'<PostEventResponse xmlns="{pennyroll.NAMESPACE}"/>'
    assert pennyroll.decode(response(200, envelope(told)), PLACE) == Receipt()
    with pytest.raises(Ambiguous, match="reply-unexpected"):
        pennyroll.decode(response(200, envelope(told, header=odd)), PLACE)


@pytest.mark.parametrize(("number", "seconds"), [("PR-210", 900), ("PR-220", 7200)])
def test_it_is_given_the_time_it_needs(number: str, seconds: float) -> None:
    with pytest.raises(Throttled) as caught:
        pennyroll.decode(response(500, fault(number)), PLACE)
    assert caught.value.retry_after == seconds


ROUTE = (
    ("adapter: rest", "adapter: pennyroll"),
    ('mapping: "{who: full_name(subject.name), died: death.died_on}"', "{client: NMTUO1, key: moor-revenues}"),
)
NUMBERS_OF_PERSON = "subject.identifiers.nino, subject.identifiers.council_tax_account"
GRANTED = (
    "[subject.name, death.died_on]",
    f"[subject.name, subject.born_on, {NUMBERS_OF_PERSON}, subject.addresses, death.died_on]",
)


def test_the_catalogue_takes_it_and_wants_what_it_says_to_be_granted(tmp_path: Path) -> None:
    assert complaints(tmp_path, altered(*ROUTE, GRANTED)) == []
    (found,) = complaints(tmp_path, altered(*ROUTE))
    assert "does not grant what the mapping of `libraries` needs: `subject.addresses.lines`" in found
