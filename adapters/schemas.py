"""Check what is said against the schemas of its WSDL before it goes: zeep looks at names and at little else.

XML Schema 1.0; WSDL 1.1, sections 2.2 and 3.5. libxml2 judges, from the route's documents alone. Not every schema that
is in use can be read by it; where one cannot, nothing is checked, and `describe` says so.
"""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urljoin

from lxml import etree

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XSD_NAMESPACE = "http://www.w3.org/2001/XMLSchema"
XSD = f"{{{XSD_NAMESPACE}}}"


class _Missing(Exception):
    """A schema wants a document that is not there."""


class _Documents(etree.Resolver):
    """Hands out what is there by its name, and nothing else: what it does not know is not looked for elsewhere."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        super().__init__()
        self._texts = texts

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:  # noqa: ARG002
        """Find one."""
        if system_url not in self._texts:
            raise _Missing
        return cast("Any", self).resolve_string(self._texts[system_url], context, base_url=system_url)


def compiled(documents: Mapping[str, bytes], *, root: str, parts: Mapping[str, Any] | None) -> etree.XMLSchema | None:
    """Compile all the schemas of the WSDLs among the documents; None where libxml2 cannot.

    `parts`, for rpc style, are the types of the wrapper's children by name, since no schema declares that.
    """
    texts = {urljoin(root, name): content for name, content in documents.items()}
    inline: dict[str, list[str]] = {}
    for name, content in list(texts.items()):
        for schema in _inline(content):
            place = urljoin(name, f"inline-{len(texts)}.xsd")
            texts[place] = etree.tostring(schema)
            inline.setdefault(schema.get("targetNamespace", ""), []).append(place)
    umbrella = _umbrella(inline, texts, root)
    if parts is not None:
        _declare_wrapper(umbrella, parts)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    parser.resolvers.add(_Documents(texts))
    try:
        return etree.XMLSchema(etree.fromstring(etree.tostring(umbrella), parser, base_url=root))
    except (_Missing, etree.LxmlError):
        return None


def _inline(content: bytes) -> list[etree._Element]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser).findall(f"{WSDL}types/{XSD}schema")
    except etree.XMLSyntaxError:
        return []


def _umbrella(inline: Mapping[str, list[str]], texts: dict[str, bytes], root: str) -> etree._Element:
    """Import every namespace once, since libxml2 heeds no second import of the same."""
    umbrella = etree.Element(f"{XSD}schema", nsmap={"xs": XSD_NAMESPACE})
    for number, (namespace, places) in enumerate(inline.items()):
        place = places[0]
        if len(places) > 1:
            place = urljoin(root, f"namespace-{number}.xsd")
            gathered = etree.Element(f"{XSD}schema", targetNamespace=namespace)
            for each in places:
                etree.SubElement(gathered, f"{XSD}include", schemaLocation=each)
            texts[place] = etree.tostring(gathered)
        imported = etree.SubElement(umbrella, f"{XSD}import", schemaLocation=place)
        if namespace:
            imported.set("namespace", namespace)
    return umbrella


def _declare_wrapper(umbrella: etree._Element, parts: Mapping[str, Any]) -> None:
    element = etree.SubElement(umbrella, f"{XSD}element", name="wrapper")
    sequence = etree.SubElement(etree.SubElement(element, f"{XSD}complexType"), f"{XSD}sequence")
    for name, kind in parts.items():
        known = {"xs": XSD_NAMESPACE, "part": kind.namespace}
        each = etree.SubElement(sequence, f"{XSD}element", nsmap=known, name=name)
        each.set("type", f"part:{kind.localname}")


def fits(schema: etree.XMLSchema, said: etree._Element, *, is_rpc: bool) -> bool:
    """Whether what stands in the body is as the schemas have it."""
    if not is_rpc:
        return schema.validate(said)
    wrapper = etree.fromstring(etree.tostring(said))
    wrapper.tag = "wrapper"
    return schema.validate(wrapper)
