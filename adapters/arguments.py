"""Turn a mapping's plain JSON into what zeep takes where names alone do not say enough.

XML Schema 1.0, part 1: xsi:type (2.6.1), xsi:nil (2.6.2), substitution groups (2.2.2.2), wildcards (2.2.2.4).
Four keys, in an object of their own or beside the object's other ones::

    "@type": '{urn:t}Derived'         what the object is, where its element allows for types derived from its own
    "@instead": '{urn:t}Element'      the element that stands in its place, of the same substitution group
    "@element": '{urn:x}Element'      for xsd:any: a whole element; what no schema knows is written as it is
    "@nil": `true`                    the element is there and says nothing
"""

import copy
from collections.abc import Mapping
from typing import Any

from lxml import etree
from zeep import exceptions, xsd

JSON = Any

TYPE, INSTEAD, ELEMENT, NIL = "@type", "@instead", "@element", "@nil"
KEYS = frozenset({TYPE, INSTEAD, ELEMENT, NIL})
# zeep knows no substitution groups: it is given a type of this namespace, and what it then writes is put right.
OURS = "urn:tell-us-once:instead"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


class Unfit(ValueError):
    """A key names what the documents do not hold."""


def prepared(value: JSON, types: Any) -> Any:
    """Replace every object that has one of the keys; `types` are those of the WSDL. Raises Unfit."""
    if isinstance(value, list):
        return [prepared(each, types) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {name: prepared(each, types) for name, each in value.items() if name not in KEYS}
    keys = KEYS & value.keys()
    if not keys:
        return inner
    return _made(value, inner, types)


def _made(value: Mapping[str, JSON], inner: dict[str, Any], types: Any) -> Any:
    try:
        if value.get(NIL):
            return xsd.Nil
        if TYPE in value:
            return types.get_type(value[TYPE])(**inner)
        if INSTEAD in value:
            return _instead(types.get_element(value[INSTEAD]))(**inner)
        return _whole(value, inner, types)
    except (exceptions.LookupError, exceptions.NamespaceError):
        raise Unfit from None


def _whole(value: Mapping[str, JSON], inner: dict[str, Any], types: Any) -> Any:
    try:
        element = types.get_element(value[ELEMENT])
    except (exceptions.LookupError, exceptions.NamespaceError):
        return _plain(etree.Element(value[ELEMENT]), inner)
    make: Any = xsd.AnyObject
    return make(element, element(**inner))


def _plain(element: etree._Element, inner: Mapping[str, Any]) -> etree._Element:
    """Write an element that no schema knows, its children in its own namespace, as `envelopes.plain` reads one."""
    for name, value in inner.items():
        if name.startswith("@"):
            element.set(name[1:], str(value))
        elif name == "text":
            element.text = str(value)
        else:
            for each in value if isinstance(value, list) else [value]:
                child = etree.SubElement(element, etree.QName(etree.QName(element).namespace, name))
                _plain(child, each if isinstance(each, dict) else {"text": each})
    return element


def _instead(element: Any) -> Any:
    """Make a type that stands for an element: its own in all but its name, which holds the element's."""
    shadow = copy.copy(element.type)
    shadow.__dict__.pop("_value_class", None)
    shadow.qname = etree.QName(OURS, f"e{element.qname.text.encode().hex()}")
    return shadow


def put_right(envelope: etree._Element) -> None:
    """Give what was written under a type of ours the name of the element that it stands for."""
    for element in list(envelope.iter()):
        prefix, _, name = element.get(XSI_TYPE, "").rpartition(":")
        parent = element.getparent()
        if prefix and parent is not None and element.nsmap.get(prefix) == OURS:
            known: Any = {short: namespace for short, namespace in element.nsmap.items() if namespace != OURS}
            made = element.makeelement(bytes.fromhex(name[1:]).decode(), nsmap=known)
            for attribute, value in element.items():
                if attribute != XSI_TYPE:
                    made.set(attribute, value)
            made.text = element.text
            made.extend(list(element))
            parent.replace(element, made)
