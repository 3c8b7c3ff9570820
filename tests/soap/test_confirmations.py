"""Recipients that speak only SOAP say what they did, and are told in a fault what is wrong."""

import uuid
from typing import Any

import pytest
import zeep
from django.db import OperationalError
from django.test import Client
from lxml import etree

from identity.models import Access, OrganisationNumber
from tellusonce import confirmations
from tellusonce.models import Confirmation, Delivery
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db
PATH = "/soap/confirmations"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
ENVELOPE = """<s:Envelope xmlns:s="{version}" xmlns:t="urn:tell-us-once:confirmations:1"><s:Body>
<t:RecordConfirmation><t:DeliveryId>{delivery}</t:DeliveryId>{rest}</t:RecordConfirmation></s:Body></s:Envelope>"""
ACTED = """<t:Outcome>acted</t:Outcome><t:Action><t:Code>name_removed</t:Code><t:Date>2026-11-02</t:Date></t:Action>
<t:OccurredAt>2026-11-02T10:00:00Z</t:OccurredAt><t:TheirReference>E-7</t:TheirReference>"""
TYPED = "Zebedee"


@pytest.fixture
def elections() -> Caller:
    return Caller("elections")


@pytest.fixture
def delivery() -> Delivery:
    """Give a delivery that was told to the elections office."""
    factories.recipient("electors", organisation="elections")
    factories.submitted()
    Delivery.objects.update(tries=1)
    return Delivery.objects.get()


def envelope(delivery_id: object, rest: str = ACTED, *, version: str = SOAP_11) -> bytes:
    return ENVELOPE.format(version=version, delivery=delivery_id, rest=rest).encode()


def fault(response: Any, *, status: int, code: str = "Client") -> str:
    """Check that an answer is a SOAP 1.1 fault, and give its words."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    found = etree.fromstring(response.content).find(f".//{{{SOAP_11}}}Fault")
    assert found is not None
    assert (found.findtext("faultcode") or "").endswith(f":{code}")
    words = found.findtext("faultstring") or ""
    assert words
    assert TYPED not in words
    return words


def recorded(response: Any) -> str:
    assert response.status_code == 200, response.content
    return str(etree.fromstring(response.content).findtext(".//{urn:tell-us-once:confirmations:1}Recorded"))


def test_a_confirmation_is_recorded_once_and_known_again(elections: Caller, delivery: Delivery) -> None:
    assert recorded(elections.soap(envelope(delivery.pk))) == "true"
    assert recorded(elections.soap(envelope(delivery.pk))) == "duplicate"
    kept = Confirmation.objects.get()
    assert (kept.outcome, kept.came_by, kept.given_by) == ("acted", "soap", elections.name)
    assert kept.actions == [{"code": "name_removed", "on": "2026-11-02"}]
    delivery.refresh_from_db()
    assert delivery.state == "closed"
    assert Access.objects.get(action="confirmation_recorded").on == "soap"


def test_the_same_said_by_soap_and_by_rest_is_one_confirmation(elections: Caller, delivery: Delivery) -> None:
    elections.soap(envelope(delivery.pk))
    said = {
        "outcome": "acted",
        "actions": [{"code": "name_removed", "on": "2026-11-02"}],
        "occurred_at": "2026-11-02T10:00:00Z",
        "their_reference": "E-7",
    }
    assert elections.post(f"/deliveries/{delivery.pk}/confirmations", said).status_code == 200
    assert Confirmation.objects.count() == 1


def test_soap_1_2_is_answered_in_soap_1_2(elections: Caller, delivery: Delivery) -> None:
    response = elections.soap(envelope(delivery.pk, version=SOAP_12))
    assert response["Content-Type"] == "application/soap+xml; charset=utf-8"
    assert recorded(response) == "true"
    refused = elections.soap(envelope(uuid.uuid4(), version=SOAP_12))
    assert refused.status_code == 400
    assert b"Sender" in refused.content


def test_a_published_wsdl_is_all_that_zeep_needs(elections: Caller, delivery: Delivery) -> None:
    published = Client().get(f"{PATH}?wsdl", secure=True)
    assert (published.status_code, published["Content-Type"]) == (200, "text/xml; charset=utf-8")

    class Wire(zeep.Transport):
        """Gives zeep the WSDL, and carries what it says to the door."""

        def load(self, url: str) -> bytes:  # noqa: ARG002 - zeep names it
            return bytes(published.content)

        def post(self, address: str, message: bytes, headers: Any) -> Any:  # noqa: ARG002 - zeep names it
            assert address == f"https://testserver{PATH}"
            response = elections.soap(message)
            response.headers.setdefault("Content-Type", "text/xml")
            return response

    service = zeep.Client("wsdl", transport=Wire()).service  # type: ignore[no-untyped-call]  # zeep ships no types
    assert service.RecordConfirmation(DeliveryId=str(delivery.pk), Outcome="received") == "true"
    with pytest.raises(zeep.exceptions.Fault, match="no delivery with this id"):
        service.RecordConfirmation(DeliveryId=str(uuid.uuid4()), Outcome="received")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"<html>Zebedee</html>",
        b'<!DOCTYPE a [<!ENTITY b "Zebedee">]><a>&b;</a>',
        b"<a/>",
        b"\xff\xfe",
        envelope(TYPED),
        envelope(uuid.uuid4(), "<t:Outcome>Zebedee</t:Outcome>"),
        envelope(uuid.uuid4(), "<t:Outcome>acted</t:Outcome><t:Zebedee/>"),
        envelope(uuid.uuid4(), "<t:Outcome>acted</t:Outcome><t:OccurredAt>2026-11-02T10:00:00</t:OccurredAt>"),
        envelope(uuid.uuid4(), "<t:Outcome>acted</t:Outcome><t:OccurredAt>2999-01-01T00:00:00Z</t:OccurredAt>"),
        envelope(uuid.uuid4(), "<t:Outcome>acted</t:Outcome><t:OccurredAt>0001-01-01T00:00:00+14:00</t:OccurredAt>"),
    ],
)
def test_what_does_not_fit_is_the_senders_fault(elections: Caller, body: bytes) -> None:
    fault(elections.soap(body), status=400)
    assert not Confirmation.objects.exists()


def test_anothers_delivery_and_one_that_never_was_are_the_same_fault(delivery: Delivery) -> None:
    stranger = Caller("stranger")
    words = {fault(stranger.soap(envelope(each)), status=400) for each in (delivery.pk, uuid.uuid4())}
    assert words == {"You have no delivery with this id. Use the id that came with the message."}
    assert not Confirmation.objects.exists()


def test_no_token_is_401_and_no_scope_403(delivery: Delivery) -> None:
    response = Client().post(PATH, envelope(delivery.pk), content_type="text/xml", secure=True)
    assert "Authorization: Bearer" in fault(response, status=401)
    assert response["WWW-Authenticate"] == "Bearer"
    response = Caller("elections", scopes=("deliveries:read",)).soap(envelope(delivery.pk))
    assert "confirmations:write" in fault(response, status=403)


def test_more_than_256_kib_is_413(elections: Caller) -> None:
    fault(elections.soap(envelope(uuid.uuid4(), " " * 256 * 1024)), status=413)


def test_what_cannot_be_kept_right_now_is_our_fault_and_says_nothing_of_its_cause(
    elections: Caller, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError(TYPED)

    monkeypatch.setattr(confirmations, "_keep", fail)
    assert "Send it again" in fault(elections.soap(envelope(delivery.pk)), status=503, code="Server")


def test_a_wrong_method_is_405() -> None:
    assert Client().put(PATH, b"", secure=True).status_code == 405


def number(scheme: str, value: str) -> str:
    return f"{ACTED}<t:OwnNumber><t:Scheme>{scheme}</t:Scheme><t:Value>{value}</t:Value></t:OwnNumber>"


def test_a_number_of_theirs_is_learnt(elections: Caller, delivery: Delivery) -> None:
    assert recorded(elections.soap(envelope(delivery.pk, number("own-reference", "E-4711")))) == "true"
    assert OrganisationNumber.objects.get().organisation == "elections"


@pytest.mark.parametrize(
    ("scheme", "words"),
    [("nhs", "NHS number: ten digits"), ("shoe-size", "There is no scheme"), ("Shoe Size", "Scheme must be")],
)
def test_a_number_that_cannot_be_right_is_a_fault_that_quotes_nothing(
    elections: Caller, delivery: Delivery, scheme: str, words: str
) -> None:
    found = fault(elections.soap(envelope(delivery.pk, number(scheme, TYPED))), status=400)
    assert words in found
    assert not Confirmation.objects.exists()
