"""Read SOAP envelopes that others wrote: hardened, bounded, and never quoting what is in them.

SOAP 1.1, W3C Note of 8 May 2000, section 4; SOAP 1.2 part 1, second edition, section 5; MIME multipart, RFC 2046.
Nothing is fetched, no entity is expanded, and any document type declaration is refused.
"""

import re
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree

JSON = Any

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
# SOAP 1.2's words for what SOAP 1.1 calls Client and Server.
CODES = {"Sender": "Client", "Receiver": "Server"}
CODE_ELEMENTS = frozenset({"faultcode", "Value"})


class Unreadable(Exception):
    """It is no envelope; `code` is one of ``empty``, ``html``, ``malformed``, ``dtd``, ``no-envelope``."""

    def __init__(self, code: str, *, line: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


@dataclass(frozen=True, slots=True)
class Fault:
    """What a fault says: the last part of its code (SOAP 1.1's word for it), all its codes, and all its text."""

    code: str
    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope's version, and the first element in its body (None if it is empty)."""

    namespace: str
    body: etree._Element | None
    must_understand: bool


def read(content: bytes, *, media_type: str = "") -> Envelope:
    """Open an envelope. Raises Unreadable."""
    root = parse(_root_part(content, media_type))
    namespace, name = _split(root)
    if name != "Envelope" or namespace not in {SOAP_11, SOAP_12}:
        raise Unreadable("html" if name.lower() == "html" else "no-envelope", line=line(root))
    body = root.find(f"{{{namespace}}}Body")
    if body is None:
        raise Unreadable("no-envelope", line=line(root))
    return Envelope(namespace, next(iter(body), None), _must_understand(root, namespace))


def parse(content: bytes) -> etree._Element:
    """Parse XML that may be hostile. Raises Unreadable."""
    if not content.strip():
        raise Unreadable("empty")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        is_html = re.match(rb"\s*<(!doctype\s+html|html|head|body)\b", content[:200], re.IGNORECASE)
        raise Unreadable("html" if is_html else "malformed", line=getattr(error, "lineno", 0) or 0) from None
    doctype = str(cast("Any", root.getroottree().docinfo).doctype or "")
    if doctype:
        raise Unreadable("html" if doctype.lower().startswith("<!doctype html") else "dtd", line=1)
    return root


def _root_part(content: bytes, media_type: str) -> bytes:
    """Return the first part of a multipart reply, which is the envelope unless somebody went out of his way."""
    if not media_type.lower().startswith("multipart/"):
        return content
    boundary = re.search(r'boundary="?([^";]{1,70})', media_type, re.IGNORECASE)
    parts = content.split(b"--" + boundary[1].strip().encode()) if boundary else []
    if len(parts) < 2:  # noqa: PLR2004
        raise Unreadable("malformed")
    return re.split(rb"\r?\n\r?\n", parts[1], maxsplit=1)[-1]


def _must_understand(root: etree._Element, namespace: str) -> bool:
    """Whether a header has to be understood: we understand none yet, and must not act as if (SOAP 1.1, 4.2.3)."""
    header = root.find(f"{{{namespace}}}Header")
    name = f"{{{namespace}}}mustUnderstand"
    return header is not None and any(block.get(name, "0").strip() in {"1", "true"} for block in header)


def fault(envelope: Envelope) -> Fault | None:
    """Return the fault that the body holds, if it does."""
    if envelope.body is None or _split(envelope.body) != (envelope.namespace, "Fault"):
        return None
    # Some write SOAP 1.1's unqualified children with the envelope's namespace: only local names are asked.
    stated = [child for child in envelope.body if etree.QName(child).localname in {"faultcode", "Code"}]
    codes = [_local(each) for child in stated for each in child.iter() if etree.QName(each).localname in CODE_ELEMENTS]
    text = " ".join(" ".join(map(str, envelope.body.itertext())).split())
    code = codes[0].partition(".")[0] if codes else ""
    return Fault(CODES.get(code, code), tuple(codes), text)


def _local(element: etree._Element) -> str:
    return (element.text or "").strip().rpartition(":")[2]


def plain(element: etree._Element) -> JSON:
    """Turn an element into plain JSON by local names: repeated children are lists, attributes ``@name``, text ``text``.

    An element with neither children nor attributes is its text; one that is nil is null.
    """
    if element.get(NIL) in {"1", "true"}:
        return None
    found: dict[str, JSON] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    found = {name: value for name, value in found.items() if name not in {"@type", "@nil", "@schemaLocation"}}
    repeated: set[str] = set()
    for child in element:
        name, value = etree.QName(child).localname, plain(child)
        if name in repeated:
            found[name].append(value)
        elif name in found:
            found[name] = [found[name], value]
            repeated.add(name)
        else:
            found[name] = value
    text = (element.text or "").strip()
    if not found:
        return text
    return {**found, "text": text} if text else found


def line(element: etree._Element) -> int:
    """Say where an element stood, 0 if that is not known."""
    return int(cast("Any", element).sourceline or 0)


def _split(element: etree._Element) -> tuple[str, str]:
    name = etree.QName(element)
    return name.namespace or "", name.localname
