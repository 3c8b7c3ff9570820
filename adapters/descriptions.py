"""Describe a WSDL for whoever is about to write a mapping for it: ports, operations, and a mapping to start from.

WSDL 1.1, sections 2.4 to 2.7 and 3. A skeleton is JMESPath that compiles: what its names suggest is filled with the
field that is usually meant, and everything else with null, which is left out until somebody writes what belongs there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zeep.wsdl.bindings.soap import Soap12Binding, SoapBinding
from zeep.wsdl.messages.soap import RpcMessage
from zeep.xsd import Any as Wildcard
from zeep.xsd import AnyAttribute, Attribute, Choice, Group
from zeep.xsd.elements.indicators import Indicator

from adapters import schemas, wsdls

DEEPEST = 8
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What a name suggests, letters alone and in lower case; the first that is all of it or its end.
GUESSES = {
    "messageid": "message.id",
    "messageidentifier": "message.id",
    "casereference": "message.reference",
    "correlationreference": "message.reference",
    "sequence": "message.sequence",
    "sequencenumber": "message.sequence",
    "purpose": "message.purpose",
    "surname": "subject.name.family",
    "lastname": "subject.name.family",
    "familyname": "subject.name.family",
    "forenames": "join_names(subject.name.given)",
    "forename": "subject.name.given",
    "firstnames": "join_names(subject.name.given)",
    "givennames": "join_names(subject.name.given)",
    "givenname": "subject.name.given",
    "fullname": "full_name(subject.name)",
    "dateofbirth": "whole_date(subject.born_on)",
    "birthdate": "whole_date(subject.born_on)",
    "dateofdeath": "whole_date(death.died_on)",
    "deathdate": "whole_date(death.died_on)",
    "postcode": "subject.addresses[0].postcode",
    "addressline": "address_lines(subject.addresses[0])",
    "nino": "subject.identifiers.nino",
    "nationalinsurancenumber": "subject.identifiers.nino",
    "nhsnumber": "subject.identifiers.nhs",
}
NOTHING = "`null`"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a port; `fields` says of each path what it is, `headers` names the header blocks."""

    name: str
    action: str
    style: str
    answers: bool
    skeleton: str
    fields: tuple[str, ...]
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """One port that speaks SOAP over HTTP."""

    service: str
    name: str
    version: str
    address: str
    operations: tuple[Operation, ...]


def ports(documents: Mapping[str, bytes], wsdl: str) -> tuple[Port, ...]:
    """Describe all the ports of a document that speak SOAP. Raises wsdls.Unusable."""
    found = wsdls.load(documents, wsdl)
    return tuple(
        _port(service.name, port)
        for service in found.services.values()
        for port in service.ports.values()
        if isinstance(port.binding, SoapBinding)
    )


def is_checked(documents: Mapping[str, bytes]) -> bool:
    """Say whether what is said can be checked against the schemas before it goes."""
    return schemas.compiled(documents, root=wsdls.ROOT, parts=None) is not None


def _port(service: str, port: Any) -> Port:
    version = "1.2" if isinstance(port.binding, Soap12Binding) else "1.1"
    operations = tuple(_operation(each) for _, each in sorted(port.binding.all().items()))
    return Port(service, port.name, version, port.binding_options.get("address", ""), operations)


def _operation(built: Any) -> Operation:
    body = built.input.body
    written = _Written()
    skeleton = NOTHING if body is None else written.type_of(body.type, "", "")
    return Operation(
        str(built.name),
        built.soapaction or "",
        "rpc" if isinstance(built.input, RpcMessage) else "document",
        bool(built.output is not None and built.output.body is not None),
        skeleton,
        tuple(written.fields),
        tuple(name for name, _ in built.input.header.type.elements) if built.input.header is not None else (),
    )


class _Written:
    """A skeleton being written, and beside it what each of its paths is."""

    def __init__(self) -> None:
        self.fields: list[str] = []
        self._open: list[Any] = []
        self._guessed: set[str] = set()

    def type_of(self, kind: Any, path: str, indent: str) -> str:
        """Write what stands for a value of this type."""
        lines = list(self._members(kind, path, indent + "  "))
        if not lines:
            return NOTHING if path or hasattr(kind, "elements") else "message.id"
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"

    def _members(self, kind: Any, path: str, indent: str) -> Iterator[str]:
        if not hasattr(kind, "elements") or kind in self._open or len(self._open) == DEEPEST:
            return
        self._open.append(kind)
        choices = _chosen_names(kind)
        for name, each in (*kind.elements, *getattr(kind, "attributes", ())):
            if isinstance(each, AnyAttribute):
                continue
            yield f"{indent}{_quoted(name)}: {self._member(name, each, path, indent, is_choice=name in choices)}"
        self._open.pop()

    def _member(self, name: str, each: Any, path: str, indent: str, *, is_choice: bool) -> str:
        here = f"{path}.{name}".lstrip(".")
        self.fields.append(f"{here}: {_said(each, is_choice=is_choice)}")
        if isinstance(each, Wildcard):
            return NOTHING
        kind = each if isinstance(each, Indicator) else each.type
        inner = self.type_of(kind, here, indent) if hasattr(kind, "elements") else self._guess(name)
        return f"[{inner}]" if each.accepts_multiple and inner.startswith("{") else inner

    def _guess(self, name: str) -> str:
        """Guess each field once: a second surname is somebody else's."""
        letters = re.sub(r"[^a-z]", "", name.lower())
        fitting = (field for ending, field in GUESSES.items() if letters.endswith(ending))
        found = GUESSES.get(letters) or next(fitting, NOTHING)
        if found in self._guessed:
            return NOTHING
        self._guessed.add(found)
        return found


def _said(each: Any, *, is_choice: bool) -> str:
    """Say of an element or attribute what it is and whether it has to be there."""
    if isinstance(each, Wildcard):
        return "any element"
    words = [_kind_of(each)]
    words.append("one of several" if is_choice else "may be left out" if _is_optional(each) else "needed")
    if each.accepts_multiple:
        words.append("repeated" if each.max_occurs == "unbounded" else f"at most {each.max_occurs}")
    if getattr(each, "nillable", False):
        words.append("may be nil")
    return ", ".join(words)


def _kind_of(each: Any) -> str:
    if isinstance(each, Indicator):
        return "a choice" if isinstance(each, Choice) else "a sequence"
    if each.type.qname is not None:
        return str(each.type.qname.localname)
    return "a group" if hasattr(each.type, "elements") else "text"


def _is_optional(each: Any) -> bool:
    return not each.required if isinstance(each, Attribute) else bool(each.is_optional)


def _chosen_names(kind: Any) -> set[str]:
    """Name the elements of a type that exclude each other."""
    if isinstance(kind, Choice):
        return {name for name, _ in kind.elements}
    found: set[str] = set()
    waiting = [each for _, each in kind.elements_nested]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Indicator) and each.accepts_multiple:
            continue
        if isinstance(each, Choice):
            found |= {name for name, _ in each.elements}
        elif isinstance(each, Group):
            waiting.append(each.child)
        elif isinstance(each, list):
            waiting.extend(each)
    return found


def _quoted(name: str) -> str:
    return name if PLAIN_NAME.fullmatch(name) else f'"{name}"'
