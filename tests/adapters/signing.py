"""Keys and certificates that are made for the tests, and envelopes signed without any code of ours, well or badly."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from xmlsec import constants as names

AT = datetime(2026, 2, 1, 10, tzinfo=UTC)
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE, WSU = f"{WSS}-wssecurity-secext-1.0.xsd", f"{WSS}-wssecurity-utility-1.0.xsd"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
DSIG = "http://www.w3.org/2000/09/xmldsig#"


@dataclass(frozen=True)
class Party:
    """Somebody with a key and a certificate, both as PEM."""

    key: str
    certificate: str

    @property
    def der(self) -> str:
        """The certificate as a token holds it."""
        return "".join(self.certificate.split("-----")[2].split())


@cache
def party(name: str = "recipient", *, bits: int = 2048, days: int = 365) -> Party:
    """Make somebody, once in a run; names that begin with ``ec`` have a key of an elliptic curve."""
    key: Any = (
        ec.generate_private_key(ec.SECP256R1())
        if name.startswith("ec")
        else rsa.generate_private_key(public_exponent=65537, key_size=bits)
    )
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Party(private.decode(), certificate.public_bytes(form).decode())


@dataclass(frozen=True)
class Way:
    """How an envelope is signed; as it stands, well."""

    over: tuple[str, ...] = ("body", "stamp")
    method: Any = None
    digest: Any = names.TransformSha256
    canonical: Any = names.TransformExclC14N
    transform: Any = names.TransformExclC14N
    created: datetime | None = AT
    token: Party | None = None
    with_token: bool = True


GOOD = Way()


def signed(
    inner: str, by: Party | None = None, way: Way = GOOD, *, header: str = "", namespace: str = SOAP_11
) -> etree._Element:
    """Write an envelope around `inner` and sign it; ids are ``body`` and ``stamp``, and what `header` gives itself."""
    by = by or party()
    root = etree.fromstring(_unsigned(inner, by, way, header, namespace))
    security = root[0].find(f"{{{WSSE}}}Security")
    assert security is not None
    method = way.method or (names.TransformEcdsaSha256 if b"EC" in _kind(by) else names.TransformRsaSha256)
    signature = xmlsec.template.create(security, way.canonical, method, ns="ds")
    security.append(signature)
    for target in way.over:
        uri = target if target.startswith(("#", "http")) or not target else f"#{target}"
        reference = xmlsec.template.add_reference(signature, way.digest, uri=uri)
        if way.transform:
            xmlsec.template.add_transform(reference, way.transform)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = _key(by, way)
    context.sign(signature)
    return root


def _kind(by: Party) -> bytes:
    public = x509.load_pem_x509_certificate(by.certificate.encode()).public_key()
    return b"EC" if isinstance(public, ec.EllipticCurvePublicKey) else b"RSA"


def _key(by: Party, way: Way) -> xmlsec.Key:
    if way.method in {names.TransformHmacSha1, names.TransformHmacSha256}:
        # The attack: what everybody knows of them, taken for a shared secret.
        return xmlsec.Key.from_binary_data(names.KeyDataHmac, base64.b64decode(by.der))
    return xmlsec.Key.from_memory(by.key, names.KeyDataFormatPem)


def _unsigned(inner: str, by: Party, way: Way, header: str, namespace: str) -> str:
    stamp = ""
    if way.created:
        expires = (way.created + timedelta(minutes=5)).isoformat()
        stamp = (
            f'<u:Timestamp u:Id="stamp"><u:Created>{way.created.isoformat()}</u:Created>'
            f"<u:Expires>{expires}</u:Expires></u:Timestamp>"
        )
    token = f'<w:BinarySecurityToken u:Id="token">{(way.token or by).der}</w:BinarySecurityToken>'
    return (
        f'<s:Envelope xmlns:s="{namespace}" xmlns:w="{WSSE}" xmlns:u="{WSU}" xmlns:a="{ADDRESSING}"><s:Header>{header}'
        f'<w:Security s:mustUnderstand="1">{stamp}{token if way.with_token else ""}</w:Security></s:Header>'
        f'<s:Body u:Id="body">{inner}</s:Body></s:Envelope>'
    )


def text(root: etree._Element) -> bytes:
    """Write it as it goes on the wire."""
    return etree.tostring(root)


def relates_to(message_id: str, *, signable: bool = True) -> str:
    """Write the header block that says what it answers."""
    mark = ' u:Id="relates"' if signable else ""
    return f"<a:RelatesTo{mark}>urn:uuid:{message_id}</a:RelatesTo>"
