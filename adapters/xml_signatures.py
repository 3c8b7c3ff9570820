"""Sign header blocks and bodies of envelopes, and verify such signatures without being led to another element.

XML Signature Syntax and Processing 1.1, 11 April 2013; Exclusive XML Canonicalization 1.0, 18 July 2002; Web Services
Security X.509 Token Profile 1.1.1, section 3. A signature says that *some* element is as it was. Whoever wraps one
moves the signed element aside and puts another in its place (McIntosh and Austel, 2005): so what was signed is found
before anything is computed, every id must be the only one of its name, and what is not expected is refused.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xmlsec
from lxml import etree
from xmlsec import constants as names

from adapters.xml_keys import Certificate, Signer

DSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
D = f"{{{DSIG}}}"
WSU_ID = f"{{{WSU}}}Id"
# Whatever some parser may take for an id: that each is the only one of its value leaves no room for a second reading.
ID_NAMES = frozenset({"id", "assertionid"})
REFERENCE = re.compile(r"#([A-Za-z_][A-Za-z0-9_.-]{0,199})")
MOST_REFERENCES = 20

METHODS = {f"{MORE}{kind}-sha{size}": kind for kind in ("rsa", "ecdsa") for size in (256, 384, 512)}
DIGESTS = frozenset({
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
})  # fmt: skip


class Unverified(Exception):
    """What came proves nothing of its sender; `code` is a stable word that quotes nothing of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that holds: by which certificate, over which elements, and its value."""

    certificate: Certificate
    covers: tuple[etree._Element, ...]
    value: bytes


def sign(parent: etree._Element, elements: Sequence[etree._Element], signer: Signer, *, token: etree._Element) -> None:
    """Append a signature over these elements to their header; `token` is what holds the certificate."""
    method = names.TransformEcdsaSha256 if signer.certificate.is_elliptic else names.TransformRsaSha256
    signature = xmlsec.template.create(parent, names.TransformExclC14N, method, ns="ds")
    parent.append(signature)
    context = xmlsec.SignatureContext()
    for element in elements:
        reference = xmlsec.template.add_reference(signature, names.TransformSha256, uri=f"#{element.get(WSU_ID)}")
        xmlsec.template.add_transform(reference, names.TransformExclC14N)
        context.register_id(element, "Id", WSU)
    xmlsec.template.ensure_key_info(signature).append(token)
    context.key = signer.key
    context.sign(signature)


def verify(
    signature: etree._Element, certificates: Iterable[Certificate], *, allowed: Sequence[etree._Element]
) -> Signature:
    """Say which of the allowed elements it covers, and by whose key. Raises Unverified."""
    method, value = _read(signature)
    covers = _covered(signature, allowed)
    for certificate in certificates:
        if METHODS[method] == ("ecdsa" if certificate.is_elliptic else "rsa") and _holds(
            signature, covers, certificate
        ):
            return Signature(certificate, covers, value)
    raise Unverified("signature-wrong")


def _holds(signature: etree._Element, covers: Sequence[etree._Element], certificate: Certificate) -> bool:
    context = xmlsec.SignatureContext()
    context.key = certificate.public_key
    try:
        for element in covers:
            for name in _ids(element):
                parts = etree.QName(name)
                context.register_id(element, parts.localname, parts.namespace)
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _read(signature: etree._Element) -> tuple[str, bytes]:
    """Check that it is made of what we know, by algorithms that are strong, and give its method and value."""
    parts = [child.tag for child in signature]
    if parts[:2] != [f"{D}SignedInfo", f"{D}SignatureValue"] or parts[2:] not in ([], [f"{D}KeyInfo"]):
        raise Unverified("signature-malformed")
    info = signature[0]
    if [child.tag for child in info][:2] != [f"{D}CanonicalizationMethod", f"{D}SignatureMethod"]:
        raise Unverified("signature-malformed")
    if info[0].get("Algorithm") != EXCLUSIVE:
        raise Unverified("transform-foreign")
    method = info[1].get("Algorithm", "")
    if method not in METHODS or len(info[1]):
        raise Unverified("algorithm-weak")
    try:
        return method, base64.b64decode("".join((signature[1].text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unverified("signature-malformed") from None


def _covered(signature: etree._Element, allowed: Sequence[etree._Element]) -> tuple[etree._Element, ...]:
    """Find what it refers to, each by an id that nothing else in the whole document has."""
    references = list(signature[0])[2:]
    if not 0 < len(references) <= MOST_REFERENCES:
        raise Unverified("signature-malformed")
    uses = _uses(signature.getroottree().getroot())
    by_id = {element.get(name): element for element in allowed for name in _ids(element)}
    found = []
    for reference in references:
        _check_reference(reference)
        target = REFERENCE.fullmatch(reference.get("URI", ""))
        element = by_id.get(target[1]) if target else None
        if element is None or element in found:
            raise Unverified("reference-foreign")
        if uses[str(target and target[1])] != 1:
            raise Unverified("ids-ambiguous")
        found.append(element)
    return tuple(found)


def _check_reference(reference: etree._Element) -> None:
    if [child.tag for child in reference] != [f"{D}Transforms", f"{D}DigestMethod", f"{D}DigestValue"]:
        raise Unverified("transform-foreign")
    if [(each.tag, each.get("Algorithm")) for each in reference[0]] != [(f"{D}Transform", EXCLUSIVE)]:
        raise Unverified("transform-foreign")
    if reference[1].get("Algorithm") not in DIGESTS:
        raise Unverified("algorithm-weak")


def _uses(root: etree._Element) -> Counter[str]:
    """Count how often each id is given."""
    return Counter(str(each.get(name)) for each in root.iter(etree.Element) for name in _ids(each))


def _ids(element: etree._Element) -> list[str]:
    return [str(name) for name in element.attrib if etree.QName(str(name)).localname.lower() in ID_NAMES]
