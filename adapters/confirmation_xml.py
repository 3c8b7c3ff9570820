"""Read and answer confirmations that come by SOAP, and publish how to write them.

The WSDL and its schema lie beside this file; what comes is validated against the schema before anything of it is used.
SOAP 1.1 and 1.2, document/literal wrapped; WSDL 1.1; XML Schema 1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from lxml import etree

from adapters import envelopes, soap_service
from adapters.contract import ACTION_CODES, OUTCOMES, Action, Answer, OwnNumber
from adapters.envelopes import Envelope
from adapters.soap_service import ParseFault

NAMESPACE = "urn:tell-us-once:confirmations:1"

HERE = Path(__file__).parent
T = f"{{{NAMESPACE}}}"

# What is right, by element: what came is never repeated.
RIGHT: Mapping[str, str] = {
    "DeliveryId": "the id of the delivery as it was given to you, a UUID",
    "Outcome": "one of " + ", ".join(OUTCOMES),
    "Code": "one of " + ", ".join(ACTION_CODES),
    "Date": "a day such as 2026-01-31",
    "OccurredAt": "a moment with its time zone, such as 2026-01-31T09:30:00Z",
    "TheirReference": "at most 100 characters",
    "Note": "at most 1000 characters",
    "Action": "a Code and, if it has one, a Date",
    "Scheme": "the name of a scheme, such as council-tax-account",
    "Value": "at most 100 characters",
    "OwnNumber": "a Scheme and a Value",
    "RecordConfirmation": "DeliveryId, Outcome, Action (up to 20), OccurredAt, TheirReference, Note, OwnNumber "
    "(up to 10), in this order; the first two are needed",
}
PARENTS: Mapping[str, str] = {"Code": "Action", "Date": "Action", "Scheme": "OwnNumber", "Value": "OwnNumber"}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One confirmation as it came; `version` is the namespace of the envelope to answer in."""

    delivery_id: str
    answer: Answer
    version: str


def parse(body: bytes) -> Confirmation:
    """Read a request from its bytes. Raises ParseFault."""
    return read(soap_service.open_envelope(body))


def read(envelope: Envelope) -> Confirmation:
    """Read a request that has been opened. Raises ParseFault."""
    found = soap_service.only(envelope, ["RecordConfirmation"], namespace=NAMESPACE)
    _validate(found, envelope.namespace)
    return Confirmation(_text(found, "DeliveryId").lower(), _answer(found), envelope.namespace)


def _validate(found: etree._Element, version: str) -> None:
    # A validator's error log is its own, so threads do not share one.
    fault = soap_service.first_fault(etree.XMLSchema(_read("confirmations.xsd")), found)
    if fault is not None:
        line, name, words = fault
        named = _failing(name, words)
        raise ParseFault("Client", f"Line {line}: {named} must be: {RIGHT[named]}.", version=version)


def _failing(name: str, words: str) -> str:
    """Name the element of ours that is wrong; what else they sent is not ours to repeat."""
    if "not expected" in words:
        # It stands where it should not: its parent is what is wrong.
        return PARENTS.get(name, "RecordConfirmation")
    return name if name in RIGHT else "RecordConfirmation"


def _answer(found: etree._Element) -> Answer:
    moment = _text(found, "OccurredAt")
    return Answer(
        outcome=_text(found, "Outcome"),
        actions=tuple(Action(_text(each, "Code"), _day(_text(each, "Date"))) for each in found.iter(f"{T}Action")),
        occurred_at=_moment(moment) if moment else None,
        their_reference=_text(found, "TheirReference"),
        note=_text(found, "Note"),
        numbers=tuple(OwnNumber(_text(each, "Scheme"), _text(each, "Value")) for each in found.iter(f"{T}OwnNumber")),
    )


def _day(text: str) -> str | None:
    """Return the day without the time zone that xs:date allows; None for years that no calendar of ours has."""
    moment = _moment(text[:10])
    return moment.date().isoformat() if moment else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        # The schema allows 24:00:00 and years beyond ours.
        return None


def _text(parent: etree._Element, name: str) -> str:
    return " ".join((parent.findtext(f"{T}{name}") or "").split())


def reply(*, duplicate: bool = False, version: str = envelopes.SOAP_11) -> bytes:
    """Say that it is recorded, or was before."""
    response = etree.Element(f"{T}RecordConfirmationResponse", nsmap={"t": NAMESPACE})
    etree.SubElement(response, f"{T}Recorded").text = "duplicate" if duplicate else "true"
    return soap_service.enveloped(response, version)


def wsdl(address: str) -> bytes:
    """Publish the WSDL, with the schema inside it."""
    return soap_service.published(_read("confirmations.wsdl"), _read("confirmations.xsd"), address=address)


@cache
def _read(name: str) -> etree._Element:
    return etree.fromstring((HERE / name).read_bytes())
