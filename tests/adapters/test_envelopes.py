"""Hostile XML (F23): refused, and cheaply; and what an element is in plain JSON."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters import envelopes, wsdls
from tests.adapters.examples import SCHEMA, endpoint, envelope, wsdl
from tests.adapters.peers import peer, reply, says

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "a document type": (b"<!DOCTYPE a><a/>", "dtd"),
    "a document type in UTF-16": ("<!DOCTYPE a><a/>".encode("utf-16"), "dtd"),
    "an entity": (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "dtd"),
    "a file": (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "dtd"),
    "a parameter entity": (b'<!DOCTYPE a [<!ENTITY % e SYSTEM "file:///etc/passwd">%e;]><a/>', "dtd"),
    "an external subset": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "dtd"),
    "a billion laughs": (f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a>&l9;</a>'.encode(), "malformed"),
    "a billion laughs in an attribute": (
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a b="&l9;"/>'.encode(),
        "malformed",
    ),
    "a quadratic blow-up": (
        f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]><a>{"&e;" * 50_000}</a>'.encode(),
        "malformed",
    ),
    "a quadratic blow-up in attributes": (
        f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]><a b="{"&e;" * 50_000}"/>'.encode(),
        "malformed",
    ),
    "deep nesting": (b"<a>" * 100_000 + b"</a>" * 100_000, "malformed"),
    "one giant name": (b"<" + b"a" * 1_000_000 + b"/>", "malformed"),
    "many attributes": (b"<a " + b" ".join(b"a%d=''" % n for n in range(70_000)) + b"/>", "malformed"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_at_once(name: str) -> None:
    content, code = HOSTILE[name]
    started = time.monotonic()
    with pytest.raises(envelopes.Unreadable) as refused:
        envelopes.read(content)
    assert refused.value.code == code
    assert time.monotonic() - started < 10  # what is expanded takes minutes


IN_A_PROCESS_OF_ITS_OWN = """
import resource
from adapters import envelopes
from tests.adapters.test_envelopes import HOSTILE
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for content, _ in HOSTILE.values():
    try:
        envelopes.read(content)
    except envelopes.Unreadable:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_all_of_it_together_stays_under_50_mb() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN], check=True, capture_output=True, env={"PYTHONPATH": "."}
    )
    assert int(ran.stdout) < 50 * 1024


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a SYSTEM "{url}"><a/>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "{url}">]><a>&e;</a>',
        '<!DOCTYPE a [<!ENTITY % e SYSTEM "{url}">%e;]><a/>',
        '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{url}"/></a>',
        '<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:noNamespaceSchemaLocation="{url}"/>',
    ],
    ids=["subset", "entity", "parameter entity", "include", "schema"],
)
def test_nothing_is_ever_fetched_for_a_reply(text: str) -> None:
    with peer(says(reply(200, b"<a/>"))) as there:
        with pytest.raises(envelopes.Unreadable):
            envelopes.read(text.format(url=there.url).encode())
        assert there.connections == 0


@pytest.mark.parametrize("how", ["http", "file", "relative", "climbing"])
def test_nothing_is_ever_fetched_for_a_wsdl(how: str, tmp_path: Path) -> None:
    schema = tmp_path / "t.xsd"
    schema.write_text(SCHEMA)
    with peer(says(reply(200, SCHEMA.encode()))) as there:
        location = {
            "http": there.url,
            "file": schema.as_uri(),
            "relative": str(schema),
            "climbing": "../" * 20 + str(schema).lstrip("/"),
        }[how]
        imported = f'<xs:schema><xs:import namespace="urn:t" schemaLocation="{location}"/></xs:schema>'
        place = endpoint("soap", {}, {"a.wsdl": wsdl(types=imported)})
        with pytest.raises(wsdls.Unusable):
            wsdls.operation(place, wsdls.Wanted("a.wsdl", "Tell"))
        assert there.connections == 0


def test_documents_that_climb_out_of_their_folder_are_found_by_their_names() -> None:
    imported = '<xs:schema><xs:import namespace="urn:t" schemaLocation="../common/t.xsd"/></xs:schema>'
    place = endpoint("soap", {}, {"a.wsdl": wsdl(types=imported), "../common/t.xsd": SCHEMA.encode()})
    assert wsdls.operation(place, wsdls.Wanted("a.wsdl", "Tell")).action == "urn:t/Tell"


def test_an_operation_is_built_once_per_version_of_the_documents() -> None:
    place, same, other = (
        endpoint("soap", {}, {"a.wsdl": document})
        for document in (wsdl(), wsdl(), wsdl().replace(b"urn:t/Tell", b"new"))
    )
    wanted = wsdls.Wanted("a.wsdl", "Tell")
    assert wsdls.operation(place, wanted) is wsdls.operation(same, wanted)
    assert wsdls.operation(other, wanted).action == "new"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<a/>", ""),
        ("<a> text </a>", "text"),
        ('<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true"/>', None),
        ("<a><b>1</b><c/></a>", {"b": "1", "c": ""}),
        ("<a><b>1</b><b>2</b><b>3</b></a>", {"b": ["1", "2", "3"]}),
        ("<a><b><c>1</c></b><b><c>2</c></b></a>", {"b": [{"c": "1"}, {"c": "2"}]}),
        ('<a x="1">text</a>', {"@x": "1", "text": "text"}),
        ('<a xmlns="urn:t" xmlns:p="urn:p"><p:b>1</p:b></a>', {"b": "1"}),
        ("<a><!-- no --><b>1</b><?no no?></a>", {"b": "1"}),
    ],
)
def test_an_element_is_plain_json_by_local_names(xml: str, expected: Any) -> None:
    assert envelopes.plain(envelopes.parse(xml.encode())) == expected


def test_a_comment_does_not_hide_the_body() -> None:
    assert envelopes.read(envelope("<!-- first --><a/>")).body.tag == "a"  # type: ignore[union-attr]
    assert etree.LXML_VERSION >= (5, 0)
