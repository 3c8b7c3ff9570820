"""Messages, endpoints and tiny WSDLs that the tests share."""

from collections.abc import Mapping
from typing import Any

from adapters.contract import Endpoint, Message, Response

FIELDS: dict[str, Any] = {
    "subject": {
        "name": {"title": "Mrs", "given": ["Ann", "Mary"], "family": "O'Lee-Ångström"},
        "other_names": [{"given": ["Ann"], "family": "Smith", "use": "maiden"}],
        "sex": "female",
        "born_on": "1941-05",
        "addresses": [
            {"lines": ["1 High Street"], "town": "Northmoor", "postcode": "NM1 1AA", "use": "usual", "uprn": "12"},
            {"lines": ["Flat 2", "The Quay"], "town": "Southmoor", "postcode": "SM2 2BB", "use": "other"},
        ],
        "identifiers": {"nino": "QQ123456C", "library_card": "L-77", "passports": ["123456789"], "vehicles": []},
    },
    "death": {"died_on": "2026-01-31"},
    "registration": {"number": "500045735"},
    "informant": {"name": {"given": ["Bo"], "family": "Lee"}, "relationship": "son", "phone": "02079460018"},
    "services": {"library": True, "council_tax": False},
    "pensions": [{"scheme": "Moorland", "reference": "P1"}, {"scheme": "Other"}],
}


def message(fields: Mapping[str, Any] = FIELDS, **changed: Any) -> Message:
    """Make a message about a death."""
    return Message(
        **{
            "id": "0197b1c2-aaaa-7000-8000-000000000001",
            "kind": "death",
            "purpose": "notify",
            "reference": "TUO-7Q4-K2M",
            "sequence": 1,
            "reported_at": "2026-02-01T10:00:00Z",
            "fields": fields,
            **changed,
        }
    )


def endpoint(adapter: str, settings: Mapping[str, Any], documents: Mapping[str, bytes] | None = None) -> Endpoint:
    """Make an endpoint of an invented recipient."""
    return Endpoint("northmoor-libraries", adapter, "https://northmoor.example/in", settings, documents or {})


def response(status: int, body: bytes = b"", **headers: str) -> Response:
    """Make a reply."""
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


SCHEMA = """
<xs:schema targetNamespace="urn:t" xmlns:t="urn:t" elementFormDefault="qualified" xmlns:xs="{xs}">
  <xs:complexType name="Notice"><xs:sequence>
    <xs:element name="Id" type="xs:string"/>
    <xs:element name="Surname" type="xs:string"/>
    <xs:element name="Forename" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
    <xs:choice><xs:element name="Died" type="xs:date"/><xs:element name="Moved" type="xs:date"/></xs:choice>
    <xs:element name="Known" type="xs:boolean" minOccurs="0" nillable="true"/>
  </xs:sequence><xs:attribute name="version" type="xs:string"/></xs:complexType>
  <xs:complexType name="Reply"><xs:sequence>
    <xs:element name="Result" type="xs:string"/>
    <xs:element name="Act" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Code" type="xs:string"/><xs:element name="On" type="xs:date"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
  <xs:element name="Tell" type="t:Notice"/>
  <xs:element name="TellResponse" type="t:Reply"/>
</xs:schema>""".replace("{xs}", "http://www.w3.org/2001/XMLSchema")

WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="{soap}" xmlns:t="urn:t" targetNamespace="urn:t"
    xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <types>{types}</types>
  <message name="In">{parts_in}</message><message name="Out">{parts_out}</message>
  <portType name="P"><operation name="Tell"><input message="t:In"/>{output}</operation></portType>
  <binding name="B" type="t:P"><soap:binding style="{style}" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Tell"><soap:operation soapAction="urn:t/Tell"/>
      <input><soap:body use="literal" namespace="urn:t"/></input>
      {bound_output}
    </operation></binding>
  <service name="S"><port name="One" binding="t:B"><soap:address location="http://unused.example/"/></port></service>
</definitions>"""

SOAP_11 = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP_12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
DOCUMENT = ('<part name="parameters" element="t:Tell"/>', '<part name="parameters" element="t:TellResponse"/>')
RPC = (
    '<part name="notice" type="t:Notice"/><part name="channel" type="xs:string"/>',
    '<part name="reply" type="t:Reply"/>',
)


def wsdl(
    *,
    soap: str = SOAP_11,
    style: str = "document",
    parts: tuple[str, str] = DOCUMENT,
    types: str = SCHEMA,
    one_way: bool = False,
) -> bytes:
    """Write a WSDL of the wanted style around the same two types."""
    return WSDL.format(
        soap=soap,
        style=style,
        types=types,
        parts_in=parts[0],
        parts_out=parts[1],
        output="" if one_way else '<output message="t:Out"/>',
        bound_output="" if one_way else '<output><soap:body use="literal" namespace="urn:t"/></output>',
    ).encode()


IMPORTED = '<xs:schema><xs:import namespace="urn:t" schemaLocation="types/t.xsd"/></xs:schema>'
NOTICE = "Id: message.id, Surname: subject.name.family, Forename: subject.name.given, Died: death.died_on"
WRAPPED = "{" + NOTICE + ", Known: services.library, version: '1'}"

# One row per style: the documents, and the mapping that fills them.
STYLES: dict[str, tuple[dict[str, bytes], str]] = {
    "document, SOAP 1.1": ({"a.wsdl": wsdl()}, WRAPPED),
    "document, SOAP 1.2": ({"a.wsdl": wsdl(soap=SOAP_12)}, WRAPPED),
    "rpc, SOAP 1.1": (
        {"a.wsdl": wsdl(style="rpc", parts=RPC)}, "{notice: {" + NOTICE + "}, channel: 'post'}"
    ),
    "rpc, SOAP 1.2": (
        {"a.wsdl": wsdl(soap=SOAP_12, style="rpc", parts=RPC)}, "{notice: {" + NOTICE + "}, channel: 'post'}"
    ),
    "one way": ({"a.wsdl": wsdl(one_way=True)}, WRAPPED),
    "imported schema": ({"a.wsdl": wsdl(types=IMPORTED), "types/t.xsd": SCHEMA.encode()}, WRAPPED),
    "bare simple type": (
        {"a.wsdl": wsdl(types=SCHEMA.replace('name="Tell" type="t:Notice"', 'name="Tell" type="xs:string"'))},
        "message.id",
    ),
}  # fmt: skip


def soap_endpoint(style: str = "document, SOAP 1.1", **settings: Any) -> Endpoint:
    """Make an endpoint of one of the styles."""
    documents, expression = STYLES[style]
    return endpoint("soap", {"wsdl": "a.wsdl", "operation": "Tell", "mapping": expression, **settings}, documents)


ENVELOPES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}


def envelope(inner: str, *, version: str = "1.1", header: str = "") -> bytes:
    """Wrap it as a recipient would."""
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f'<s:Envelope xmlns:s="{ENVELOPES[version]}">{head}<s:Body>{inner}</s:Body></s:Envelope>'.encode()


def fault(code: str = "Client", text: str = "no", detail: str = "", *, version: str = "1.1") -> bytes:
    """Write a fault."""
    if version == "1.1":
        inner = f"<faultcode>s:{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail>"
    else:
        inner = (
            f"<s:Code><s:Value>s:{code}</s:Value></s:Code><s:Reason><s:Text>{text}</s:Text></s:Reason>"
            f"<s:Detail>{detail}</s:Detail>"
        )
    return envelope(f"<s:Fault>{inner}</s:Fault>", version=version)
