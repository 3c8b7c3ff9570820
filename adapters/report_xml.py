"""Read reports that come by SOAP from registration systems, and publish how to write them.

The WSDL lies beside this file; the schema is made from the kinds' own vocabulary, so that it says the same as the REST
interface. What comes is validated against it before anything of it is used.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from adapters import soap_service, xml_schemas
from adapters.envelopes import Envelope
from adapters.soap_service import ParseFault

JSON = Any
Schemas = Mapping[str, Mapping[str, JSON]]

NAMESPACE = "urn:tell-us-once:reports:1"
HERE = Path(__file__).parent
T = f"{{{NAMESPACE}}}"
# As the schema has them, in whichever answer.
ORDER = ("ReportId", "Slug", "Name", "Reference", "State", "ExpiresAt", "Reason", "Outcome", "Action", "Recipient")
REQUESTS = ("StartReport", "SubmitReport", "FollowReport")


@dataclass(frozen=True, slots=True)
class Start:
    """A report to be started: its kind and answers, the register entry, and to whom the reference goes."""

    key: str
    kind: str
    answers: dict[str, JSON]
    evidence: str = ""
    entry: dict[str, JSON] = field(default_factory=dict)
    hand_over: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submit:
    """A report to be submitted; `recipients` are those chosen, None for all that apply; consents by element."""

    key: str
    report: str
    recipients: tuple[str, ...] | None
    consents: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """A report to be looked at."""

    report: str


@dataclass(frozen=True, slots=True)
class Service:
    """What is published for these kinds: the schemas of their vocabularies by name, read once."""

    kinds: Schemas
    schema: etree._Element

    def read(self, envelope: Envelope) -> Start | Submit | Follow:
        """Read a request. Raises ParseFault."""
        found = soap_service.only(envelope, REQUESTS, namespace=NAMESPACE)
        fault = soap_service.first_fault(etree.XMLSchema(self.schema), found)
        if fault is not None:
            line, name, _words = fault
            text = f"Line {line}: {self._known(name)} is not as the schema has it; ?wsdl has its parts and their order."
            raise ParseFault("Client", text, version=envelope.namespace)
        if _local(found) == "StartReport":
            return self._start(found)
        return _submit(found) if _local(found) == "SubmitReport" else _follow(found)

    def _known(self, name: str) -> str:
        """Name an element of ours; what else they sent is not ours to repeat."""
        names = {each.get("name") for each in self.schema.iter(f"{xml_schemas.XS}element")}
        return name if name in names else "something in it"

    def _start(self, found: etree._Element) -> Start:
        told = found.find(f"{T}Answers")
        kind, answers = self._told(told) if told is not None else ("", {})
        evidence = found.find(f"{T}Evidence")
        if evidence is None:
            return Start(_text(found, "Key"), kind, answers, hand_over=_hand_over(found))
        entry = evidence.find(f"{T}Entry")
        recorded = self._told(entry)[1] if entry is not None else {}
        return Start(_text(found, "Key"), kind, answers, _text(evidence, "Type"), recorded, _hand_over(found))

    def _told(self, chosen: etree._Element) -> tuple[str, dict[str, JSON]]:
        (told,) = chosen
        kind = _local(told)
        return kind, xml_schemas.read(told, self.kinds[kind])

    def wsdl(self, address: str) -> bytes:
        """Publish the WSDL, with the schema inside it."""
        return soap_service.published(_wsdl(), self.schema, address=address)


def operation(envelope: Envelope) -> str:
    """Name the request that the body holds. Raises ParseFault."""
    return _local(soap_service.only(envelope, REQUESTS, namespace=NAMESPACE))


def service(kinds: Schemas) -> Service:
    """Make what is published for these kinds, from the JSON Schemas of their vocabularies."""
    root = deepcopy(_frame())
    choice = next(each for each in root.iter(f"{xml_schemas.XS}choice"))
    for name, schema in sorted(kinds.items()):
        etree.SubElement(choice, f"{xml_schemas.XS}element", {"name": name, "type": f"t:{name}"})
        root.extend(xml_schemas.complex_types(schema, prefix=name))
    return Service(kinds, root)


def _submit(found: etree._Element) -> Submit:
    chosen = found.find(f"{T}Recipients")
    recipients = None if chosen is None else tuple((each.text or "").strip() for each in chosen)
    consents = tuple({_local(part): (part.text or "").strip() for part in each} for each in found.iter(f"{T}Consent"))
    return Submit(_text(found, "Key"), _text(found, "ReportId").lower(), recipients, consents)


def _follow(found: etree._Element) -> Follow:
    return Follow(_text(found, "ReportId").lower())


def _hand_over(found: etree._Element) -> dict[str, str]:
    wish = found.find(f"{T}HandOver")
    return {} if wish is None else {_local(each).lower(): (each.text or "").strip() for each in wish}


def reply(name: str, said: Mapping[str, JSON], *, version: str) -> bytes:
    """Answer a request by the name of its element: texts by name, and lists of such as repeated elements."""
    response = etree.Element(f"{T}{name}Response", nsmap={"t": NAMESPACE})
    _write(response, said)
    return soap_service.enveloped(response, version)


def _write(parent: etree._Element, said: Mapping[str, JSON]) -> None:
    for name in sorted(said, key=ORDER.index):  # what was kept and is said again comes in any order
        value = said[name]
        for each in value if isinstance(value, Sequence) and not isinstance(value, str) else [value]:
            if each is None:
                continue
            element = etree.SubElement(parent, f"{T}{name}")
            if isinstance(each, Mapping):
                _write(element, each)
            else:
                element.text = str(each).lower() if isinstance(each, bool) else str(each)


def _text(parent: etree._Element, name: str) -> str:
    return " ".join((parent.findtext(f"{T}{name}") or "").split())


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


@cache
def _wsdl() -> etree._Element:
    return etree.fromstring((HERE / "reports.wsdl").read_bytes())


@cache
def _frame() -> etree._Element:
    return etree.fromstring((HERE / "reports.xsd").read_bytes())
