"""Take SOAP requests and answer them: what our own doors have in common.

SOAP 1.1 and 1.2, document/literal wrapped; WSDL 1.1; XML Schema 1.0. What comes is validated against the schema before
anything of it is used, and nothing of it is ever quoted.
"""

import re
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any, cast

from lxml import etree

from adapters import envelopes
from adapters.envelopes import Envelope

MEDIA_TYPES = {envelopes.SOAP_11: "text/xml; charset=utf-8", envelopes.SOAP_12: "application/soap+xml; charset=utf-8"}
SECURITY = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}Security"
ADDRESSING = "{http://www.w3.org/2005/08/addressing}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
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


def open_envelope(body: bytes) -> Envelope:
    """Open a request. Raises ParseFault, for headers too that must be understood and are not.

    WS-Security is left to whoever asks who sent it; of WS-Addressing nothing is needed, since we answer where we are
    asked.
    """
    try:
        envelope = envelopes.read(body)
    except envelopes.Unreadable as error:
        where = f" (line {error.line})" if error.line else ""
        raise ParseFault("Client", UNREADABLE[error.code].rstrip(".") + where + ".") from None
    unknown = [name for name in envelope.not_understood({SECURITY}) if not name.startswith(ADDRESSING)]
    if unknown:
        text = "A header is marked mustUnderstand that is not understood here; only WS-Security and WS-Addressing are."
        raise ParseFault("MustUnderstand", text, version=envelope.namespace)
    return envelope


def only(envelope: Envelope, names: Collection[str], *, namespace: str) -> etree._Element:
    """Give what the body holds, if it is one of these elements. Raises ParseFault."""
    found = envelope.body
    if found is None or len(envelope.frame) != 1 or found.tag not in {f"{{{namespace}}}{name}" for name in names}:
        wanted = " or ".join(names)
        text = f"The body must hold one {wanted} of the namespace {namespace}."
        raise ParseFault("Client", text, version=envelope.namespace)
    return found


def first_fault(schema: etree.XMLSchema, found: etree._Element) -> tuple[int, str, str] | None:
    """Say where an element is not as the schema has it: the line, the element's name and the library's own words.

    The words may quote what came. A schema's list of faults is its own: give each thread one.
    """
    if schema.validate(found):
        return None
    first = cast("Any", schema.error_log)[0]
    named = re.match(r"Element '(?:\{[^}]*\})?([\w.-]+)'", first.message)
    return first.line, named[1] if named else "", first.message


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
    return enveloped(made, version)


def enveloped(inner: Any, version: str) -> bytes:
    """Put an element into an envelope of this version."""
    envelope = etree.Element(f"{{{version}}}Envelope", nsmap={"s": version})
    etree.SubElement(envelope, f"{{{version}}}Body").append(inner)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def published(wsdl: etree._Element, schema: etree._Element, *, address: str) -> bytes:
    """Write a WSDL with its schema inside, so that one file is all that anybody needs."""
    root = deepcopy(wsdl)
    for types in root.iter(f"{WSDL}types"):
        types.append(deepcopy(schema))
    for port in root.iter(f"{WSDL}port"):
        port[0].set("location", address)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
