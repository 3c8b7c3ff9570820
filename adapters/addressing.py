"""Address an envelope, and see whose reply one is: WS-Addressing 1.0, Core and SOAP Binding, 9 May 2006."""

from lxml import etree

from adapters import envelopes

NAMESPACE = "http://www.w3.org/2005/08/addressing"
ANONYMOUS = f"{NAMESPACE}/anonymous"
A = f"{{{NAMESPACE}}}"
# What is signed of it, if anything is.
SIGNED = (f"{A}To", f"{A}Action", f"{A}MessageID")


def message_id(delivery_id: str) -> str:
    """Name a message by its delivery: the same name for all its tries."""
    return f"urn:uuid:{delivery_id}"


def add(header: etree._Element, *, action: str, to: str, delivery_id: str) -> None:
    """Say where it goes, what it wants, and that the reply comes back the same way."""
    for name, text in (("To", to), ("Action", action), ("MessageID", message_id(delivery_id))):
        _added(header, name).text = text
    _added(_added(header, "ReplyTo"), "Address").text = ANONYMOUS


def _added(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{A}{name}", nsmap={"wsa": NAMESPACE})


def relations(envelope: envelopes.Envelope) -> list[etree._Element]:
    """Give the header blocks that say to what message it is the reply (Core, 3.1)."""
    found = envelope.blocks(f"{A}RelatesTo")
    return [block for block in found if block.get("RelationshipType", f"{NAMESPACE}/reply") == f"{NAMESPACE}/reply"]
