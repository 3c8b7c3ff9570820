"""Read SOAP envelopes that others wrote: hardened, bounded, and never quoting what is in them.

SOAP 1.1, W3C Note of 8 May 2000, section 4; SOAP 1.2 part 1, second edition, section 5; MIME multipart, RFC 2046.
Nothing is fetched, no entity is expanded, and any document type declaration is refused.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree

JSON = Any

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
# SOAP 1.2's words for what SOAP 1.1 calls Client and Server.
CODES = {"Sender": "Client", "Receiver": "Server"}
DETAILS = frozenset({"detail", "Detail"})
CODE_ELEMENTS = frozenset({"faultcode", "Value"})
# Nobody named, the next on the way, and the last: all three are us.
OUR_ROLES = frozenset({
    "",
    "http://schemas.xmlsoap.org/soap/actor/next",
    f"{SOAP_12}/role/next",
    f"{SOAP_12}/role/ultimateReceiver",
})  # fmt: skip
CHARSETS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
PLAIN_CODINGS = frozenset({"7bit", "8bit", "binary"})
# To read an element's attributes takes the library a time that grows by the square of their number: half a minute for
# as many as fit into a megabyte.
MOST_ATTRIBUTES = 500
# A document that says for itself what it is written in: by a declaration, or by a byte order mark.
DECLARED = re.compile(rb"\xef\xbb\xbf|\xff\xfe|\xfe\xff|\s*<\?xml[^>]{0,200}encoding")


class Unreadable(Exception):
    """It is no envelope; `code` is one of ``empty``, ``html``, ``malformed``, ``dtd``, ``no-envelope``."""

    def __init__(self, code: str, *, line: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


@dataclass(frozen=True, slots=True)
class Fault:
    """What a fault says: the last part of its code (SOAP 1.1's word for it), all its codes, and all its text.

    `detail` are the names of the elements in its detail: many say what is wrong by a name alone.
    """

    code: str
    codes: tuple[str, ...]
    text: str
    detail: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope: its version, the whole of it, and the element that is its body."""

    namespace: str
    root: etree._Element
    frame: etree._Element

    @property
    def body(self) -> etree._Element | None:
        """The first element in the body; None if it is empty."""
        return next(iter(self.frame), None)

    @property
    def must_understand(self) -> bool:
        """Whether any header has to be understood by whoever understands none."""
        return bool(self.not_understood(()))

    def blocks(self, name: str = "*") -> list[etree._Element]:
        """Give the header blocks of a name, or all."""
        header = self.root.find(f"{{{self.namespace}}}Header")
        return [] if header is None else header.findall(name)

    def not_understood(self, known: Collection[str]) -> list[str]:
        """Name the header blocks that are for us, must be understood and are not (SOAP 1.1, 4.2.3; 1.2, 5.2.3)."""
        must = f"{{{self.namespace}}}mustUnderstand"
        return [
            str(block.tag)
            for block in self.blocks()
            if block.get(must, "0").strip() in {"1", "true"} and block.tag not in known and self.is_for_us(block)
        ]

    def is_for_us(self, block: etree._Element) -> bool:
        """Whether a header block is meant for whoever the message ends at, and not for another on its way."""
        name = "actor" if self.namespace == SOAP_11 else "role"
        return block.get(f"{{{self.namespace}}}{name}", "").strip() in OUR_ROLES


def read(content: bytes, *, media_type: str = "") -> Envelope:
    """Open an envelope. Raises Unreadable."""
    body, media_type = _root_part(content, media_type)
    root = parse(body, charset=_charset(media_type))
    namespace, name = _split(root)
    if name != "Envelope" or namespace not in {SOAP_11, SOAP_12}:
        raise Unreadable("html" if name.lower() == "html" else "no-envelope", line=line(root))
    found = root.find(f"{{{namespace}}}Body")
    if found is None:
        raise Unreadable("no-envelope", line=line(root))
    return Envelope(namespace, root, found)


def parse(content: bytes, *, charset: str | None = None) -> etree._Element:
    """Parse XML that may be hostile; `charset` counts where the document names none. Raises Unreadable."""
    if not content.strip():
        raise Unreadable("empty")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding=None if DECLARED.match(content) else charset,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        is_html = re.match(rb"\s*<(!doctype\s+html|html|head|body)\b", content[:200], re.IGNORECASE)
        raise Unreadable("html" if is_html else "malformed", line=getattr(error, "lineno", 0) or 0) from None
    doctype = str(cast("Any", root.getroottree().docinfo).doctype or "")
    if doctype:
        raise Unreadable("html" if doctype.lower().startswith("<!doctype html") else "dtd", line=1)
    if any(len(each.attrib) > MOST_ATTRIBUTES for each in root.iter()):
        raise Unreadable("malformed", line=line(root))
    return root


def _charset(media_type: str) -> str | None:
    """Return the charset that the transport gives, if it is one of those in use (RFC 7303, section 3)."""
    found = re.search(r'charset\s*=\s*"?([A-Za-z0-9._-]{1,40})', media_type, re.IGNORECASE)
    return found[1].lower() if found and found[1].lower() in CHARSETS else None


def _root_part(content: bytes, media_type: str) -> tuple[bytes, str]:
    """Return the part of a multipart reply that is the envelope, and its media type (RFC 2387, section 3)."""
    if not media_type.lower().startswith("multipart/"):
        return content, media_type
    boundary = _parameter(media_type, "boundary")
    parts = (b"\r\n" + content).split(b"\r\n--" + boundary.encode()) if boundary else []
    if len(parts) < 3 and boundary:  # noqa: PLR2004  (before the first, a part, and after the last)
        parts = (b"\n" + content).split(b"\n--" + boundary.encode())
    read = [re.split(rb"\r?\n\r?\n", part, maxsplit=1) for part in parts[1:] if not part.startswith(b"--")]
    whole = [(each[0].decode("latin-1"), each[1]) for each in read if len(each) == 2]  # noqa: PLR2004
    if not whole:
        raise Unreadable("malformed")
    start = _parameter(media_type, "start")
    head, body = next((each for each in whole if start and start in each[0]), whole[0])
    coding = re.search(r"^content-transfer-encoding:\s*([\w-]+)", head, re.IGNORECASE | re.MULTILINE)
    if coding and coding[1].lower() not in PLAIN_CODINGS:
        raise Unreadable("malformed")
    return body, head


def _parameter(media_type: str, name: str) -> str:
    found = re.search(rf"[;\s]{name}\s*=\s*(?:\"([^\"]{{1,200}})\"|([^\s;\"]{{1,200}}))", media_type, re.IGNORECASE)
    return (found[1] or found[2]) if found else ""


def fault(envelope: Envelope) -> Fault | None:
    """Return the fault that the body holds, if it does."""
    if envelope.body is None or _split(envelope.body) != (envelope.namespace, "Fault"):
        return None
    # Some write SOAP 1.1's unqualified children with the envelope's namespace: only local names are asked.
    stated = [child for child in envelope.body if etree.QName(child).localname in {"faultcode", "Code"}]
    codes = [_local(each) for child in stated for each in child.iter() if etree.QName(each).localname in CODE_ELEMENTS]
    text = " ".join(" ".join(map(str, envelope.body.itertext())).split())
    code = codes[0].partition(".")[0] if codes else ""
    details = (
        each for child in envelope.body if etree.QName(child).localname in DETAILS for each in child.iterdescendants()
    )
    names = frozenset(etree.QName(each).localname for each in details)
    return Fault(CODES.get(code, code), tuple(codes), text, names)


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
