"""See whether a WSDL asks for WS-Addressing, in either of the two ways in which it may.

WS-Addressing 1.0 WSDL Binding, 29 May 2006, section 3.1 (UsingAddressing); WS-Addressing 1.0 Metadata, 4 September
2007, section 3.1 (a policy); Web Services Policy 1.5 Attachment, sections 3.4 and 4.1.
"""

from collections.abc import Iterable, Iterator

from lxml import etree

from adapters.xml_signatures import WSU_ID

WSDL = "http://schemas.xmlsoap.org/wsdl/"
USING = "{http://www.w3.org/2006/05/addressing/wsdl}UsingAddressing"
ADDRESSING = "{http://www.w3.org/2007/05/addressing/metadata}Addressing"
POLICIES = ("http://www.w3.org/ns/ws-policy", "http://schemas.xmlsoap.org/ws/2004/09/policy")
REFERENCES = tuple(f"{{{namespace}}}PolicyReference" for namespace in POLICIES)
OPTIONAL = tuple(f"{{{namespace}}}Optional" for namespace in POLICIES)
TRUE = frozenset({"1", "true"})


def ask_for_addressing(documents: Iterable[bytes], *, binding: str) -> bool:
    """Whether a binding, or a port of it, asks for it. The documents are those that have been read before."""
    return any(_asks(part) for document in documents for part in _parts(_parsed(document), binding))


def _parsed(document: bytes) -> etree._Element | None:
    if b"ddressing" not in document:
        return None  # most have none, and are not worth the reading
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        return None


def _parts(root: etree._Element | None, binding: str) -> Iterator[etree._Element]:
    """Give the binding, its ports, and the policies that they name."""
    if root is None:
        return
    named = [each for each in root.iter(f"{{{WSDL}}}binding") if each.get("name") == binding]
    ports = [each for each in root.iter(f"{{{WSDL}}}port") if each.get("binding", "").rpartition(":")[2] == binding]
    for part in (*named, *ports):
        yield part
        wanted = {str(each.get("URI", "")).removeprefix("#") for each in part.iter(*REFERENCES)}
        yield from (each for each in root.iter(etree.Element) if each.get(WSU_ID) in wanted)


def _asks(part: etree._Element) -> bool:
    if any(each.get(f"{{{WSDL}}}required") in TRUE for each in part.iter(USING)):
        return True
    return any(not any(each.get(name) in TRUE for name in OPTIONAL) for each in part.iter(ADDRESSING))
