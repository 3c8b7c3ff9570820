"""How a SOAP request says who we are (WS-Security) and where it goes (WS-Addressing): made anew for each try."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import xmlsec
from lxml import etree
from xmlsec import constants as names
from zeep import exceptions
from zeep.wsse import signature as theirs

from adapters import addressing, envelopes, soap, wsse
from adapters.contract import Misconfigured, Request
from tests.adapters.examples import WRAPPED, endpoint, message, soap_endpoint, wsdl
from tests.adapters.signing import AT, DSIG, WSSE, WSU, party

W, U, D, A = (f"{{{namespace}}}" for namespace in (WSSE, WSU, DSIG, addressing.NAMESPACE))
US = party("us")
KEYS = {"k": US.key, "c": US.certificate, "p": "s3cret", "other": party("other").key}
NAMED = {"username": "tuo", "secret": "p"}
SIGNED = {"signature": {"key": "k", "certificate": US.certificate}}


def sealed(
    security: Mapping[str, Any] | None = None,
    *,
    at: datetime = AT,
    nonce: str = "n",
    keys: Mapping[str, str] = KEYS,
    style: str = "document, SOAP 1.1",
    **settings: Any,
) -> Request:
    more = {"security": security} if security else {}
    place = soap_endpoint(style, **more, **settings)
    return soap.seal(soap.encode(message(), place), place, at=at, nonce=nonce, keys=keys)


def opened(request: Request) -> etree._Element:
    return etree.fromstring(request.body)


def security_of(request: Request) -> etree._Element:
    found = opened(request).find(f"*/{W}Security")
    assert found is not None
    return found


def test_a_password_is_shown_by_its_digest_with_a_nonce_and_the_time() -> None:
    """UsernameToken Profile 1.1.1, section 3.1."""
    token = security_of(sealed({**NAMED, "type": "digest"})).find(f"{W}UsernameToken")
    assert token is not None
    nonce, created = base64.b64decode(token.findtext(f"{W}Nonce") or ""), token.findtext(f"{U}Created") or ""
    assert (nonce, created, token.findtext(f"{W}Username")) == (b"n", "2026-02-01T10:00:00.000Z", "tuo")
    hashed = base64.b64encode(hashlib.sha1(nonce + created.encode() + b"s3cret").digest()).decode()  # noqa: S324
    password = token.find(f"{W}Password")
    assert password is not None
    assert (password.text, password.get("Type", "").rpartition("#")[2]) == (hashed, "PasswordDigest")
    assert b"s3cret" not in sealed({**NAMED, "type": "digest"}).body


def test_a_password_is_shown_as_it_is_where_they_want_it_so() -> None:
    request = sealed({**NAMED, "type": "text"})
    password = security_of(request).find(f"{W}UsernameToken/{W}Password")
    assert password is not None
    assert (password.text, password.get("Type", "").rpartition("#")[2]) == ("s3cret", "PasswordText")
    sender = wsse.verify(envelopes.read(request.body), at=AT, password_of={"tuo": "s3cret"}.get)
    assert sender.who == "tuo"
    token = security_of(request)[1]
    assert (token.findtext(f"{W}Nonce"), token.findtext(f"{U}Created")) == ("bg==", "2026-02-01T10:00:00.000Z")


@pytest.mark.parametrize(
    ("security", "expected"),
    [(NAMED, "2026-02-01T10:05:00.000Z"), ({**NAMED, "valid_for": 60}, "2026-02-01T10:01:00.000Z")],
)
def test_a_timestamp_says_until_when_it_counts(security: dict[str, Any], expected: str) -> None:
    """SOAP Message Security 1.1.1, section 10."""
    stamp = security_of(sealed(security)).find(f"{U}Timestamp")
    assert stamp is not None
    assert [child.text for child in stamp] == ["2026-02-01T10:00:00.000Z", expected]


def test_a_timestamp_may_be_left_out_where_nothing_is_signed() -> None:
    assert security_of(sealed({**NAMED, "valid_for": 0})).find(f"{U}Timestamp") is None


@pytest.mark.parametrize("style", ["document, SOAP 1.1", "document, SOAP 1.2", "rpc, SOAP 1.1", "rpc, SOAP 1.2"])
@pytest.mark.parametrize("name", ["us", "ec-us"])
def test_a_signature_covers_the_body_and_the_timestamp_and_others_verify_it(style: str, name: str) -> None:
    """X.509 Token Profile 1.1.1; SHA-256 throughout."""
    us = party(name)
    wanted = {"signature": {"key": "k", "certificate": us.certificate}}
    root = opened(sealed(wanted, style=style, keys={"k": us.key}))
    header = root[0].find(f"{W}Security")
    assert header is not None
    algorithms = {each.get("Algorithm", "").rpartition("#")[2] for each in header.iter() if each.get("Algorithm")}
    assert algorithms == {"", "ecdsa-sha256" if name.startswith("ec") else "rsa-sha256", "sha256"}
    assert [each.get("URI") for each in header.iter(f"{D}Reference")] == ["#Body", "#Timestamp"]
    verified_by_zeep(root, key_of(us.certificate))
    assert wsse.verify(envelopes.read(etree.tostring(root)), at=AT, signers={"us": us.certificate}).who == "us"
    root[-1][0].text = "altered"
    with pytest.raises(exceptions.SignatureVerificationFailed):
        verified_by_zeep(root, key_of(us.certificate))


# It checks with the public key alone, and shares no code with ours but the library underneath.
verified_by_zeep: Any = theirs._verify_envelope_with_key


def key_of(certificate: str) -> xmlsec.Key:
    return xmlsec.Key.from_memory(certificate, names.KeyDataFormatCertPem)


def test_name_and_signature_go_together() -> None:
    header = security_of(sealed({**NAMED, **SIGNED}))
    found = [etree.QName(child).localname for child in header]
    assert found == ["Timestamp", "UsernameToken", "BinarySecurityToken", "Signature"]
    assert header.get("{http://schemas.xmlsoap.org/soap/envelope/}mustUnderstand") == "1"


def test_a_certificate_may_be_a_secret_too() -> None:
    by_name = sealed({"signature": {"key": "k", "certificate": "c"}})
    assert wsse.verify(envelopes.read(by_name.body), at=AT, signers={"us": US.certificate}).who == "us"


def test_the_content_is_the_same_for_each_try_and_what_proves_it_is_not() -> None:
    place = soap_endpoint(security={**NAMED, **SIGNED}, addressing=True)
    content = soap.encode(message(), place)
    assert content == soap.encode(message(), soap_endpoint())
    first, second = (
        soap.seal(content, place, at=AT + timedelta(hours=hour), nonce=f"n{hour}", keys=KEYS) for hour in (0, 1)
    )
    assert first.body != second.body
    ids = {opened(each).findtext(f"*/{A}MessageID") for each in (first, second)}
    assert ids == {f"urn:uuid:{message().id}"}


@pytest.mark.parametrize(
    ("security", "keys", "at", "code"),
    [
        (NAMED, {}, AT, "key-missing"),
        (NAMED, {"p": ""}, AT, "key-missing"),
        (NAMED, {"p": "a\nb"}, AT, "key-malformed"),
        (SIGNED, {}, AT, "key-missing"),
        (SIGNED, {"k": "no key"}, AT, "key-malformed"),
        (SIGNED, {"k": KEYS["other"]}, AT, "key-mismatch"),
        ({"signature": {"key": "k", "certificate": "c"}}, {"k": US.key}, AT, "key-missing"),
        ({"signature": {"key": "k", "certificate": "c"}}, {"k": US.key, "c": "?"}, AT, "certificate-malformed"),
        (SIGNED, KEYS, datetime(2027, 2, 1, tzinfo=UTC), "certificate-expired"),
        (SIGNED, KEYS, datetime(2025, 2, 1, tzinfo=UTC), "certificate-expired"),
        (
            {"signature": {"key": "k", "certificate": "c"}},
            {"k": party("weak", bits=1024).key, "c": party("weak", bits=1024).certificate},
            AT,
            "certificate-weak",
        ),
    ],
)
def test_what_cannot_be_proved_is_not_sent(
    security: dict[str, Any], keys: dict[str, str], at: datetime, code: str
) -> None:
    with pytest.raises(Misconfigured) as stopped:
        sealed(security, keys=keys, at=at)
    assert stopped.value.code == code
    assert stopped.value.__cause__ is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"security": {}}, "says nothing of us"),
        ({"security": {"username": "tuo"}}, "go together"),
        ({"security": {"secret": "p"}}, "go together"),
        ({"security": {**SIGNED, "valid_for": 0}}, "can be replayed"),
        ({"security": {**NAMED, "type": "plain"}}, "`security.type`"),
        ({"security": {"signature": {"key": "k", "certificate": "-----BEGIN CERTIFICATE-----"}}}, "it is no cert"),
        ({"signed_by": "them"}, "it is no certificate"),
        ({"signed_by": party("weak", bits=1024).certificate}, "at least 2048 bits"),
        ({"headers": "{"}, "the mapping is not JMESPath"),
    ],
)
def test_settings_that_prove_nothing_are_refused_with_the_remedy(settings: dict[str, Any], words: str) -> None:
    (fault,) = soap.check(soap_endpoint(**settings))
    assert words in fault
    assert "BEGIN" not in fault


def test_an_operation_without_a_reply_cannot_have_it_signed() -> None:
    assert "has no reply" in soap.check(soap_endpoint("one way", signed_by=US.certificate))[0]


# WS-Addressing


def test_an_addressed_request_says_where_it_goes_now_and_what_it_wants() -> None:
    """WS-Addressing 1.0 Core, section 3.2; the address is the route's, and not the WSDL's (F24)."""
    header = opened(sealed(addressing=True))[0]
    said = {etree.QName(block).localname: "".join(str(text) for text in block.itertext()) for block in header}
    assert said == {
        "To": "https://northmoor.example/in",
        "Action": "urn:t/Tell",
        "MessageID": f"urn:uuid:{message().id}",
        "ReplyTo": "http://www.w3.org/2005/08/addressing/anonymous",
    }


def test_what_is_addressed_and_signed_is_signed_as_addressed() -> None:
    request = sealed(SIGNED, addressing=True)
    uris = [each.get("URI") for each in opened(request).iter(f"{D}Reference")]
    assert uris == ["#Body", "#Timestamp", "#To", "#Action", "#MessageID"]
    sender = wsse.verify(envelopes.read(request.body), at=AT, signers={"us": US.certificate})
    assert len(sender.covers) == 5


NAMES = {
    "wsaw": "http://www.w3.org/2006/05/addressing/wsdl",
    "wsam": "http://www.w3.org/2007/05/addressing/metadata",
    "wsp": "http://www.w3.org/ns/ws-policy",
    "wsu": WSU,
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
}
DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items())
POLICY = '<wsp:Policy wsu:Id="p"><wsam:Addressing{}/></wsp:Policy>'
# What is added to the binding, what before the service, and whether that asks for addressing.
ASKING = {
    "nothing": ("", "", False),
    "using, not required": ("<wsaw:UsingAddressing/>", "", False),
    "using, required": ('<wsaw:UsingAddressing wsdl:required="true"/>', "", True),
    "a policy inside": ("<wsp:Policy><wsam:Addressing/></wsp:Policy>", "", True),
    "an optional policy": ('<wsp:Policy><wsam:Addressing wsp:Optional="true"/></wsp:Policy>', "", False),
    "a policy by reference": ('<wsp:PolicyReference URI="#p"/>', POLICY.format(""), True),
    "a policy for another": ('<wsp:PolicyReference URI="#q"/>', POLICY.format(""), False),
}


def addressed(inner: str, before: str) -> bytes:
    text = wsdl().decode().replace("<definitions ", f"<definitions {DECLARED} ", 1)
    text = text.replace('http"/>\n    <operation', f'http"/>{inner}\n    <operation')
    return text.replace("<types>", f"{before}<types>").encode()


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("said", [None, True, False])
def test_addressing_is_used_where_the_wsdl_asks_for_it_unless_the_settings_say_otherwise(
    name: str,
    said: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    """WS-Addressing 1.0 WSDL Binding, 3.1; Metadata, 3.1."""
    inner, before, asks = ASKING[name]
    settings = {"wsdl": "a.wsdl", "operation": "Tell", "mapping": WRAPPED, "addressing": said}
    place = endpoint("soap", settings, {"a.wsdl": addressed(inner, before)})
    request = soap.seal(soap.encode(message(), place), place, at=AT, nonce="n", keys={})
    assert (b"MessageID" in request.body) == (asks if said is None else said)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text, "urn:t/Tell"),
        (
            lambda text: text.replace('<input message="t:In"', '<input wsam:Action="urn:told" message="t:In"'),
            "urn:told",
        ),
        (lambda text: text.replace('soapAction="urn:t/Tell"', 'soapAction=""'), "urn:t:P:TellRequest"),
    ],
    ids=["as for HTTP", "as written", "by the pattern"],
)
def test_the_action_is_written_or_follows_the_pattern(change: Any, expected: str) -> None:
    """WS-Addressing 1.0 Metadata, 4.4.1 and 4.4.4."""
    document = change(addressed("", "").decode()).encode()
    settings = {"wsdl": "a.wsdl", "operation": "Tell", "mapping": WRAPPED, "addressing": True}
    place = endpoint("soap", settings, {"a.wsdl": document})
    request = soap.seal(soap.encode(message(), place), place, at=AT, nonce="n", keys={})
    assert opened(request).findtext(f"*/{A}Action") == expected


def test_nothing_of_it_is_there_where_nobody_wants_it() -> None:
    assert sealed().body == soap.encode(message(), soap_endpoint()).body
