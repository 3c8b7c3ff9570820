"""Read and answer confirmations that come by SOAP, and publish how to write them.

The WSDL and its schema lie beside this file; what comes is validated against the schema before anything of it is used.
SOAP 1.1 and 1.2, document/literal wrapped; WSDL 1.1; XML Schema 1.0.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from lxml import etree

from adapters import envelopes
from adapters.contract import ACTION_CODES, OUTCOMES, Action, Answer, OwnNumber

NAMESPACE = "urn:tell-us-once:confirmations:1"
MEDIA_TYPES = {envelopes.SOAP_11: "text/xml; charset=utf-8", envelopes.SOAP_12: "application/soap+xml; charset=utf-8"}

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
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
UNREADABLE: Mapping[str, str] = {
    "empty": "The request is empty; send a SOAP envelope.",
    "html": "The request is HTML; send a SOAP envelope.",
    "malformed": "The request is not well-formed XML.",
    "dtd": "The request has a document type declaration; leave it out.",
    "no-envelope": "The request is no SOAP 1.1 or 1.2 envelope.",
}


class ParseFault(Exception):
    """The request cannot be taken: `code` is SOAP's word; the text says where, and what would be right.

    It quotes nothing of what came. `version` is the namespace of the envelope to answer in.
    """

    def __init__(self, code: str, text: str, *, version: str = envelopes.SOAP_11) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.version = version


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One confirmation as it came; `version` is the namespace of the envelope to answer in."""

    delivery_id: str
    answer: Answer
    version: str


def parse(body: bytes) -> Confirmation:
    """Read a request. Raises ParseFault."""
    try:
        envelope = envelopes.read(body)
    except envelopes.Unreadable as error:
        raise _unreadable(error) from None
    if envelope.must_understand:
        raise ParseFault(
            "MustUnderstand", "A header is marked mustUnderstand; none is understood here.", version=envelope.namespace
        )
    found = envelope.body
    if found is None or found.tag != f"{T}RecordConfirmation":
        text = f"The body must hold one RecordConfirmation of the namespace {NAMESPACE}."
        raise ParseFault("Client", text, version=envelope.namespace)
    _validate(found, envelope.namespace)
    return Confirmation(_text(found, "DeliveryId").lower(), _answer(found), envelope.namespace)


def _unreadable(error: envelopes.Unreadable) -> ParseFault:
    where = f" (line {error.line})" if error.line else ""
    return ParseFault("Client", UNREADABLE[error.code].rstrip(".") + where + ".")


def _validate(found: etree._Element, version: str) -> None:
    # A validator's error log is its own, so threads do not share one.
    schema = etree.XMLSchema(_read("confirmations.xsd"))
    if schema.validate(found):
        return
    first = cast("Any", schema.error_log)[0]
    name = _failing(first.message)
    raise ParseFault("Client", f"Line {first.line}: {name} must be: {RIGHT[name]}.", version=version)


def _failing(message: str) -> str:
    """Name the element of ours that is wrong; what else they sent is not ours to repeat."""
    named = re.match(r"Element '(?:\{[^}]*\})?(\w+)'", message)
    name = named[1] if named else ""
    if "not expected" in message:
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
    return _enveloped(response, version)


def fault(code: str, text: str, *, version: str = envelopes.SOAP_11) -> bytes:
    """Say no. `code` is SOAP 1.1's word: Client, Server, MustUnderstand or VersionMismatch."""
    s = f"{{{version}}}"
    made = etree.Element(f"{s}Fault", nsmap={"s": version})
    if version == envelopes.SOAP_11:
        etree.SubElement(made, "faultcode").text = f"s:{code}"
        etree.SubElement(made, "faultstring").text = text
    else:
        word = {"Client": "Sender", "Server": "Receiver"}.get(code, code)
        etree.SubElement(etree.SubElement(made, f"{s}Code"), f"{s}Value").text = f"s:{word}"
        reason = etree.SubElement(etree.SubElement(made, f"{s}Reason"), f"{s}Text")
        reason.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        reason.text = text
    return _enveloped(made, version)


def _enveloped(inner: Any, version: str) -> bytes:
    envelope = etree.Element(f"{{{version}}}Envelope", nsmap={"s": version})
    etree.SubElement(envelope, f"{{{version}}}Body").append(inner)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def wsdl(address: str) -> bytes:
    """Publish the WSDL, with the schema inside it so that one file is all that anybody needs."""
    root = deepcopy(_read("confirmations.wsdl"))
    for types in root.iter(f"{WSDL}types"):
        types.append(deepcopy(_read("confirmations.xsd")))
    for port in root.iter(f"{WSDL}port"):
        port[0].set("location", address)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


@cache
def _read(name: str) -> etree._Element:
    return etree.fromstring((HERE / name).read_bytes())
