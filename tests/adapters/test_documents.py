"""Gathering a WSDL with what it imports: from beside it, whatever its encoding, and never from elsewhere."""

from collections.abc import Callable, Mapping

import pytest

from adapters import documents

XSD = "http://www.w3.org/2001/XMLSchema"
WSDL = "http://schemas.xmlsoap.org/wsdl/"


def schema(*locations: str, verb: str = "include") -> bytes:
    inner = "".join(f'<{verb} schemaLocation="{location}"/>' for location in locations)
    return f'<schema xmlns="{XSD}">{inner}</schema>'.encode()


def wsdl(location: str) -> bytes:
    return f'<definitions xmlns="{WSDL}"><import location="{location}"/></definitions>'.encode()


def shelf(files: Mapping[str, bytes]) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        if name not in files:
            raise FileNotFoundError(name)
        return files[name]

    return read


def test_what_is_imported_is_found_from_where_it_is_imported() -> None:
    found = documents.closure(
        "a.wsdl",
        shelf({
            "a.wsdl": wsdl("parts/b.wsdl"),
            "parts/b.wsdl": wsdl("../../shared/c.xsd"),
            "../shared/c.xsd": schema("d.xsd", verb="redefine"),
            "../shared/d.xsd": schema("./e.xsd", verb="import"),
            "../shared/e.xsd": schema(),
        }),
    )  # fmt: skip
    assert list(found) == ["../shared/c.xsd", "../shared/d.xsd", "../shared/e.xsd", "a.wsdl", "parts/b.wsdl"]


def test_documents_that_import_each_other_are_read_once() -> None:
    assert set(documents.closure("a.xsd", shelf({"a.xsd": schema("b.xsd"), "b.xsd": schema("a.xsd", "b.xsd")}))) == {
        "a.xsd",
        "b.xsd",
    }


def test_an_import_by_namespace_alone_needs_no_file() -> None:
    text = f'<schema xmlns="{XSD}"><import namespace="urn:x"/></schema>'
    assert list(documents.closure("a.xsd", shelf({"a.xsd": text.encode()}))) == ["a.xsd"]


def test_every_encoding_becomes_text() -> None:
    latin = f'<?xml version="1.0" encoding="ISO-8859-1"?><!-- Zoë --><schema xmlns="{XSD}"/>'
    text = documents.closure("a.xsd", shelf({"a.xsd": latin.encode("latin-1")}))["a.xsd"]
    assert text == f'<!-- Zoë --><schema xmlns="{XSD}"/>'
    marked = b"\xef\xbb\xbf" + schema()
    assert documents.closure("a.xsd", shelf({"a.xsd": marked}))["a.xsd"].startswith("<schema")


@pytest.mark.parametrize(
    ("files", "document", "said"),
    [
        ({}, "a.xsd", "the file a.xsd cannot be read; put it there"),
        ({"a.xsd": schema("b.xsd")}, "b.xsd", "the file b.xsd, which a.xsd imports, cannot be read; put it there"),
        ({"a.xsd": b"<a>\n<b>"}, "a.xsd", "a.xsd is not XML (line 2); get it from its maker again"),
        ({"a.xsd": b""}, "a.xsd", "a.xsd is not XML (line 1); get it from its maker again"),
        ({"a.xsd": schema("https://x.example/b.xsd")}, "a.xsd", "a.xsd line 1 imports https://x.example/b.xsd; keep a"),
        ({"a.xsd": schema("/etc/b.xsd")}, "a.xsd", "a.xsd line 1 imports /etc/b.xsd; keep a copy beside it"),
        ({"a.xsd": b"<!DOCTYPE a SYSTEM 'x'><a/>"}, "a.xsd", "a.xsd has a document type declaration; take it out"),
        ({"a.xsd": b"<!DOCTYPE a><a/>"}, "a.xsd", "a.xsd has a document type declaration; take it out"),
    ],
)
def test_what_is_no_use_is_named(files: Mapping[str, bytes], document: str, said: str) -> None:
    with pytest.raises(documents.Unusable) as refused:
        documents.closure("a.xsd", shelf(files))
    assert str(refused.value).startswith(said)
    assert refused.value.document == document


def test_a_set_of_documents_without_end_is_refused() -> None:
    def read(name: str) -> bytes:
        return schema(f"{int(name.removesuffix('.xsd')) + 1}.xsd")

    with pytest.raises(documents.Unusable, match="imports more than 200 documents; flatten it"):
        documents.closure("0.xsd", read)
