"""Confirmations by SOAP: zeep as a client can use what we publish, and what is wrong is said without being repeated."""

import contextlib
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import requests
import zeep
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters import confirmation_xml, envelopes, soap_service
from adapters.contract import ACTION_CODES, OUTCOMES, Action, Answer, OwnNumber
from tests.adapters.examples import ENVELOPES, envelope

ID = "0197b1c2-aaaa-7000-8000-000000000001"
T = f'xmlns="{confirmation_xml.NAMESPACE}"'
XS = "{http://www.w3.org/2001/XMLSchema}"


def request(inner: str, **more: str) -> bytes:
    return envelope(f"<RecordConfirmation {T}>{inner}</RecordConfirmation>", **more)


ACTED = f"<DeliveryId>{ID}</DeliveryId><Outcome>acted</Outcome>"


def test_a_whole_confirmation_is_read() -> None:
    actions = (
        "<Action><Code>payment_stopped</Code><Date>2026-01-31</Date></Action><Action><Code>name_removed</Code></Action>"
    )
    rest = (
        "<OccurredAt>2026-01-31T09:30:00Z</OccurredAt><TheirReference> A  1 </TheirReference><Note>Sorry for\nit</Note>"
        "<OwnNumber><Scheme>library-card</Scheme><Value> L 1 </Value></OwnNumber>"
    )
    found = confirmation_xml.parse(request(ACTED + actions + rest))
    answer = Answer(
        outcome="acted",
        actions=(Action("payment_stopped", "2026-01-31"), Action("name_removed")),
        occurred_at=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        their_reference="A 1",
        note="Sorry for it",
        numbers=(OwnNumber("library-card", "L 1"),),
    )
    assert found == confirmation_xml.Confirmation(ID, answer, envelopes.SOAP_11)


def test_the_least_confirmation_is_read_in_either_version_and_with_prefixes() -> None:
    assert confirmation_xml.parse(request(ACTED, version="1.2")).version == envelopes.SOAP_12
    prefixed = envelope(
        f'<p:RecordConfirmation xmlns:p="{confirmation_xml.NAMESPACE}"><p:DeliveryId> {ID.upper()} </p:DeliveryId>'
        "<p:Outcome>no_match</p:Outcome></p:RecordConfirmation>"
    )
    found = confirmation_xml.parse(prefixed)
    assert (found.delivery_id, found.answer) == (ID, Answer("no_match"))


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "Client", "The request is empty; send a SOAP envelope."),
        (b"{}", "Client", "not well-formed XML (line 1)."),
        (b"<html><p>", "Client", "The request is HTML"),
        (b"<!DOCTYPE a><a/>", "Client", "document type declaration; leave it out (line 1)."),
        (b"<a/>", "Client", "no SOAP 1.1 or 1.2 envelope"),
        (envelope(""), "Client", "must hold one RecordConfirmation of the namespace urn:tell-us-once:confirmations:1"),
        (envelope("<RecordConfirmation/>"), "Client", "of the namespace"),
        (request(""), "Client", "RecordConfirmation must be: DeliveryId, Outcome"),
        (request(f"<DeliveryId>{ID}</DeliveryId>"), "Client", "the first two are needed"),
        (request("<DeliveryId>Secret</DeliveryId>"), "Client", "DeliveryId must be: the id of the delivery"),
        (request(ACTED.replace("acted", "Secret")), "Client", "Outcome must be: one of received"),
        (request(ACTED + "\n<Secret/>"), "Client", "Line 2: RecordConfirmation must be"),
        (request(ACTED + "<Secret xmlns='urn:Secret'/>"), "Client", "RecordConfirmation must be"),
        (request(ACTED + "<Note>a</Note><TheirReference>b</TheirReference>"), "Client", "in this order"),
        (request(ACTED + "<Action/>"), "Client", "Action must be: a Code and"),
        (
            request(ACTED + "\n\n<Action><Code>Secret</Code></Action>"),
            "Client",
            "Line 3: Code must be: one of payment_stopped",
        ),
        (request(ACTED + "<Action><Date>2026-01-31</Date></Action>"), "Client", "Action must be"),
        (
            request(ACTED + "<Action><Code>name_removed</Code><Date>2026-02-30</Date></Action>"),
            "Client",
            "Date must be: a day such as",
        ),
        (request(ACTED + "<Action><Code>name_removed</Code></Action>" * 21), "Client", "Action (up to 20)"),
        (
            request(ACTED + "<OccurredAt>2026-01-31T09:30:00</OccurredAt>"),
            "Client",
            "OccurredAt must be: a moment with its",
        ),
        (request(ACTED + f"<TheirReference>{'Secret' * 20}</TheirReference>"), "Client", "at most 100 characters"),
        (request(ACTED + f"<Note>{'Secret ' * 200}</Note>"), "Client", "at most 1000 characters"),
        (request(ACTED, header='<a s:mustUnderstand="1"/>'), "MustUnderstand", "only WS-Security and"),
    ],
)
def test_what_is_wrong_is_said_where_and_what_would_be_right_and_never_quoted(
    body: bytes, code: str, words: str
) -> None:
    with pytest.raises(soap_service.ParseFault) as fault:
        confirmation_xml.parse(body)
    assert (fault.value.code, fault.value.__cause__) == (code, None)
    assert words in fault.value.text
    assert "Secret" not in fault.value.text


def test_a_fault_is_answered_in_the_version_that_was_spoken() -> None:
    with pytest.raises(soap_service.ParseFault) as fault:
        confirmation_xml.parse(request("", version="1.2"))
    assert fault.value.version == envelopes.SOAP_12


@pytest.mark.parametrize("version", ENVELOPES.values())
@pytest.mark.parametrize("code", ["Client", "Server"])
def test_faults_and_replies_are_envelopes(version: str, code: str) -> None:
    said = envelopes.fault(envelopes.read(soap_service.fault(code, "Line 1: a < b", version=version)))
    assert said is not None
    assert said.code == code
    assert "Line 1: a < b" in said.text
    for duplicate, word in ((False, "true"), (True, "duplicate")):
        opened = envelopes.read(confirmation_xml.reply(duplicate=duplicate, version=version))
        assert (opened.namespace, envelopes.plain(cast("Any", opened.body))) == (version, {"Recorded": word})


class Post(zeep.Transport):
    """A wire from zeep's client to our parser."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.heard: confirmation_xml.Confirmation | None = None
        self.address = ""

    def load(self, url: str) -> bytes:
        """Hand out what we publish."""
        assert url == "https://tuo.example/soap/confirmations?wsdl"
        return confirmation_xml.wsdl("https://tuo.example/soap/confirmations")

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
        """Read the request as we would."""
        self.address = address
        self.heard = confirmation_xml.parse(message)
        content = confirmation_xml.reply(duplicate=True, version=self.heard.version)
        reply = requests.Response()
        reply.status_code, reply._content = 200, content
        reply.headers["Content-Type"] = headers["Content-Type"]
        return reply


@pytest.mark.parametrize("port", ["Confirmations", "Confirmations12"])
def test_zeep_as_a_client_needs_nothing_but_the_published_wsdl(port: str) -> None:
    post = Post()
    client = zeep.Client("https://tuo.example/soap/confirmations?wsdl", transport=post)  # type: ignore[no-untyped-call]
    said = client.bind("ConfirmationsService", port).RecordConfirmation(
        DeliveryId=ID, Outcome="acted", Action=[{"Code": "bill_reissued", "Date": "2026-01-31"}], Note="Done"
    )
    assert (said, post.address) == ("duplicate", "https://tuo.example/soap/confirmations")
    assert post.heard is not None
    assert post.heard.answer == Answer("acted", (Action("bill_reissued", "2026-01-31"),), note="Done")
    post.session.close()


@pytest.mark.parametrize(("name", "words"), [("Outcome", OUTCOMES), ("ActionCode", ACTION_CODES)])
def test_the_schema_knows_the_same_words_as_the_contract(name: str, words: tuple[str, ...]) -> None:
    schema = etree.fromstring(confirmation_xml.wsdl("x"))
    values = [each.get("value") for each in schema.iterfind(f".//{XS}simpleType[@name='{name}']//{XS}enumeration")]
    assert tuple(values) == words


TEXT = st.text(max_size=60)


@given(
    st.binary(max_size=99)
    | TEXT.map(lambda t: request(ACTED + t))
    | TEXT.map(lambda t: request(f"{ACTED}<Note>{t}</Note>"))
)
def test_any_bytes_are_a_confirmation_or_a_fault(body: bytes) -> None:
    with contextlib.suppress(soap_service.ParseFault):
        assert confirmation_xml.parse(body).delivery_id == ID
