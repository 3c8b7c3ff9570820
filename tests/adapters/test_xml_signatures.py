"""Keys that a message brings, and certificates that are of no use (F24)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from lxml import etree
from xmlsec import template

from adapters import envelopes, wsse, xml_keys
from tests.adapters.peers import peer, reply, says
from tests.adapters.signing import AT, DSIG, WSSE, WSU, Way, party, signed, text

INNER = '<t:Tell xmlns:t="urn:t"/>'
D, U = f"{{{DSIG}}}", f"{{{WSU}}}"
THEM = party()


def refusal(root: etree._Element) -> str:
    with pytest.raises(wsse.Unverified) as refused:
        wsse.verify_signature(envelopes.read(text(root)), at=AT, signers={"them": THEM.certificate})
    return refused.value.code


def the(root: etree._Element, name: str) -> Any:
    found = root.find(f".//{name}")
    assert found is not None
    return found


def key_info(root: etree._Element, other: str, url: str) -> None:
    """Bring everything by which a verifier might be led to another key: its value, its certificate, a place."""
    signature = the(root, f"{D}Signature")
    info = template.ensure_key_info(signature)
    etree.SubElement(info, f"{D}RetrievalMethod", URI=url)
    held = etree.SubElement(etree.SubElement(info, f"{D}X509Data"), f"{D}X509Certificate")
    held.text = other
    numbers = x509.load_pem_x509_certificate(party("other").certificate.encode()).public_key().public_numbers()  # type: ignore[union-attr]
    value = etree.SubElement(etree.SubElement(info, f"{D}KeyValue"), f"{D}RSAKeyValue")
    etree.SubElement(value, f"{D}Modulus").text = hex(numbers.n)  # type: ignore[union-attr]
    etree.SubElement(value, f"{D}Exponent").text = "AQAB"


def test_no_key_that_a_message_brings_is_used_and_nothing_is_fetched_for_it() -> None:
    """XML Signature 1.1, 4.5: KeyInfo only helps to find a key; here the key is known."""
    with peer(says(reply(200, b"a key"))) as there:
        root = signed(INNER, party("other"), Way(with_token=False))
        key_info(root, party("other").der, there.url)
        assert refusal(root) == "signature-wrong"
        honest = signed(INNER, THEM, Way(with_token=False))
        key_info(honest, party("other").der, there.url)
        envelope = envelopes.read(text(honest))
        assert wsse.verify_signature(envelope, at=AT, signers={"them": THEM.certificate}).who == "them"
        assert there.connections == 0


def swap(root: etree._Element) -> None:
    info = the(root, f"{D}SignedInfo")
    info.insert(0, info[1])


def empty(root: etree._Element) -> None:
    the(root, f"{D}SignatureValue").text = None


def two_moments(root: etree._Element) -> None:
    stamp = the(root, f"{U}Timestamp")
    etree.SubElement(stamp, f"{U}Created").text = AT.isoformat()


def no_moment(root: etree._Element) -> None:
    the(root, f"{U}Created").text = "yesterday"


def no_end(root: etree._Element) -> None:
    the(root, f"{U}Expires").text = "never"


def long_over(root: etree._Element) -> None:
    the(root, f"{U}Expires").text = (AT - timedelta(hours=1)).isoformat()


def another_token(root: etree._Element) -> None:
    the(root, f"{{{WSSE}}}BinarySecurityToken").text = "not base64!"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (swap, "signature-malformed"),
        (empty, "signature-wrong"),
        (two_moments, "timestamp-missing"),
        (no_moment, "timestamp-missing"),
        (no_end, "timestamp-stale"),
        (long_over, "timestamp-stale"),
        (another_token, "certificate-unknown"),
    ],
)
def test_what_is_out_of_shape_is_refused(spoil: Any, code: str) -> None:
    root = signed(INNER)
    spoil(root)
    assert refusal(root) == code


def test_a_certificate_of_another_sort_of_key_is_refused_with_the_remedy() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ed.example")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(begins).not_valid_after(begins + timedelta(days=9))
    with pytest.raises(xml_keys.Unusable, match="use one of those") as refused:
        xml_keys.read(made.sign(key, None).public_bytes(serialization.Encoding.PEM).decode())
    assert refused.value.code == "certificate-unfit"
