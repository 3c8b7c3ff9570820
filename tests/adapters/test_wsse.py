"""Who sent an envelope (F24): signatures and user names that hold, and every way we know of making them seem to."""

import base64
import hashlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree
from xmlsec import constants as names
from zeep.wsse import username as theirs

from adapters import envelopes, wsse
from tests.adapters.signing import AT, DSIG, GOOD, SOAP_11, WSSE, WSU, Way, party, signed, text

INNER = '<t:Tell xmlns:t="urn:t"><t:Result>closed</t:Result></t:Tell>'
FORGED = '<t:Tell xmlns:t="urn:t"><t:Result>unknown</t:Result></t:Tell>'
W, U, D, S = (f"{{{namespace}}}" for namespace in (WSSE, WSU, DSIG, SOAP_11))
Forge = Callable[[etree._Element], object]


def verify(content: bytes, *, at: Any = AT, **signers: str) -> wsse.Sender:
    expected = signers or {"them": party().certificate}
    return wsse.verify(envelopes.read(content), at=at, signers=expected)


def refusal(content: bytes, **more: Any) -> str:
    with pytest.raises(wsse.Unverified) as refused:
        verify(content, **more)
    return refused.value.code


@pytest.mark.parametrize("name", ["recipient", "ec"])
@pytest.mark.parametrize("namespace", envelopes.SOAP_11.split() + envelopes.SOAP_12.split())
def test_a_signature_over_the_body_and_its_timestamp_tells_who_sent_it(name: str, namespace: str) -> None:
    """X.509 Token Profile 1.1.1, section 3; XML Signature 1.1, section 6.4."""
    envelope = envelopes.read(text(signed(INNER, party(name), namespace=namespace)))
    sender = wsse.verify(
        envelope, at=AT, signers={"other": party("other").certificate, "them": party(name).certificate}
    )
    assert (sender.who, sender.created) == ("them", AT)
    assert envelope.frame in sender.covers
    assert len(sender.proof) > 60


def test_two_certificates_hold_while_one_follows_the_other() -> None:
    both = party("old").certificate + party().certificate
    assert verify(text(signed(INNER)), them=both).who == "them"
    assert verify(text(signed(INNER, party("old"))), them=both).who == "them"


def test_a_signature_without_a_token_is_held_against_every_certificate() -> None:
    assert verify(text(signed(INNER, way=Way(with_token=False)))).who == "them"
    assert refusal(text(signed(INNER, party("other"), Way(with_token=False)))) == "signature-wrong"


# Badly signed: how it was signed, and the code.
BADLY: dict[str, tuple[Way, str]] = {
    "the timestamp is not signed": (Way(over=("body",)), "timestamp-unsigned"),
    "the body is not signed": (Way(over=("stamp",)), "body-unsigned"),
    "only the token is signed": (Way(over=("token", "stamp")), "body-unsigned"),
    "the whole document is signed": (Way(over=("", "stamp")), "reference-foreign"),
    "the same is signed twice": (Way(over=("body", "body", "stamp")), "reference-foreign"),
    "a pointer instead of an id": (Way(over=("#xpointer(id('body'))", "stamp")), "reference-foreign"),
    "no timestamp": (Way(over=("body",), created=None), "timestamp-missing"),
    "an old timestamp": (Way(created=AT - timedelta(minutes=11)), "timestamp-stale"),
    "a timestamp of tomorrow": (Way(created=AT + timedelta(days=1)), "timestamp-stale"),
    "digests by SHA-1": (Way(digest=names.TransformSha1), "algorithm-weak"),
    "a signature by SHA-1": (Way(method=names.TransformRsaSha1), "algorithm-weak"),
    "a MAC under the public certificate": (Way(method=names.TransformHmacSha256), "algorithm-weak"),
    "a MAC by SHA-1": (Way(method=names.TransformHmacSha1), "algorithm-weak"),
    "inclusive canonical form": (Way(canonical=names.TransformInclC14N), "transform-foreign"),
    "a transform that leaves signatures out": (Way(transform=names.TransformEnveloped), "transform-foreign"),
    "no transform": (Way(transform=None), "transform-foreign"),
    "comments count": (Way(transform=names.TransformExclC14NWithComments), "transform-foreign"),
    "somebody else's token": (Way(token=party("other")), "certificate-unknown"),
}


@pytest.mark.parametrize("name", BADLY)
def test_what_is_badly_signed_is_refused(name: str) -> None:
    way, code = BADLY[name]
    assert refusal(text(signed(INNER, way=way))) == code


def test_another_key_is_refused_whichever_certificate_it_shows() -> None:
    other = party("other")
    assert refusal(text(signed(INNER, other))) == "certificate-unknown"
    assert refusal(text(signed(INNER, other, replace(GOOD, token=party())))) == "signature-wrong"


def test_a_certificate_counts_for_as_long_as_it_says() -> None:
    brief = party("brief", days=40)
    assert verify(text(signed(INNER, brief)), them=brief.certificate).who == "them"
    later = AT + timedelta(days=10)
    content = text(signed(INNER, brief, replace(GOOD, created=later)))
    assert refusal(content, at=later, them=brief.certificate) == "certificate-expired"


# Wrapped and mended: what is done to a good envelope, and the code.


def body(root: etree._Element) -> etree._Element:
    found = root.find(f"{S}Body")
    assert found is not None
    return found


def security(root: etree._Element) -> etree._Element:
    found = root.find(f"{S}Header/{W}Security")
    assert found is not None
    return found


def signature(root: etree._Element) -> etree._Element:
    found = security(root).find(f"{D}Signature")
    assert found is not None
    return found


def new_body(root: etree._Element, **ids: str) -> etree._Element:
    """Put another body in the place of the true one, which is given back."""
    true, made = body(root), etree.Element(f"{S}Body")
    for name, value in ids.items():
        made.set(name.replace("wsu_", U), value)
    made.append(etree.fromstring(FORGED))
    root.replace(true, made)
    return true


def into_a_wrapper(root: etree._Element, moved: etree._Element) -> None:
    etree.SubElement(root[0], "{urn:w}Wrapper").append(moved)


def alter_the_body(root: etree._Element) -> None:
    body(root)[0][0].text = "unknown"


def move_the_body(root: etree._Element) -> None:
    into_a_wrapper(root, new_body(root))


def move_the_body_and_take_its_id(root: etree._Element) -> None:
    into_a_wrapper(root, new_body(root, wsu_Id="body"))


def move_the_body_and_give_another_id(root: etree._Element) -> None:
    into_a_wrapper(root, new_body(root, wsu_Id="body-2"))


def move_the_body_and_take_its_id_as_another_sort(root: etree._Element) -> None:
    into_a_wrapper(root, new_body(root, ID="body"))


def move_the_body_under_the_xml_id(root: etree._Element) -> None:
    true = new_body(root, **{"{http://www.w3.org/XML/1998/namespace}id": "body"})
    into_a_wrapper(root, true)


def move_the_body_into_the_new_one(root: etree._Element) -> None:
    true = new_body(root)
    body(root).append(true)


def move_the_body_into_the_signature(root: etree._Element) -> None:
    held = etree.SubElement(signature(root), f"{D}Object")
    held.append(new_body(root))


def move_the_body_into_the_security_header(root: etree._Element) -> None:
    security(root).append(new_body(root))


def move_the_body_up_as_a_header_block(root: etree._Element) -> None:
    root[0].append(new_body(root))


def add_a_second_body(root: etree._Element) -> None:
    root.insert(1, etree.fromstring(f'<s:Body xmlns:s="{SOAP_11}">{FORGED}</s:Body>'))


def add_something_after_the_body(root: etree._Element) -> None:
    etree.SubElement(root, "{urn:w}After")


def add_a_fresh_timestamp(root: etree._Element) -> None:
    stamp = security(root)[0]
    security(root).insert(0, deepcopy(stamp))
    stamp.set(f"{U}Id", "stamp-2")


def move_the_timestamp_and_add_a_fresh_one(root: etree._Element) -> None:
    stamp = security(root)[0]
    fresh = deepcopy(stamp)
    fresh.set(f"{U}Id", "stamp-2")
    security(root).replace(stamp, fresh)
    root[0].append(stamp)


def date_the_timestamp_anew(root: etree._Element) -> None:
    security(root)[0][0].text = (AT + timedelta(minutes=1)).isoformat()


def take_the_signature_out(root: etree._Element) -> None:
    security(root).remove(signature(root))


def move_the_signature(root: etree._Element) -> None:
    into_a_wrapper(root, signature(root))


def add_a_second_signature(root: etree._Element) -> None:
    security(root).append(deepcopy(signature(root)))


def hide_a_second_signature(root: etree._Element) -> None:
    into_a_wrapper(root, deepcopy(signature(root)))


def add_a_second_security_header(root: etree._Element) -> None:
    root[0].append(deepcopy(security(root)))


def turn_the_security_header_to_another(root: etree._Element) -> None:
    security(root).set(f"{S}actor", "urn:somebody-else")


def bring_a_key(root: etree._Element) -> None:
    info = etree.SubElement(signature(root), f"{D}KeyInfo")
    etree.SubElement(info, f"{D}KeyName").text = "mine"


def bring_two_keys(root: etree._Element) -> None:
    for _ in range(2):
        bring_a_key(root)


def add_a_manifest(root: etree._Element) -> None:
    etree.SubElement(signature(root), f"{D}Object").append(etree.Element(f"{D}Manifest"))


def cut_the_value(root: etree._Element) -> None:
    signature(root)[1].text = "!"


def refer_to_the_outside(root: etree._Element) -> None:
    signature(root)[0][2].set("URI", "https://x.example/")


def refer_to_nothing(root: etree._Element) -> None:
    signature(root)[0][2].attrib.pop("URI")


def refer_twenty_times_more(root: etree._Element) -> None:
    for _ in range(20):
        signature(root)[0].append(deepcopy(signature(root)[0][2]))


def refer_no_more(root: etree._Element) -> None:
    for reference in list(signature(root)[0])[2:]:
        signature(root)[0].remove(reference)


def shorten_a_digest_method(root: etree._Element) -> None:
    signature(root)[0][1].append(etree.Element(f"{D}HMACOutputLength"))


FORGERIES: dict[Forge, str] = {
    alter_the_body: "signature-wrong",
    move_the_body: "reference-foreign",
    move_the_body_and_take_its_id: "ids-ambiguous",
    move_the_body_and_give_another_id: "reference-foreign",
    move_the_body_and_take_its_id_as_another_sort: "ids-ambiguous",
    move_the_body_under_the_xml_id: "ids-ambiguous",
    move_the_body_into_the_new_one: "reference-foreign",
    move_the_body_into_the_signature: "signature-malformed",
    move_the_body_into_the_security_header: "body-unsigned",
    move_the_body_up_as_a_header_block: "body-unsigned",
    add_a_second_body: "security-malformed",
    add_something_after_the_body: "security-malformed",
    add_a_fresh_timestamp: "timestamp-missing",
    move_the_timestamp_and_add_a_fresh_one: "timestamp-unsigned",
    date_the_timestamp_anew: "signature-wrong",
    take_the_signature_out: "username-missing",
    move_the_signature: "username-missing",
    add_a_second_signature: "signature-several",
    hide_a_second_signature: "signature-several",
    add_a_second_security_header: "security-several",
    turn_the_security_header_to_another: "security-missing",
    bring_two_keys: "signature-malformed",
    add_a_manifest: "signature-malformed",
    cut_the_value: "signature-malformed",
    refer_to_the_outside: "reference-foreign",
    refer_to_nothing: "reference-foreign",
    refer_twenty_times_more: "signature-malformed",
    refer_no_more: "signature-malformed",
    shorten_a_digest_method: "algorithm-weak",
}


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.replace("_", " "))
def test_a_good_envelope_that_was_tampered_with_is_refused(forge: Forge) -> None:
    """Signature wrapping (F24): the signed body moved aside, and another in its place."""
    root = signed(INNER)
    assert verify(text(root)).who == "them"
    forge(root)
    assert refusal(text(root)) == FORGERIES[forge]


def test_a_key_that_the_message_brings_itself_is_not_used() -> None:
    root = signed(INNER, party("other"), Way(with_token=False))
    bring_a_key(root)
    assert refusal(text(root)) == "signature-wrong"


def test_where_a_signature_is_asked_for_a_user_name_does_not_do() -> None:
    envelope = envelopes.read(named())
    with pytest.raises(wsse.Unverified, match="timestamp-missing"):
        wsse.verify_signature(envelope, at=AT, signers={"them": party().certificate})
    root = signed(INNER)
    take_the_signature_out(root)
    with pytest.raises(wsse.Unverified, match="unsigned"):
        wsse.verify_signature(envelopes.read(text(root)), at=AT, signers={"them": party().certificate})


# User names


def named(*, digest: bool = False, password: str = "s3cret", created: Any = AT, **more: Any) -> bytes:
    """Have zeep write an envelope with a user name."""
    root = etree.fromstring(f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body>{INNER}</s:Body></s:Envelope>')
    make: Any = theirs.UsernameToken
    return etree.tostring(make("northmoor", password, use_digest=digest, created=created, **more).apply(root, {})[0])


def sender_of(content: bytes, at: Any = AT, password: str | None = "s3cret") -> wsse.Sender:
    known = {"northmoor": password}
    return wsse.verify(envelopes.read(content), at=at, password_of=known.get)


def test_a_user_name_with_its_password_tells_who_sent_it_and_proves_nothing_of_the_message() -> None:
    assert sender_of(named()) == wsse.Sender("northmoor", b"", None)


def test_a_digest_tells_who_sent_it_and_by_what_a_replay_is_known() -> None:
    """UsernameToken Profile 1.1.1, section 3.1: Base64(SHA-1(nonce + created + password))."""
    first, again, other = (sender_of(named(digest=True, nonce=nonce)) for nonce in "aab")
    assert (first.who, first.created, first.covers) == ("northmoor", AT, ())
    assert first.proof == again.proof != other.proof
    digest = base64.b64encode(hashlib.sha1(b"a" + b"2026-02-01T10:00:00+00:00" + b"s3cret").digest())  # noqa: S324
    assert digest in named(digest=True, nonce="a", created=AT)


@pytest.mark.parametrize(
    ("content", "password", "at", "code"),
    [
        (named(password="wrong"), "s3cret", AT, "username-wrong"),
        (named(digest=True, password="wrong"), "s3cret", AT, "username-wrong"),
        (named(), None, AT, "username-wrong"),
        (named(password=""), None, AT, "username-wrong"),
        (named(digest=True), None, AT, "username-wrong"),
        (named(password=""), "", AT, "username-wrong"),
        (named(digest=True), "s3cret", AT + timedelta(minutes=6), "username-stale"),
        (named(digest=True), "s3cret", AT - timedelta(minutes=6), "username-stale"),
        (named(digest=True).replace(b"Nonce", b"Once"), "s3cret", AT, "username-malformed"),
        (named(digest=True).replace(b">2026-02", b">2026-99"), "s3cret", AT, "username-malformed"),
        (named().replace(b">northmoor<", b"><"), "s3cret", AT, "username-malformed"),
        (named().replace(b"Password", b"Passport"), "s3cret", AT, "username-malformed"),
        (named().replace(b"UsernameToken", b"Token"), "s3cret", AT, "username-missing"),
        (named().replace(b":Security", b":Insecurity"), "s3cret", AT, "security-missing"),
    ],
)
def test_a_user_name_that_does_not_hold_is_refused(content: bytes, password: str | None, at: Any, code: str) -> None:
    with pytest.raises(wsse.Unverified) as refused:
        sender_of(content, at, password)
    assert refused.value.code == code


def test_two_user_names_are_none() -> None:
    root = etree.fromstring(named())
    security(root).append(deepcopy(security(root)[0]))
    with pytest.raises(wsse.Unverified, match="username-malformed"):
        sender_of(text(root))
