"""Check what came against the schemas in a WSDL, as the products that we play do.

WSDL 1.1, W3C Note of 15 March 2001, sections 2.2 and 3.5; XML Schema 1.0. Schemas are read from inline elements and
from files beside the WSDL; for rpc style a wrapper is made of the parts, since none is declared.
"""

from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.simulator.replies import Unreadable

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XSD_NAMESPACE = "http://www.w3.org/2001/XMLSchema"
XSD = f"{{{XSD_NAMESPACE}}}"


class _Inline(etree.Resolver):
    """Hands out the inline schemas of a WSDL by number."""

    def __init__(self, schemas: list[Any], folder: Path) -> None:
        super().__init__()
        self._texts = {f"inline-{place}.xsd": etree.tostring(schema) for place, schema in enumerate(schemas)}
        self._folder = folder

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:  # noqa: ARG002
        name = system_url.rsplit("/", 1)[-1]
        if name in self._texts:
            return self.resolve_string(self._texts[name], context, base_url=str(self._folder / name))
        return self.resolve_string((self._folder / name).read_bytes(), context, base_url=str(self._folder / name))


class Schemas:
    """The schemas of one WSDL file."""

    def __init__(self, wsdl: Path) -> None:
        tree = etree.parse(str(wsdl), etree.XMLParser(resolve_entities=False, no_network=True))
        inline = tree.findall(f"{WSDL}types/{XSD}schema")
        umbrella = etree.Element(f"{XSD}schema", nsmap={"xs": XSD_NAMESPACE})
        for place, schema in enumerate(inline):
            etree.SubElement(
                umbrella, f"{XSD}import", namespace=schema.get("targetNamespace"), schemaLocation=f"inline-{place}.xsd"
            )
        self._add_wrappers(umbrella, tree)
        parser = etree.XMLParser(no_network=True)
        parser.resolvers.add(_Inline(inline, wsdl.resolve().parent))
        self._schema = etree.XMLSchema(etree.fromstring(etree.tostring(umbrella), parser))

    def _add_wrappers(self, umbrella: Any, tree: Any) -> None:
        """Declare an element without a namespace for every message that is made of typed parts."""
        for message in tree.findall(f"{WSDL}message"):
            parts = [part for part in message.findall(f"{WSDL}part") if part.get("type")]
            if parts:
                element = etree.SubElement(umbrella, f"{XSD}element", name=message.get("name"))
                sequence = etree.SubElement(etree.SubElement(element, f"{XSD}complexType"), f"{XSD}sequence")
                for part in parts:
                    sequence.append(_declared(part))

    def check(self, element: Any, *, message: str = "") -> None:
        """Check the child of a SOAP body. Raises Unreadable; `message` names the rpc message that it must be."""
        if message:
            wrapper = etree.Element(message)
            wrapper.extend(deepcopy(child) for child in element)
            element = wrapper
        if not self._schema.validate(element):
            errors: Any = self._schema.error_log
            raise Unreadable(_place(errors[0]))


def _declared(part: Any) -> Any:
    """Declare one part; lxml would lose the WSDL's own prefix of a namespace that it knows by another."""
    prefix, _, name = part.get("type").rpartition(":")
    namespace = part.nsmap.get(prefix or None)
    known = {XSD_NAMESPACE: "xs"}.get(namespace, "part")
    return etree.Element(
        f"{XSD}element", nsmap={"xs": XSD_NAMESPACE, known: namespace}, name=part.get("name"), type=f"{known}:{name}"
    )


def _place(error: Any) -> str:
    """Say which rule was broken where: libxml2's own text would quote the value."""
    return f"{error.type_name.removeprefix('SCHEMAV_')} at {error.path}"
