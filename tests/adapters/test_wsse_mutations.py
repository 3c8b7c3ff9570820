"""Whatever is done to a signed envelope, what is taken is what was signed (F24): envelopes taken apart at random."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters import envelopes, wsse
from tests.adapters.signing import AT, SOAP_11, WSU, party, signed, text

INNER = '<t:Tell xmlns:t="urn:t"><t:Result>closed</t:Result><t:Note id="n">as it was</t:Note></t:Tell>'
GOOD = text(signed(INNER))
FORGED = etree.fromstring(f'<s:Body xmlns:s="{SOAP_11}"><Tell xmlns="urn:t"><Result>unknown</Result></Tell></s:Body>')
THEM = {"them": party().certificate}


def said(content: bytes) -> str:
    """Give what is taken from an envelope, in canonical form."""
    envelope = envelopes.read(content)
    wsse.verify_signature(envelope, at=AT, signers=THEM)
    assert envelope.body is not None
    return str(etree.canonicalize(etree.tostring(envelope.body).decode()))


WAS_SIGNED = said(GOOD)


class Tampering:
    """Moves, copies, renames and alters elements of an envelope, as the numbers that it is given choose."""

    def __init__(self, choices: list[tuple[int, int, int]]) -> None:
        self.root = etree.fromstring(GOOD)
        for step, first, second in choices:
            elements = list(self.root.iter(etree.Element))
            one, other = (elements[number % len(elements)] for number in (first, second))
            (self.move, self.copy, self.drop, self.take_id, self.alter, self.forge)[step % 6](one, other)

    def move(self, one: Any, other: Any) -> None:
        """Put one below another."""
        if one is not self.root and one not in list(other.iterancestors()) and one is not other:
            other.append(one)

    def copy(self, one: Any, other: Any) -> None:
        """Put a copy of one below another."""
        if one is not self.root:
            other.append(deepcopy(one))

    def drop(self, one: Any, _other: Any) -> None:
        """Take one out."""
        if one.getparent() is not None:
            one.getparent().remove(one)

    def take_id(self, one: Any, other: Any) -> None:
        """Give one's id to another."""
        name = f"{{{WSU}}}Id"
        if name in one.attrib:
            other.set(name, one.get(name))
            del one.attrib[name]

    def alter(self, one: Any, other: Any) -> None:
        """Write something else into one."""
        one.text = (other.text or "") + "!"

    def forge(self, one: Any, _other: Any) -> None:
        """Put another body below one."""
        one.append(deepcopy(FORGED))


STEPS = st.tuples(st.integers(0, 5), st.integers(0, 99), st.integers(0, 99))


@settings(max_examples=400, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=5))
def test_what_is_taken_from_a_tampered_envelope_is_what_was_signed(choices: list[tuple[int, int, int]]) -> None:
    content = text(Tampering(choices).root)
    try:
        assert said(content) == WAS_SIGNED
    except (wsse.Unverified, envelopes.Unreadable):
        return


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_altered_byte_is_taken_for_what_was_signed(changes: list[tuple[int, int]]) -> None:
    content = bytearray(GOOD)
    for place, value in changes:
        content[place] = value
    try:
        assert said(bytes(content)) == WAS_SIGNED
    except (wsse.Unverified, envelopes.Unreadable):
        return


XML = st.recursive(
    st.text(alphabet="ab<>&;'\"= \n", max_size=8),
    lambda inner: st.tuples(
        st.sampled_from(["w:Security", "u:Timestamp", "u:Created", "d:Signature", "d:SignedInfo", "w:UsernameToken"]),
        st.lists(inner, max_size=4),
    ).map(lambda each: f"<{each[0]}>{''.join(each[1])}</{each[0]}>"),
    max_leaves=25,
)
NAMES = (
    'xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" '
    f'xmlns:u="{WSU}" xmlns:d="http://www.w3.org/2000/09/xmldsig#"'
)


@settings(max_examples=200, deadline=None)
@given(st.lists(XML, max_size=4).map("".join))
def test_nothing_but_unverified_is_raised_whatever_comes(header: str) -> None:
    content = f'<s:Envelope xmlns:s="{SOAP_11}" {NAMES}><s:Header>{header}</s:Header><s:Body/></s:Envelope>'
    try:
        envelope = envelopes.read(content.encode())
        wsse.verify(envelope, at=AT, signers=THEM, password_of={"a": "b"}.get)
    except (wsse.Unverified, envelopes.Unreadable):
        return
    raise AssertionError("nobody signed it")
