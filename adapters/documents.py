"""Gather a WSDL or schema file with all that it imports, from files next to it and from nowhere else.

Sources: WSDL 1.1 section 2.1.1 (import); XML Schema part 1 section 4.2 (include, redefine, import). Read November 2026.
"""

import posixpath
from collections.abc import Callable, Iterator

from lxml import etree

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XSD = "{http://www.w3.org/2001/XMLSchema}"
LOCATIONS = {
    f"{WSDL}import": "location",
    f"{XSD}import": "schemaLocation",
    f"{XSD}include": "schemaLocation",
    f"{XSD}redefine": "schemaLocation",
}
MOST_DOCUMENTS = 200


class Unusable(Exception):
    """A document cannot be used; `document` names it, the message says what is wrong and what would be right."""

    def __init__(self, document: str, message: str) -> None:
        super().__init__(message)
        self.document = document


def closure(name: str, read: Callable[[str], bytes]) -> dict[str, str]:
    """Return the document and all that it imports, as UTF-8 text by name; names are relative, with forward slashes.

    `read` gives the bytes for a name and raises OSError where there is none. Raises Unusable.
    """
    found: dict[str, str] = {}
    waiting = [(posixpath.normpath(name), "")]
    while waiting:
        document, importer = waiting.pop()
        if document in found:
            continue
        if len(found) == MOST_DOCUMENTS:
            raise Unusable(name, f"it imports more than {MOST_DOCUMENTS} documents; flatten it")
        root = _parsed(document, importer, read)
        found[document] = etree.tostring(root.getroottree(), encoding="unicode")
        waiting.extend((location, document) for location in _imports(document, root))
    return dict(sorted(found.items()))


def _parsed(document: str, importer: str, read: Callable[[str], bytes]) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(read(document), parser)
    except OSError as error:
        wanted = f", which {importer} imports," if importer else ""
        raise Unusable(document, f"the file {document}{wanted} cannot be read; put it there") from error
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise Unusable(document, f"{document} is not XML (line {line}); get it from its maker again") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unusable(document, f"{document} has a document type declaration; take it out")
    return root


def _imports(document: str, root: etree._Element) -> Iterator[str]:
    for element in root.iter(*LOCATIONS):
        location = element.get(LOCATIONS[str(element.tag)])
        if not location:
            continue  # an import by namespace alone: the schema stands in the same file, or is not needed
        if ":" in location or location.startswith("/"):
            where = f"{document} line {element.sourceline}"
            raise Unusable(
                document, f"{where} imports {location}; keep a copy beside it and import it by a relative name"
            )
        yield posixpath.normpath(posixpath.join(posixpath.dirname(document), location))
