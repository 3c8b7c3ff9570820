"""Say in XML what is said in JSON: a schema of XML from a JSON Schema, and the one form from the other.

JSON Schema 2020-12, as pydantic writes it for the kinds of life event: objects, lists, texts, numbers, choices, and
null beside each. XML Schema 1.0. A name is the same in both; a list is its element repeated; null is no element.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

JSON = Any
Schema = Mapping[str, JSON]
XS = "{http://www.w3.org/2001/XMLSchema}"
PLAIN = {"string": "xs:string", "integer": "xs:integer", "boolean": "xs:boolean", "number": "xs:decimal"}
TRUE = frozenset({"true", "1"})


def complex_types(schema: Schema, *, prefix: str) -> Iterator[etree._Element]:
    """Write a type for the schema's object, named `prefix`, and for each that it refers to, ``prefix_Name``.

    A dot in a name would part it, for some toolkits. Nothing is needed in them: what has to be there is for the
    vocabulary itself to say, with better words.
    """
    yield _object(schema, prefix, prefix)
    for name, inner in sorted(schema.get("$defs", {}).items()):
        yield _object(inner, f"{prefix}_{name}", prefix)


def _object(schema: Schema, name: str, prefix: str) -> etree._Element:
    made = etree.Element(f"{XS}complexType", {"name": name})
    every = etree.SubElement(made, f"{XS}sequence")
    for field, inner in schema.get("properties", {}).items():
        _field(every, field, _meant(inner), prefix)
    return made


def _field(every: etree._Element, name: str, schema: Schema, prefix: str) -> None:
    element = etree.SubElement(every, f"{XS}element", {"name": name, "minOccurs": "0"})
    if schema.get("type") == "array":
        element.set("maxOccurs", "unbounded")
        schema = _meant(schema["items"])
    if "$ref" in schema:
        element.set("type", f"t:{prefix}_{_referred(schema)}")
    elif "enum" in schema:
        _choice(element, schema["enum"])
    else:
        element.set("type", PLAIN[schema["type"]])


def _choice(element: etree._Element, values: list[str]) -> None:
    simple = etree.SubElement(element, f"{XS}simpleType")
    base = etree.SubElement(simple, f"{XS}restriction", {"base": "xs:string"})
    for value in values:
        etree.SubElement(base, f"{XS}enumeration", {"value": value})


def _meant(schema: Schema) -> Schema:
    """Give what is meant beside null."""
    return next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)


def _referred(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def read(element: etree._Element, schema: Schema) -> dict[str, JSON]:
    """Turn a validated element into what the vocabulary takes; what is not there is left out."""
    return _read_object(element, schema, schema.get("$defs", {}))


def _read_object(element: etree._Element, schema: Schema, known: Mapping[str, Schema]) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for child in element:
        name = etree.QName(child).localname
        inner = _meant(schema["properties"][name])
        if inner.get("type") == "array":
            found.setdefault(name, []).append(_read_value(child, _meant(inner["items"]), known))
        else:
            found[name] = _read_value(child, inner, known)
    return found


def _read_value(element: etree._Element, schema: Schema, known: Mapping[str, Schema]) -> JSON:
    if "$ref" in schema:
        return _read_object(element, known[_referred(schema)], known)
    text = " ".join((element.text or "").split()) if schema.get("type") != "string" else (element.text or "").strip()
    if schema.get("type") == "boolean":
        return text in TRUE
    return int(text) if schema.get("type") == "integer" else text
