"""What is said of a WSDL to whoever writes a mapping for it, and WSDLs that nobody here wrote, ONVIF's."""

from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters import descriptions, documents, envelopes, mapping, soap, wsdls
from adapters.contract import Receipt, Refused
from tests.adapters.examples import endpoint, envelope, message, response
from tests.adapters.shapes import STYLES
from tests.simulator.peers import WSDLS

FOUND = find_spec("onvif")
assert FOUND is not None
FOREIGN = Path(str(FOUND.origin)).parent / "wsdl"


@cache
def gathered(name: str) -> dict[str, bytes]:
    """Gather a foreign WSDL with all that it imports."""
    texts = documents.closure(name, lambda each: (FOREIGN / each).read_bytes())
    return {each: text.encode() for each, text in texts.items()}


def only(style: str) -> descriptions.Operation:
    (port,) = descriptions.ports(STYLES[style].documents, "a.wsdl")
    (operation,) = port.operations
    return operation


@pytest.mark.parametrize("name", [name for name, style in STYLES.items() if style.style == "document"])
def test_a_skeleton_is_a_mapping_and_says_of_each_path_what_it_is(name: str) -> None:
    found = only(name)
    mapping.compile(found.skeleton)
    assert len(found.fields) == len({field.partition(":")[0] for field in found.fields})
    assert found.fields or "bare, simple" in name


EXPECTED = {
    "wrapped": ["Id: string, needed", "Surname: string, needed", "Forename: string, may be left out, repeated"],
    "choice": [
        "Died: date, one of several",
        "Moved: date, one of several",
        "Note: string, may be left out",
    ],
    "nillable": ["Id: string, needed", "Left: date, needed, may be nil", "Note: string, may be left out, may be nil"],
    "attributes": ["Id: string, needed", "version: string, needed", "n: int, may be left out"],
    "any": ["Id: string, needed", "_value_1: any element"],
    "repeated choice": ["_value_1: a choice, may be left out, at most 9", "_value_1.Phone: string, one of several",
                        "_value_1.Mail: string, one of several"],
    "simple content": ["Number: Coded, needed, at most 5", "Number._value_1: string, needed",
                       "Number.scheme: string, needed"],
    "recursive": ["Name: string, needed", "Child: P, may be left out, at most 9"],
}  # fmt: skip


@pytest.mark.parametrize("style", EXPECTED)
def test_the_paths_say_what_has_to_be_there(style: str) -> None:
    assert list(only(style).fields) == EXPECTED[style]


def test_header_blocks_and_what_answers_are_said() -> None:
    found = only("header blocks")
    assert (found.headers, found.style, found.answers, found.action) == (("sender",), "document", True, "urn:t/Tell")


def test_a_skeleton_of_a_products_wsdl_is_nearly_a_mapping() -> None:
    """What its names suggest is filled in, each field once; what is said with it needs two lines more."""
    place = {"a.wsdl": (WSDLS / "tallystone-revenues.wsdl").read_bytes()}
    place |= {each.name: each.read_bytes() for each in WSDLS.glob("*.xsd")}
    (port,) = descriptions.ports(place, "a.wsdl")
    found = next(each for each in port.operations if each.name == "NotifyDeath")
    assert "Surname: subject.name.family" in found.skeleton
    assert found.skeleton.count("postcode") == 1
    settings = {"wsdl": "a.wsdl", "operation": "NotifyDeath", "mapping": found.skeleton}
    said = etree.fromstring(soap.encode(message(), endpoint("soap", settings, place)).body)
    assert "O'Lee-Ångström" in "".join(map(str, said.itertext()))


DESCRIBED = sorted(path.name for path in FOREIGN.glob("*.wsdl"))


@pytest.mark.parametrize("name", [name for name in DESCRIBED if name != "remotediscovery.wsdl"])
def test_wsdls_from_outside_are_described(name: str) -> None:
    for port in descriptions.ports(gathered(name), name):
        for operation in port.operations:
            mapping.compile(operation.skeleton)
            assert operation.style == "document"


def test_a_wsdl_that_imports_from_the_network_is_refused_with_the_remedy() -> None:
    with pytest.raises(documents.Unusable, match="keep a copy beside it"):
        gathered("remotediscovery.wsdl")


DEVICES = "devicemgmt.wsdl"
# Of a WSDL of 82 operations: the operation, its mapping, what it says, and a part of its reply.
USED: dict[str, tuple[str, Any]] = {
    "SetHostname": ("{Name: message.reference}", {"Name": "TUO-7Q4-K2M"}),
    "SetNTP": (
        "{FromDHCP: `false`, NTPManual: [{Type: 'DNS', DNSname: 'time.northmoor.example'}]}",
        {"FromDHCP": "false", "NTPManual": {"Type": "DNS", "DNSname": "time.northmoor.example"}},
    ),
    "CreateUsers": (
        "{User: [{Username: subject.name.family, UserLevel: 'User'}]}",
        {"User": {"Username": "O'Lee-Ångström", "UserLevel": "User"}},
    ),
    "SetScopes": ("{Scopes: subject.name.given}", {"Scopes": ["Ann", "Mary"]}),
    "GetServices": ("{IncludeCapability: `true`}", {"IncludeCapability": "true"}),
    "SystemReboot": ("nothing", ""),
}


@pytest.mark.parametrize("operation", USED)
def test_a_wsdl_of_many_operations_is_used_by_mapping_alone(operation: str) -> None:
    (port,) = descriptions.ports(gathered(DEVICES), DEVICES)
    assert len(port.operations) >= 40
    expression, expected = USED[operation]
    place = endpoint("soap", {"wsdl": DEVICES, "operation": operation, "mapping": expression}, gathered(DEVICES))
    assert soap.check(place) == ()
    said = etree.fromstring(soap.encode(message(), place).body)[-1][0]
    assert (etree.QName(said).localname, envelopes.plain(said)) == (operation, expected)
    reply = envelope(f'<{operation}Response xmlns="http://www.onvif.org/ver10/device/wsdl"/>')
    assert soap.decode(response(200, reply), place) == Receipt()


def test_what_their_schema_does_not_allow_does_not_go() -> None:
    expression = "{User: [{Username: 'x', UserLevel: 'Queen'}]}"
    place = endpoint("soap", {"wsdl": DEVICES, "operation": "CreateUsers", "mapping": expression}, gathered(DEVICES))
    with pytest.raises(Refused, match="schema-misfit"):
        soap.encode(message(), place)


def test_documents_are_loaded_once_for_all_the_operations_and_routes_that_share_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A WSDL of two megabytes takes seconds: it is read once in a process, whoever wants which operation of it."""
    loaded: list[str] = []
    true = wsdls.load

    def counted(texts: dict[str, bytes], name: str) -> Any:
        loaded.append(name)
        return true(texts, name)

    monkeypatch.setattr(wsdls, "load", counted)
    own = gathered("media.wsdl") | {"ours.xsd": b"<none/>"}  # documents that no other test has
    for operation in ("GetProfiles", "GetVideoSources", "GetProfiles"):
        for digest in ("", "route-a", "route-b"):
            place = replace(endpoint("soap", {}, own), digest=digest)
            assert wsdls.operation(place, wsdls.Wanted("media.wsdl", operation)).built.name == operation
    assert len(loaded) == 1
