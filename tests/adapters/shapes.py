"""WSDLs of many styles around one operation, each written in the few lines in which it differs from the others."""

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from adapters.contract import Endpoint
from tests.adapters.examples import DOCUMENT, SOAP_11, SOAP_12, endpoint, wsdl

XS = "http://www.w3.org/2001/XMLSchema"
REPLY = '<xs:element name="TellResponse" type="xs:anyType"/>'


def schema(inner: str, *, namespace: str = "urn:t", qualified: bool = True) -> str:
    """Write a schema; its own names have the prefix t."""
    form = "qualified" if qualified else "unqualified"
    return (
        f'<xs:schema targetNamespace="{namespace}" xmlns:t="{namespace}" xmlns:o="urn:o" elementFormDefault="{form}" '
        f'xmlns:xs="{XS}">{inner}</xs:schema>'
    )


def element(inner: str, *, name: str = "Tell", more: str = "") -> str:
    """Declare an element whose type is a sequence; `more` follows it, attributes above all."""
    sequence = f"<xs:sequence>{inner}</xs:sequence>" if inner else ""
    return f'<xs:element name="{name}"><xs:complexType>{sequence}{more}</xs:complexType></xs:element>'


def simple(names: str, kind: str = "string", **more: str) -> str:
    """Declare simple elements, by names with spaces between; one that ends in ? may be left out, in * be repeated."""
    made = ""
    for name in names.split():
        occurs = {"?": ' minOccurs="0"', "*": ' minOccurs="0" maxOccurs="unbounded"'}.get(name[-1], "")
        attributes = "".join(f' {key}="{value}"' for key, value in more.items())
        made += f'<xs:element name="{name.rstrip("?*")}" type="xs:{kind}"{occurs}{attributes}/>'
    return made


@dataclass(frozen=True)
class Style:
    """One style: what stands in the schema, and what else is not as usual."""

    types: str
    qualified: bool = True
    soap: str = SOAP_11
    style: str = "document"
    parts: tuple[str, str] = DOCUMENT
    others: dict[str, str] = field(default_factory=dict)
    header: str = ""

    @property
    def documents(self) -> dict[str, bytes]:
        """The WSDL and what it imports."""
        text = wsdl(
            soap=self.soap,
            style=self.style,
            parts=self.parts,
            types=schema(self.types + REPLY, qualified=self.qualified),
        ).decode()
        if self.header:
            text = text.replace("<portType", f'<message name="Head">{self.header}</message><portType', 1)
            block = '<soap:header message="t:Head" part="sender" use="literal"/>'
            text = text.replace('<soap:body use="literal" namespace="urn:t"/>', f"<soap:body use='literal'/>{block}", 1)
        return {"a.wsdl": text.encode()} | {name: each.encode() for name, each in self.others.items()}

    def endpoint(self, mapping: str, **settings: Any) -> Endpoint:
        """Make an endpoint whose operation is filled by this mapping."""
        wanted = {"wsdl": "a.wsdl", "operation": "Tell", "mapping": mapping, **settings}
        return endpoint("soap", wanted, self.documents)

    @property
    def validator(self) -> etree.XMLSchema:
        """Its schema, for another judge than zeep."""
        parser = etree.XMLParser(no_network=True)
        parser.resolvers.add(_Others(self.others))
        text = schema(self.types + REPLY, qualified=self.qualified)
        return etree.XMLSchema(etree.fromstring(text.encode(), parser, base_url="file:///d/1/a.xsd"))


class _Others(etree.Resolver):
    """Give imported schemas by the end of their name."""

    def __init__(self, others: dict[str, str]) -> None:
        self._others = others

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:  # noqa: ARG002
        """Find one."""
        here: Any = self
        for name, text in self._others.items():
            if system_url.endswith("/" + name.lstrip("./")):
                return here.resolve_string(text, context, base_url=system_url)
        return None


ENUMERATION = (
    '<xs:simpleType name="Sex"><xs:restriction base="xs:string"><xs:enumeration value="M"/><xs:enumeration value="F"/>'
    "</xs:restriction></xs:simpleType>"
)
OCCASIONS = (
    '<xs:complexType name="Occasion"><xs:sequence><xs:element name="On" type="xs:date"/></xs:sequence></xs:complexType>'
    '<xs:complexType name="Death"><xs:complexContent><xs:extension base="t:Occasion"><xs:sequence>'
    f"{simple('Place?')}</xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
)
CODED = (
    '<xs:complexType name="Coded"><xs:simpleContent><xs:extension base="xs:string">'
    '<xs:attribute name="scheme" type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>'
)
IMPORTS = '<xs:import namespace="urn:o" schemaLocation="{}"/>'
OTHER = schema(
    f'<xs:complexType name="Name"><xs:sequence>{simple("Given* Family")}</xs:sequence></xs:complexType>'
    f'<xs:element name="Note" type="xs:string"/>',
    namespace="urn:o",
)
VERSIONS = '<xs:attribute name="version" use="required" type="xs:string"/><xs:attribute name="n" type="xs:int"/>'
LINES = f"<xs:complexType><xs:sequence>{simple('Line*')}</xs:sequence></xs:complexType>"
NAME = '<xs:element name="Name" type="o:Name"/>'

STYLES: dict[str, Style] = {
    "wrapped": Style(element(simple("Id Surname Forename*"))),
    "wrapped, SOAP 1.2": Style(element(simple("Id Surname Forename*")), soap=SOAP_12),
    "unqualified": Style(element(simple("Id Surname")), qualified=False),
    "bare, simple": Style('<xs:element name="Tell" type="xs:string"/>'),
    "bare, of a named type": Style(
        f'<xs:complexType name="N"><xs:sequence>{simple("Id")}</xs:sequence></xs:complexType>'
        '<xs:element name="Tell" type="t:N"/>'
    ),
    "rpc": Style("", style="rpc", parts=(f'<part name="id" type="x:string" xmlns:x="{XS}"/>', "")),
    "rpc, SOAP 1.2, nested": Style(
        f'<xs:complexType name="N"><xs:sequence>{simple("Id Forename*")}</xs:sequence></xs:complexType>',
        style="rpc", soap=SOAP_12,
        parts=(f'<part name="notice" type="t:N"/><part name="by" type="x:int" xmlns:x="{XS}"/>', ""),
    ),
    "nested and repeated": Style(
        element(simple("Id") + element(f'<xs:element name="Address" maxOccurs="3">{LINES}</xs:element>', name="Person"))
    ),
    "choice": Style(element(f'<xs:choice>{simple("Died Moved", "date")}</xs:choice>{simple("Note?")}')),
    "repeated choice": Style(element(f'<xs:choice maxOccurs="9">{simple("Phone Mail")}</xs:choice>')),
    "nillable": Style(
        element(simple("Id") + simple("Left", "date", nillable="true") + simple("Note?", nillable="true"))
    ),
    "enumeration": Style(ENUMERATION + element(simple("Id") + '<xs:element name="Sex" type="t:Sex"/>')),
    "all": Style(
        f'<xs:complexType name="A"><xs:all>{simple("Id Surname? Note?")}</xs:all></xs:complexType>'
        '<xs:element name="Tell" type="t:A"/>'
    ),
    "any": Style(
        element(simple("Id") + '<xs:any minOccurs="0" maxOccurs="9" processContents="lax"/>')
        + element(simple("What"), name="Known")
    ),
    "attributes": Style(
        element(simple("Id"), more=VERSIONS)
    ),
    "simple content": Style(CODED + element('<xs:element name="Number" type="t:Coded" maxOccurs="5"/>')),
    "extension": Style(OCCASIONS + element('<xs:element name="Event" type="t:Occasion" maxOccurs="4"/>')),
    "substitution": Style(
        OCCASIONS + '<xs:element name="Event" type="t:Occasion" abstract="true"/>'
        '<xs:element name="Death" type="t:Death" substitutionGroup="t:Event"/>'
        '<xs:element name="Move" type="t:Occasion" substitutionGroup="t:Event"/>'
        + element('<xs:element ref="t:Event" maxOccurs="4"/>')
    ),
    "imported": Style(IMPORTS.format("other.xsd") + element(NAME), others={"other.xsd": OTHER}),
    "imported from a folder": Style(
        IMPORTS.format("types/o.xsd") + element(NAME + '<xs:element ref="o:Note" minOccurs="0"/>'),
        others={
            "types/o.xsd": schema('<xs:include schemaLocation="../common/n.xsd"/>', namespace="urn:o"),
            "common/n.xsd": OTHER,
        },
    ),
    "groups": Style(
        f'<xs:group name="G"><xs:sequence>{simple("Id Surname?")}</xs:sequence></xs:group>'
        '<xs:attributeGroup name="A"><xs:attribute name="version"/></xs:attributeGroup>'
        + element('<xs:group ref="t:G"/>' + simple("Note?"), more='<xs:attributeGroup ref="t:A"/>')
    ),
    "types": Style(
        element(
            simple("Day?", "date") + simple("At?", "dateTime") + simple("Count?", "int") + simple("Sum?", "decimal")
            + simple("Known?", "boolean") + simple("Where?", "anyURI") + simple("Year?", "gYear")
        )
    ),
    "recursive": Style(
        f'<xs:complexType name="P"><xs:sequence>{simple("Name")}<xs:element name="Child" type="t:P" minOccurs="0" '
        'maxOccurs="9"/></xs:sequence></xs:complexType><xs:element name="Tell" type="t:P"/>'
    ),
    "header blocks": Style(
        element(simple("Id")) + element(simple("Code Case?"), name="Sender"),
        header='<part name="sender" element="t:Sender"/>',
    ),
}  # fmt: skip
